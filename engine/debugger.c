#include "engine/debugger.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Debugger {
    Stepper *stepper[FUTURES];
    Future looked_at;
    DebuggerPoint point[DEBUGGER_POINTS];
    int point_count, last_number;
};

bool debugger_new(Debugger **made, Stepper *stepper, Status *status) {
    *made = calloc(1, sizeof **made);
    if (!*made) {
        stepper_free(stepper);
        return status_fail(status, STATUS_FAILURE, "out of memory for a debugger");
    }
    (*made)->stepper[FUTURE_AS_IS] = stepper;
    return true;
}

void debugger_free(Debugger *debugger) {
    if (!debugger)
        return;
    for (int i = 0; i < debugger->point_count; i++)
        expression_free(debugger->point[i].expression);
    for (int i = 0; i < FUTURES; i++)
        stepper_free(debugger->stepper[i]);
    free(debugger);
}

Stepper *debugger_stepper(const Debugger *debugger, Future future) {
    return debugger->stepper[future];
}
Future debugger_looked_at(const Debugger *debugger) {
    return debugger->looked_at;
}
Stepper *debugger_looked_at_stepper(const Debugger *debugger) {
    return debugger->stepper[debugger->looked_at];
}

static void forget_truths(Debugger *debugger) {
    for (int i = 0; i < debugger->point_count; i++)
        debugger->point[i].truth = -1;
}

bool debugger_look_at(Debugger *debugger, Future future) {
    if (!debugger->stepper[future])
        return false;
    debugger->looked_at = future;
    forget_truths(debugger);
    return true;
}

// ---- points ----

static bool find_quantities(DebuggerPoint *point, Stepper *stepper, Status *status) {
    for (int i = 0; i < expression_name_count(point->expression); i++)
        if (!quantity_find(&point->quantity[i], stepper, expression_name(point->expression, i),
                           status))
            return false;
    return true;
}

bool debugger_add_point(Debugger *debugger, PointKind kind, const char *text, int *number,
                        Status *status) {
    DebuggerPoint point = {.kind = kind, .truth = -1};
    if (debugger->point_count == DEBUGGER_POINTS)
        return status_fail(status, STATUS_USAGE,
                           "expected at most %d breakpoints and watches, found one more",
                           DEBUGGER_POINTS);
    if (!expression_parse(&point.expression, text, status))
        return false;
    if (kind == POINT_BREAK && !expression_is_condition(point.expression)) {
        status_fail(status, STATUS_USAGE,
                    "expected a condition such as loss>2, found the number '%s'", text);
        expression_free(point.expression);
        return false;
    }
    if (!find_quantities(&point, debugger_looked_at_stepper(debugger), status)) {
        expression_free(point.expression);
        return false;
    }
    *number = point.number = ++debugger->last_number;
    debugger->point[debugger->point_count++] = point;
    return true;
}

static void remove_point(Debugger *debugger, int index) {
    expression_free(debugger->point[index].expression);
    debugger->point_count--;
    memmove(&debugger->point[index], &debugger->point[index + 1],
            (size_t)(debugger->point_count - index) * sizeof debugger->point[0]);
}

bool debugger_delete_point(Debugger *debugger, int number, Status *status) {
    for (int i = 0; i < debugger->point_count; i++) {
        if (debugger->point[i].number == number) {
            remove_point(debugger, i);
            return true;
        }
    }
    return status_fail(status, STATUS_USAGE, "expected the number of a point, found %d", number);
}

int debugger_point_count(const Debugger *debugger) {
    return debugger->point_count;
}
const DebuggerPoint *debugger_point(const Debugger *debugger, int index) {
    return &debugger->point[index];
}

static bool evaluate(const DebuggerPoint *point, Stepper *stepper, double values[EXPRESSION_NAMES],
                     double *result) {
    bool known[EXPRESSION_NAMES];
    for (int i = 0; i < expression_name_count(point->expression); i++)
        known[i] = quantity_value(&point->quantity[i], stepper, &values[i]);
    return expression_evaluate(point->expression, values, known, result);
}

bool debugger_point_value(const Debugger *debugger, const DebuggerPoint *point, double *value) {
    double values[EXPRESSION_NAMES];
    return evaluate(point, debugger_looked_at_stepper(debugger), values, value);
}

// "breakpoint 1: accuracy<0.4 (accuracy = 0.38)", behind what is there already.
static void name_hit(const DebuggerPoint *point, const double *values, char text[ARRIVAL_TEXT]) {
    size_t length = strlen(text);
    length += (size_t)snprintf(text + length, ARRIVAL_TEXT - length, "%s%s %d: %s",
                               length > 0 ? "; " : "",
                               point->kind == POINT_BREAK ? "breakpoint" : "watch", point->number,
                               expression_text(point->expression));
    const int names = expression_name_count(point->expression);
    for (int i = 0; i < names && length < ARRIVAL_TEXT; i++)
        length += (size_t)snprintf(text + length, ARRIVAL_TEXT - length, "%s%s = %.6g%s",
                                   i == 0 ? " (" : ", ", expression_name(point->expression, i),
                                   values[i], i == names - 1 ? ")" : "");
}

static bool is_new(const DebuggerPoint *point, const Stepper *stepper) {
    for (int i = 0; i < expression_name_count(point->expression); i++)
        if (quantity_is_new(&point->quantity[i], stepper))
            return true;
    return false;
}

// Looks at the points where the debugger has come to; true if one of them stops it.
static bool look_at_points(Debugger *debugger, char text[ARRIVAL_TEXT]) {
    Stepper *stepper = debugger_looked_at_stepper(debugger);
    bool hit = false;
    for (int i = 0; i < debugger->point_count; i++) {
        DebuggerPoint *point = &debugger->point[i];
        double values[EXPRESSION_NAMES] = {0}, result;
        if (!expression_is_condition(point->expression) || !is_new(point, stepper) ||
            !evaluate(point, stepper, values, &result))
            continue;
        const int truth = result != 0 && !isnan(result);
        const bool stops =
            point->kind == POINT_BREAK ? truth : point->truth >= 0 && truth != point->truth;
        point->truth = truth;
        if (stops)
            name_hit(point, values, text);
        hit |= stops;
    }
    return hit;
}

static bool has_conditions(const Debugger *debugger) {
    for (int i = 0; i < debugger->point_count; i++)
        if (expression_is_condition(debugger->point[i].expression))
            return true;
    return false;
}

void debugger_restart(Debugger *debugger, Stepper *stepper, int *gone) {
    Status status;
    for (int i = 0; i < FUTURES; i++) {
        stepper_free(debugger->stepper[i]);
        debugger->stepper[i] = NULL;
    }
    debugger->stepper[FUTURE_AS_IS] = stepper;
    debugger->looked_at = FUTURE_AS_IS;
    forget_truths(debugger);
    *gone = 0;
    for (int i = debugger->point_count - 1; i >= 0; i--) {
        if (!find_quantities(&debugger->point[i], stepper, &status)) {
            remove_point(debugger, i);
            ++*gone;
        }
    }
}

// ---- moving ----

typedef struct {
    int step, stage;
} Place;

static int compare_places(Place a, Place b) {
    return a.step != b.step ? (a.step > b.step) - (a.step < b.step)
                            : (a.stage > b.stage) - (a.stage < b.stage);
}

static Place place_of(const StepperPosition *position) {
    return (Place){position->step, position->stage};
}

// The present position, which both futures have in common.
static StepperPosition position_of(const Debugger *debugger) {
    return stepper_position(debugger_looked_at_stepper(debugger));
}

typedef struct {
    Debugger *debugger;
    const atomic_bool *stop;
    bool heeds_points;
    Arrival *arrival;
    Status *status;
} Journey;

// Both futures to a place.
static bool go(const Journey *journey, Place place) {
    for (int i = 0; i < FUTURES; i++) {
        Stepper *stepper = journey->debugger->stepper[i];
        if (stepper && !stepper_go(stepper, place.step, place.stage, NULL, journey->status))
            return false;
    }
    return true;
}

// The place next to the present one on the way to another: one stage further where conditions must
// be looked at, else at most one inner step.
static Place waypoint(const StepperPosition *at, Place target, bool by_stages) {
    const int direction = compare_places(target, place_of(at));
    Place place = {at->step, at->stage + direction};
    if (place.stage < 0)
        place = (Place){at->step - 1, at->stages - 1};
    else if (place.stage >= at->stages)
        place = (Place){at->step + 1, 0};
    if (by_stages || at->step == target.step)
        return by_stages ? place : target;
    if (direction < 0)
        return target; // by a kept state
    return at->step + 1 == target.step ? target : (Place){at->step + 1, 0};
}

// To a place, unless something stops it before; then the arrival says what.
static bool travel(const Journey *journey, Place target) {
    const bool by_stages = journey->heeds_points && has_conditions(journey->debugger);
    for (;;) {
        const StepperPosition at = position_of(journey->debugger);
        if (compare_places(place_of(&at), target) == 0)
            return true;
        if (journey->stop && atomic_load_explicit(journey->stop, memory_order_relaxed)) {
            journey->arrival->reason = ARRIVED_BY_SIGNAL;
            snprintf(journey->arrival->text, ARRIVAL_TEXT, "interrupted");
            return true;
        }
        if (!go(journey, waypoint(&at, target, by_stages)))
            return false;
        if (by_stages && look_at_points(journey->debugger, journey->arrival->text)) {
            journey->arrival->reason = ARRIVED_AT_POINT;
            return true;
        }
    }
}

static Place forward_target(const StepperPosition *at, MoveSize size) {
    const int last = at->stages - 1;
    switch (size) {
    case MOVE_STAGE:
        return at->stage < last ? (Place){at->step, at->stage + 1} : (Place){at->step + 1, 0};
    case MOVE_INNER_STEP:
        return (Place){at->step + 1, at->stage};
    case MOVE_TRUNCATION:
        return (Place){at->truncation_end, 0};
    case MOVE_FINISH:
        return (Place){at->stage < last ? at->step : at->step + 1, last};
    default: { // the end of the task, or beyond it as many steps again
        const int horizon = at->horizon > 0 ? at->horizon : 1;
        return (Place){(at->step / horizon + 1) * horizon, 0};
    }
    }
}

static Place backward_target(const StepperPosition *at, MoveSize size) {
    switch (size) {
    case MOVE_STAGE:
        return at->stage > 0 ? (Place){at->step, at->stage - 1}
                             : (Place){at->step - 1, at->stages - 1};
    case MOVE_INNER_STEP:
        return (Place){at->step - 1, at->stage};
    case MOVE_TRUNCATION:
        return (Place){at->truncation_begin, 0};
    case MOVE_FINISH:
        return (Place){at->stage > 0 ? at->step : at->step - 1, 0};
    default:
        return (Place){at->first, 0};
    }
}

// From the beginning of a truncation back to the beginning of the one before: through its last
// step, which knows where it began.
static bool to_truncation_before(const Journey *journey, const StepperPosition *at) {
    if (!travel(journey, (Place){at->step - 1, at->stages - 1}))
        return false;
    if (journey->arrival->reason != ARRIVED)
        return true;
    const StepperPosition before = position_of(journey->debugger);
    return travel(journey, (Place){before.truncation_begin, 0});
}

static bool move_back(const Journey *journey, MoveSize size) {
    const StepperPosition at = position_of(journey->debugger);
    const Place first = {at.first, 0};
    if (compare_places(place_of(&at), first) == 0) {
        journey->arrival->reason = ARRIVED_AT_START;
        snprintf(journey->arrival->text, ARRIVAL_TEXT, "there is nothing before inner step %d",
                 at.first);
        return true;
    }
    if (size == MOVE_TRUNCATION && at.step == at.truncation_begin && at.stage == 0)
        return to_truncation_before(journey, &at);
    const Place target = backward_target(&at, size);
    return travel(journey, compare_places(target, first) < 0 ? first : target);
}

static bool move_forward(const Journey *journey, MoveSize size) {
    const StepperPosition at = position_of(journey->debugger);
    if (!travel(journey, forward_target(&at, size)))
        return false;
    if (size == MOVE_CONTINUE && journey->arrival->reason == ARRIVED) {
        journey->arrival->reason = ARRIVED_AT_END;
        snprintf(journey->arrival->text, ARRIVAL_TEXT, "the task's %d inner steps are done",
                 at.horizon);
    }
    return true;
}

bool debugger_move(Debugger *debugger, MoveSize size, long count, const atomic_bool *stop,
                   Arrival *arrival, Status *status) {
    const Journey journey = {debugger, stop, true, arrival, status};
    const bool back = count < 0;
    *arrival = (Arrival){.reason = ARRIVED};
    for (long left = labs(count); left > 0 && arrival->reason == ARRIVED; left--)
        if (!(back ? move_back(&journey, size) : move_forward(&journey, size)))
            return false;
    return true;
}

bool debugger_go(Debugger *debugger, int step, const atomic_bool *stop, Arrival *arrival,
                 Status *status) {
    const Journey journey = {debugger, stop, false, arrival, status};
    *arrival = (Arrival){.reason = ARRIVED};
    return travel(&journey, (Place){step, 0});
}

// ---- what if ----

// The stepper that changes go to: the second future, made now if there is none.
static Stepper *begin_what_if(Debugger *debugger, bool *made, Status *status) {
    Stepper **second = &debugger->stepper[FUTURE_WHAT_IF];
    *made = !*second;
    if (*made && !stepper_fork(second, debugger->stepper[FUTURE_AS_IS], status))
        return NULL;
    return *second;
}

// After a change: look at what it made, or take a fork back that could not be changed.
static bool end_change(Debugger *debugger, bool done, bool made) {
    if (done)
        debugger_look_at(debugger, FUTURE_WHAT_IF);
    else if (made)
        debugger_drop_what_if(debugger);
    return done;
}

bool debugger_set_term(Debugger *debugger, int term, double factor, Status *status) {
    bool made;
    Stepper *stepper = begin_what_if(debugger, &made, status);
    return stepper && end_change(debugger, stepper_set_term(stepper, term, factor, status), made);
}

bool debugger_set_rate(Debugger *debugger, double rate, Status *status) {
    bool made;
    Stepper *stepper = begin_what_if(debugger, &made, status);
    return stepper && end_change(debugger, stepper_set_rate(stepper, rate, status), made);
}

bool debugger_set_rule(Debugger *debugger, const ThetaLayout *layout, const real *theta,
                       const char *label, Status *status) {
    bool made;
    Stepper *stepper = begin_what_if(debugger, &made, status);
    return stepper &&
           end_change(debugger, stepper_set_rule(stepper, layout, theta, label, status), made);
}

void debugger_drop_what_if(Debugger *debugger) {
    stepper_free(debugger->stepper[FUTURE_WHAT_IF]);
    debugger->stepper[FUTURE_WHAT_IF] = NULL;
    debugger_look_at(debugger, FUTURE_AS_IS);
}

void debugger_keep_what_if(Debugger *debugger) {
    if (!debugger->stepper[FUTURE_WHAT_IF])
        return;
    stepper_free(debugger->stepper[FUTURE_AS_IS]);
    debugger->stepper[FUTURE_AS_IS] = debugger->stepper[FUTURE_WHAT_IF];
    debugger->stepper[FUTURE_WHAT_IF] = NULL;
    debugger_look_at(debugger, FUTURE_AS_IS);
}
