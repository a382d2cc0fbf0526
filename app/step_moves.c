#include "app/json_object.h"
#include "app/step_handlers.h"
#include "app/step_json.h"
#include "engine/number.h"

#include <limits.h>
#include <string.h>

// ---- moving ----

void step_command_tell(StepSession *session, StepReply *reply) {
    Stepper *stepper = debugger_looked_at_stepper(session->debugger);
    step_json_position(reply->json, session->debugger);
    step_json_tensors(reply->json, stepper);
}

bool step_move(const StepJob *job, const StepLine *line) {
    static const char *const reasons[] = {
        [ARRIVED] = "arrived",    [ARRIVED_AT_POINT] = "point",        [ARRIVED_AT_START] = "start",
        [ARRIVED_AT_END] = "end", [ARRIVED_BY_SIGNAL] = "interrupted",
    };
    long count = line->count;
    int64_t number;
    if (*line->rest) {
        if (line->counted || !number_read_whole(line->rest, &number) || number < 1 ||
            number > STEP_MOST_REPEATS)
            return step_fail_expected(job, "one count from 1 to 1000000", line->rest);
        count = (long)number;
    }
    Arrival arrival;
    if (!debugger_move(job->debugger, line->command->size, line->command->back ? -count : count,
                       job->reply->stop, &arrival, job->status))
        return false;
    json_add_text(job->reply->json, "reason", reasons[arrival.reason]);
    if (*arrival.text)
        json_add_text(job->reply->json, "stopped_by", arrival.text);
    step_say(job, "%s", arrival.text);
    step_command_tell(job->session, job->reply);
    return true;
}

bool step_go(const StepJob *job, const StepLine *line) {
    const StepperPosition at = stepper_position(debugger_looked_at_stepper(job->debugger));
    int64_t step;
    if (!number_read_whole(line->rest, &step) || step < at.first ||
        step > at.first + STEP_MOST_REPEATS)
        return step_fail_expected(job, "an inner step that is not before the first", line->rest);
    Arrival arrival;
    if (!debugger_go(job->debugger, (int)step, job->reply->stop, &arrival, job->status))
        return false;
    if (*arrival.text)
        json_add_text(job->reply->json, "stopped_by", arrival.text);
    step_say(job, "%s", arrival.text);
    step_command_tell(job->session, job->reply);
    return true;
}

bool step_where(const StepJob *job, const StepLine *line) {
    if (!step_expect_nothing(job, line))
        return false;
    step_json_start(job->reply->json, debugger_looked_at_stepper(job->debugger));
    step_command_tell(job->session, job->reply);
    return true;
}

bool step_list_stages(const StepJob *job, const StepLine *line) {
    if (!step_expect_nothing(job, line))
        return false;
    const int layers = stepper_shape(debugger_looked_at_stepper(job->debugger))->layers;
    cJSON *array = job->reply->json ? cJSON_AddArrayToObject(job->reply->json, "stages") : NULL;
    for (int i = 0; array && i < stage_count(layers); i++) {
        char name[STAGE_NAME];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddItemToArray(array, one);
        stage_name(layers, stage_at(layers, i), name);
        json_add_number(one, "stage", i);
        json_add_text(one, "stage_name", name);
        json_add_text(one, "formula", stage_formula(stage_at(layers, i).kind));
    }
    step_say(job, "%d stages", stage_count(layers));
    return true;
}

// ---- points ----

static bool add_point(const StepJob *job, const StepLine *line, PointKind kind) {
    int number;
    if (!*line->rest)
        return step_fail_expected(
            job, kind == POINT_BREAK ? "a condition such as loss>2" : "a number or a condition",
            "");
    if (!debugger_add_point(job->debugger, kind, line->rest, &number, job->status))
        return false;
    json_add_number(job->reply->json, "number", number);
    json_add_text(job->reply->json, "expression", line->rest);
    step_say(job, "%s %d: %s", kind == POINT_BREAK ? "breakpoint" : "watch", number, line->rest);
    return true;
}

bool step_add_break(const StepJob *job, const StepLine *line) {
    return add_point(job, line, POINT_BREAK);
}
bool step_add_watch(const StepJob *job, const StepLine *line) {
    return add_point(job, line, POINT_WATCH);
}

bool step_delete_point(const StepJob *job, const StepLine *line) {
    int64_t number;
    if (!number_read_whole(line->rest, &number) || number < 1 || number > INT_MAX)
        return step_fail_expected(job, "the number of a breakpoint or watch", line->rest);
    if (!debugger_delete_point(job->debugger, (int)number, job->status))
        return false;
    step_say(job, "deleted %d", (int)number);
    return true;
}

bool step_list_points(const StepJob *job, const StepLine *line) {
    if (!step_expect_nothing(job, line))
        return false;
    cJSON *array = job->reply->json ? cJSON_AddArrayToObject(job->reply->json, "points") : NULL;
    for (int i = 0; i < debugger_point_count(job->debugger); i++) {
        const DebuggerPoint *point = debugger_point(job->debugger, i);
        const char *kind = point->kind == POINT_BREAK ? "break" : "watch";
        cJSON *one = array ? cJSON_CreateObject() : NULL;
        if (one)
            cJSON_AddItemToArray(array, one);
        json_add_number(one, "number", point->number);
        json_add_text(one, "kind", kind);
        json_add_text(one, "expression", expression_text(point->expression));
        const size_t length = strlen(job->reply->text);
        snprintf(job->reply->text + length, STEP_REPLY - length, "%s%d %s %s", i ? "; " : "",
                 point->number, kind, expression_text(point->expression));
    }
    return true;
}
