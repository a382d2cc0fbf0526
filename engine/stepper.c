#include "engine/stepper.h"

#include "engine/stepper_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- memory ----

static void origin_drop(StepperOrigin *origin) {
    if (!origin || --origin->references > 0)
        return;
    stepper_start_clear(&origin->start);
    free(origin);
}

static int examples_of(const Task *task) {
    return task->classes * task->shots;
}
static int columns_of(const Task *task) {
    return task->classes + task->targets;
}

// Reals of the widest thing that stepper_tensors makes.
static size_t shown_count(const Rule *rule, const StepperStart *start) {
    size_t widest = phi_count(&start->shape);
    for (int l = 0; l <= start->shape.layers; l++) {
        const size_t h = (size_t)start->shape.sizes[l] * (size_t)start->batch *
                         (size_t)padded(rule->layout.sizes.H);
        widest = h > widest ? h : widest;
    }
    const size_t p = (size_t)examples_of(&start->task) * (size_t)columns_of(&start->task);
    return p > widest ? p : widest;
}

static void place_room(StepperRoom *room, const Rule *rule, const StepperStart *start) {
    inner_step_take(&room->step, rule, &start->shape, start->batch, &room->arena);
    meta_objective_take(&room->objective, &start->shape, examples_of(&start->task),
                        start->task.classes, columns_of(&start->task), &room->arena);
    room->shown = arena_take(&room->arena, shown_count(rule, start));
}

static bool room_init(StepperRoom *room, SharedRule *shared, const StepperStart *start,
                      Status *status) {
    const Rule *rule = &shared->rule;
    *room = (StepperRoom){.placed_for = NULL};
    if (!inner_step_check(&start->shape, &rule->layout.sizes, start->batch, status))
        return false;
    place_room(room, rule, start);
    const size_t scratch = inner_step_scratch(rule, &start->shape, start->batch) * sizeof(real);
    const size_t bytes = room->arena.used + scratch;
    if (!arena_init(&room->arena, bytes, status))
        return false;
    place_room(room, rule, start);
    room->placed_for = shared_rule_hold(shared);
    return true;
}

static void room_clear(StepperRoom *room) {
    arena_clear(&room->arena);
    shared_rule_drop(room->placed_for);
}

static bool take_data_room(Stepper *stepper, Status *status) {
    const StepperStart *start = &stepper->origin->start;
    const size_t examples = (size_t)examples_of(&start->task);
    stepper->values = calloc(
        step_data_count(start->batch, start->task.inputs, (int)examples, columns_of(&start->task)),
        sizeof(real));
    StepDataRoom *drawing = &stepper->drawing;
    drawing->label = calloc(3 * examples, sizeof(int));
    if (!stepper->values || !drawing->label)
        return status_fail(status, STATUS_FAILURE, "out of memory for the data of a step");
    drawing->drawn = drawing->label + examples;
    drawing->drawn_b = drawing->drawn + examples;
    return true;
}

void stepper_free(Stepper *stepper) {
    if (!stepper)
        return;
    timeline_clear(&stepper->timeline);
    room_clear(&stepper->room);
    inner_state_drop(stepper->now);
    inner_state_drop(stepper->next);
    free(stepper->values);
    free(stepper->drawing.label);
    origin_drop(stepper->origin);
    free(stepper);
}

// ---- one step ----

// The truncation that the step from `now` belongs to, and the data of the step; `next` takes the
// random numbers up behind them.
static void draw(Stepper *stepper, InnerState *next) {
    const StepperStart *start = &stepper->origin->start;
    const InnerState *now = stepper->now;
    next->step = now->step + 1;
    next->data = now->data;
    next->truncations = now->truncations;
    next->truncation_begin = now->truncation_begin;
    next->truncation_end = now->truncation_end;
    if (now->step >= now->truncation_end) {
        const int left = start->horizon - now->step;
        next->truncation_begin = now->step;
        next->truncation_end =
            now->step + worker_draw_truncation(start->one_stream ? &next->data : &next->truncations,
                                               start->truncation_min, start->truncation_max,
                                               left > 0 ? left : start->truncation_max);
    }
    stepper->truncation_begin = next->truncation_begin;
    stepper->truncation_end = next->truncation_end;
    Random labelled = start->labelled;
    stepper->data =
        step_data_draw(&start->task, &next->data, start->one_stream ? &next->data : &labelled,
                       start->batch, stepper->values, &stepper->drawing);
}

static StepRecord evaluate(Stepper *stepper, const Phi *phi) {
    MetaObjective *objective = &stepper->room.objective;
    meta_objective_forward(objective, phi, &stepper->data.labelled);
    return (StepRecord){objective->loss, objective->accuracy};
}

// The few-shot problem of phi_{t+1}, once for a step.
static void look(Stepper *stepper) {
    if (stepper->looked)
        return;
    if (!stepper->has_start_record) {
        stepper->start_record = evaluate(stepper, &stepper->now->phi);
        stepper->has_start_record = true;
    }
    const StepRecord record = evaluate(stepper, &stepper->next->phi);
    Anatomy *anatomy = timeline_record(&stepper->timeline, stepper->now->step, record);
    for (int l = 1; l <= stepper->origin->start.shape.layers; l++)
        anatomy_measure(&anatomy[l - 1], &stepper->room.step.change[l],
                        &stepper_variation(stepper)->rule);
    stepper->looked = true;
}

// Computes the step from `now`; there is room for its record.  A step that is on record already may
// be passed without a look.
static void run_step(Stepper *stepper, InnerState *next) {
    const Variation *variation = stepper_variation(stepper);
    draw(stepper, next);
    inner_step_forward(&stepper->room.step, &variation->rule, stepper->kernels, &stepper->now->phi,
                       stepper->data.x, (real)variation->rate, &next->phi, &stepper->room.arena);
    inner_state_drop(stepper->next);
    stepper->next = next;
    stepper->stage = 0;
    stepper->looked = false;
    timeline_keep(&stepper->timeline, stepper->now);
    if (!timeline_has_record(&stepper->timeline, stepper->now->step))
        look(stepper);
}

// Everything that entering a step may run out of: a state to step to, room for the record and for
// the values.  NULL if it did; the values of the present step are lost only when it succeeds.
static InnerState *prepare(Stepper *stepper, int step, SharedRule *shared, Status *status) {
    InnerState *next = inner_state_new(&stepper->origin->start.shape);
    if (!next) {
        status_fail(status, STATUS_FAILURE, "out of memory for a base model");
        return NULL;
    }
    StepperRoom *room = &stepper->room, fitting = *room;
    if (!timeline_record_room(&stepper->timeline, step, status) ||
        (room->placed_for != shared &&
         !room_init(&fitting, shared, &stepper->origin->start, status))) {
        inner_state_drop(next);
        return NULL;
    }
    if (room->placed_for != shared) {
        room_clear(room);
        *room = fitting;
    }
    return next;
}

// Enters the step from `state` (its reference moves in) and computes it; if memory is short nothing
// is changed.
static bool enter(Stepper *stepper, InnerState *state, Status *status) {
    SharedRule *shared = timeline_variation(&stepper->timeline, state->step)->shared;
    InnerState *next = prepare(stepper, state->step, shared, status);
    if (!next) {
        inner_state_drop(state);
        return false;
    }
    inner_state_drop(stepper->now);
    stepper->now = state;
    run_step(stepper, next);
    return true;
}

// ---- making steppers ----

static Variation first_variation(const StepperStart *start, SharedRule *shared) {
    Variation variation = {
        .step = start->inner_step, .shared = shared, .rate = start->rate, .rule = shared->rule};
    for (int k = 0; k < TERMS; k++)
        variation.factor[k] = 1;
    return variation;
}

static InnerState *first_state(const StepperStart *start, Status *status) {
    InnerState *state = inner_state_new(&start->shape);
    if (!state) {
        status_fail(status, STATUS_FAILURE, "out of memory for a base model");
        return NULL;
    }
    state->step = state->truncation_begin = state->truncation_end = start->inner_step;
    state->data = start->data;
    state->truncations = start->truncations;
    phi_copy(&state->phi, &start->phi);
    return state;
}

// The stepper has its origin; shared is moved in.
static bool begin(Stepper *stepper, SharedRule *shared, size_t budget, Status *status) {
    const StepperStart *start = &stepper->origin->start;
    InnerState *first = first_state(start, status);
    if (!first) {
        shared_rule_drop(shared);
        return false;
    }
    Variation variation = first_variation(start, shared);
    if (!timeline_init(&stepper->timeline, first, start->shape.layers, &variation, budget,
                       status)) {
        variation_clear(&variation);
        inner_state_drop(first);
        return false;
    }
    stepper->kernels = kernels_best();
    if (!take_data_room(stepper, status)) {
        inner_state_drop(first);
        return false;
    }
    if (!enter(stepper, first, status))
        return false;
    look(stepper);
    return true;
}

bool stepper_new(Stepper **made, StepperStart *start, const ThetaLayout *layout, const real *theta,
                 const char *label, size_t budget, Status *status) {
    *made = NULL;
    Stepper *stepper = calloc(1, sizeof *stepper);
    StepperOrigin *origin = calloc(1, sizeof *origin);
    if (!stepper || !origin) {
        stepper_start_clear(start);
        free(stepper);
        free(origin);
        return status_fail(status, STATUS_FAILURE, "out of memory for a stepper");
    }
    *origin = (StepperOrigin){.references = 1, .start = *start};
    *start = (StepperStart){0};
    stepper->origin = origin;
    SharedRule *shared = shared_rule_new(layout, theta, label, status);
    if (!shared || !begin(stepper, shared, budget, status)) {
        stepper_free(stepper);
        return false;
    }
    *made = stepper;
    return true;
}

bool stepper_fork(Stepper **made, const Stepper *stepper, Status *status) {
    *made = NULL;
    Stepper *fork = calloc(1, sizeof *fork);
    if (!fork)
        return status_fail(status, STATUS_FAILURE, "out of memory for a stepper");
    fork->origin = stepper->origin;
    fork->origin->references++;
    fork->kernels = stepper->kernels;
    fork->start_record = stepper->start_record;
    fork->has_start_record = true;
    if (!timeline_copy(&fork->timeline, &stepper->timeline, status) ||
        !take_data_room(fork, status) || !enter(fork, inner_state_hold(stepper->now), status)) {
        stepper_free(fork);
        return false;
    }
    look(fork);
    fork->stage = stepper->stage;
    *made = fork;
    return true;
}

// ---- moving ----

static bool stopped(const atomic_bool *stop) {
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

bool stepper_go(Stepper *stepper, int step, int stage, const atomic_bool *stop, Status *status) {
    if (step == stepper->now->step) {
        stepper->stage = stage;
        return true;
    }
    // From the nearest state before the step: the present one, the one after it, or a kept one.
    InnerState *from = timeline_latest(&stepper->timeline, step);
    if (stepper->next->step <= step && stepper->next->step > from->step)
        from = stepper->next;
    bool done = enter(stepper, inner_state_hold(from), status);
    while (done && stepper->now->step < step && !stopped(stop))
        done = enter(stepper, inner_state_hold(stepper->next), status);
    look(stepper);
    if (done && stepper->now->step == step)
        stepper->stage = stage;
    return done;
}

// ---- what if ----

// `variation` is a copy of the present one, changed; its shared rule is moved in.
static bool vary(Stepper *stepper, Variation *variation, Status *status) {
    const int stage = stepper->stage, step = stepper->now->step;
    InnerState *next = timeline_vary_room(&stepper->timeline, status)
                           ? prepare(stepper, step, variation->shared, status)
                           : NULL;
    if (!next) {
        variation_clear(variation);
        return false;
    }
    variation->step = step;
    for (int k = 0; k < TERMS; k++)
        variation->rule.merge_w[k] =
            variation->shared->rule.merge_w[k] * (real)variation->factor[k];
    timeline_vary(&stepper->timeline, variation);
    run_step(stepper, next);
    look(stepper);
    stepper->stage = stage;
    return true;
}

static Variation present_variation(const Stepper *stepper) {
    Variation variation = *stepper_variation(stepper);
    shared_rule_hold(variation.shared);
    return variation;
}

bool stepper_set_term(Stepper *stepper, int term, double factor, Status *status) {
    Variation variation = present_variation(stepper);
    variation.factor[term] = factor;
    return vary(stepper, &variation, status);
}

bool stepper_set_rate(Stepper *stepper, double rate, Status *status) {
    Variation variation = present_variation(stepper);
    variation.rate = rate;
    return vary(stepper, &variation, status);
}

bool stepper_set_rule(Stepper *stepper, const ThetaLayout *layout, const real *theta,
                      const char *label, Status *status) {
    SharedRule *shared = shared_rule_new(layout, theta, label, status);
    if (!shared)
        return false;
    Variation variation = *stepper_variation(stepper);
    variation.shared = shared;
    variation.rule = shared->rule;
    return vary(stepper, &variation, status);
}

__attribute__((format(printf, 2, 3))) static void append(char text[VARIATION_TEXT],
                                                         const char *format, ...) {
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, VARIATION_TEXT - length, format, arguments);
    va_end(arguments);
}

const char *stepper_variation_text(const Stepper *stepper, char text[VARIATION_TEXT]) {
    const Variation *first = &stepper->timeline.variation[0];
    const Variation *here = stepper_variation(stepper);
    text[0] = '\0';
    for (int k = 0; k < TERMS; k++) {
        if (here->factor[k] == 1)
            continue;
        append(text, "%s%s ", *text ? ", " : "", term_names[k]);
        if (here->factor[k] == 0)
            append(text, "off");
        else
            append(text, "x %g", here->factor[k]);
    }
    if (here->rate != first->rate)
        append(text, "%srate %g", *text ? ", " : "", here->rate);
    if (here->shared != first->shared)
        append(text, "%srule %s", *text ? ", " : "", here->shared->label);
    if (!*text)
        append(text, "as it was");
    return text;
}

// ---- looking ----

StepperPosition stepper_position(const Stepper *stepper) {
    const StepperStart *start = &stepper->origin->start;
    return (StepperPosition){.step = stepper->now->step,
                             .first = start->inner_step,
                             .horizon = start->horizon,
                             .stage = stepper->stage,
                             .stages = stage_count(start->shape.layers),
                             .truncation_begin = stepper->truncation_begin,
                             .truncation_end = stepper->truncation_end};
}

const StepperStart *stepper_start(const Stepper *stepper) {
    return &stepper->origin->start;
}
const PhiShape *stepper_shape(const Stepper *stepper) {
    return &stepper->origin->start.shape;
}
const Variation *stepper_variation(const Stepper *stepper) {
    return timeline_variation(&stepper->timeline, stepper->now->step);
}
const Phi *stepper_phi(const Stepper *stepper) {
    return &stepper->now->phi;
}
const Phi *stepper_next_phi(const Stepper *stepper) {
    return &stepper->next->phi;
}
const StepData *stepper_data(const Stepper *stepper) {
    return &stepper->data;
}
const InnerStep *stepper_values(const Stepper *stepper) {
    return &stepper->room.step;
}
StepRecord stepper_start_record(const Stepper *stepper) {
    return stepper->start_record;
}
StepRecord stepper_newest_record(const Stepper *stepper) {
    const StepperPosition at = stepper_position(stepper);
    const int done = at.step - at.first + (at.stage == at.stages - 1);
    return done > 0 ? *stepper_record(stepper, done - 1) : stepper->start_record;
}
int stepper_record_count(const Stepper *stepper) {
    return stepper->timeline.record_count;
}
const StepRecord *stepper_record(const Stepper *stepper, int index) {
    return &stepper->timeline.record[index];
}
const Anatomy *stepper_anatomy(const Stepper *stepper, int index, int layer) {
    return &stepper->timeline.anatomy[(ptrdiff_t)index * stepper->timeline.layers + layer - 1];
}
