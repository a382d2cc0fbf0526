// The commands of stepping as `rulesmith step` and the Step screen give them: what they do, what
// they tell as JSON, what they refuse; forwards and back gives the same reply.
#include "app/step_commands.h"
#include "tests/unit/small_stepping.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STAGES = SMALL_STAGES };

// One session for all tests, since making its data takes longer than all they do.
static int open_session(void **state) {
    static StepSession session;
    Status status;
    const StepPlan plan = small_step_plan();
    status_clear(&status);
    *state = &session;
    return step_session_begin(&session, &plan, &status) ? 0 : -1;
}

static int close_session(void **state) {
    step_session_end(*state);
    return 0;
}

// As it was opened.
static StepSession *begin(void **state) {
    StepSession *session = *state;
    Status status;
    int gone;
    while (debugger_point_count(session->debugger) > 0)
        assert_true(debugger_delete_point(session->debugger,
                                          debugger_point(session->debugger, 0)->number, &status));
    assert_true(step_session_reseed(session, 0, &gone, &status));
    return session;
}

// The reply without the echo of the command, as text; NULL if the line was refused.
static char *run(StepSession *session, const char *line, Status *status) {
    StepReply reply = {.json = cJSON_CreateObject()};
    status_clear(status);
    char *text =
        step_command_run(session, line, &reply, status) ? cJSON_PrintUnformatted(reply.json) : NULL;
    cJSON_Delete(reply.json);
    return text;
}

static char *expect(StepSession *session, const char *line) {
    Status status;
    char *text = run(session, line, &status);
    if (!text)
        fail_msg("'%s': %s", line, status.text);
    return text;
}

static void do_line(StepSession *session, const char *line) {
    free(expect(session, line));
}

static void assert_tells(StepSession *session, const char *line, const char *part) {
    char *text = expect(session, line);
    if (!strstr(text, part))
        fail_msg("'%s' does not tell %s but %.600s", line, part, text);
    free(text);
}

static void assert_refused(StepSession *session, const char *line, const char *part) {
    Status status;
    char *text = run(session, line, &status);
    if (text)
        fail_msg("'%s' was done", line);
    assert_int_equal(status.code, STATUS_USAGE);
    if (!strstr(status.text, part))
        fail_msg("'%s' is refused with '%s', not %s", line, status.text, part);
}

// ---- moves ----

static void assert_at(const StepSession *session, int step, int stage) {
    const StepperPosition at = stepper_position(debugger_looked_at_stepper(session->debugger));
    assert_int_equal(at.step, step);
    assert_int_equal(at.stage, stage);
}

static void test_moves(void **state) {
    static const struct {
        const char *line;
        int step, stage;
    } moves[] = {
        {"s", 0, 1},
        {"stage 3", 0, 4},
        {"2s", 0, 6},
        {"n", 1, 6},
        {"10n", 11, 6},
        {"f", 11, STAGES - 1},
        {"S", 11, STAGES - 2},
        {"F", 11, 0},
        {"u", 12, 0},
        {"2u", 18, 0},
        {"  back-until  ", 15, 0},
        {"N", 14, 0},
        {"O", 12, 0},
        {"c", 20, 0},
        {"c", 40, 0},
        {"go 7", 7, 0},
        {"", 7, 0},
        {"# nothing", 7, 0},
        {"C", 0, 0},
        {"S", 0, 0},
    };
    StepSession *session = begin(state);
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        do_line(session, moves[i].line);
        assert_at(session, moves[i].step, moves[i].stage);
    }
    assert_tells(session, "C", "\"reason\":\"start\"");
    assert_tells(session, "c", "\"reason\":\"end\"");
}

// Everything that is told, with every digit, is the same after n forward and n back.
static void test_there_and_back(void **state) {
    static const char *const pairs[][2] = {{"7n", "7N"},   {"30s", "30S"}, {"2u", "2U"},
                                           {"5f", "5F"},   {"c", "C"},     {"1n", "1N"},
                                           {"40n", "40N"}, {"o", "O"}};
    StepSession *session = begin(state);
    char *before = expect(session, "print layer1.W values");
    char *where = expect(session, "where");
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        do_line(session, pairs[i][0]);
        do_line(session, pairs[i][1]);
        assert_at(session, 0, 0);
        char *after = expect(session, "print layer1.W values");
        assert_string_equal(before, after);
        free(after);
        after = expect(session, "where");
        assert_string_equal(where, after);
        free(after);
    }
    free(before);
    free(where);
}

// ---- points ----

static void test_points(void **state) {
    StepSession *session = begin(state);
    assert_tells(session, "break step==4", "\"number\":1");
    assert_tells(session, "b layer2.dW.norm>0", "\"number\":2");
    assert_tells(session, "watch layer1.D.norm", "\"number\":3");
    assert_tells(session, "c", "breakpoint 2: layer2.dW.norm>0 (layer2.dW.norm = ");
    assert_at(session, 0, STAGES - 2);
    do_line(session, "delete 2");
    assert_tells(session, "c", "\"stopped_by\":\"breakpoint 1: step==4 (step = 4)\"");
    assert_at(session, 4, 0);
    // Not made yet at the beginning of a step.
    assert_tells(session, "where", "\"expression\":\"layer1.D.norm\",\"value\":null");
    assert_tells(session, "points", "\"kind\":\"watch\"");
    assert_tells(session, "3n", "\"reason\":\"arrived\"");
    assert_tells(session, "C", "\"reason\":\"point\"");
    assert_at(session, 4, 0);
}

static void test_refusals(void **state) {
    static const char *const lines[][2] = {
        {"nxt", "the nearest is 'next'"},
        {"0n", "expected a count from 1"},
        {"99999999999999999999n", "expected a count from 1"},
        {"n x", "expected one count from 1 to 1000000, found 'x'"},
        {"2n 3", "expected one count"},
        {"3 print loss", "expected no count before 'print'"},
        {"go -1", "an inner step that is not before the first"},
        {"break", "a condition such as loss>2"},
        {"break loss", "expected a condition"},
        {"break loss>", "position 6"},
        {"break losss>2", "the nearest is 'loss'"},
        {"break layer2.hbb.norm>1", "the nearest is 'layer2.hebb.norm'"},
        {"break layer3.dW.norm>1", "layer3.dW.norm"},
        {"watch", "a number or a condition"},
        {"delete 7", "expected the number of a point, found 7"},
        {"delete x", "expected the number of a breakpoint"},
        {"print", "expected a name"},
        {"print layer1.D", "is not there yet"},
        {"print layer1.W all", "expected a name"},
        {"anatomy 3", "expected a layer"},
        {"curve layer1.W.norm", "expected loss, accuracy or"},
        {"term hebbb off", "the nearest is 'hebb'"},
        {"term hebb perhaps", "expected on, off or a factor"},
        {"rate -1", "an inner rate of at least 0"},
        {"look", "there is no second future"},
        {"look back", "as-is, what-if or nothing"},
        {"drop", "there is no second future"},
        {"seed x", "expected a seed"},
        {"export loss", "expected a figure, perhaps a tensor, and a file"},
        {"export los /tmp/x.png", "the nearest is 'loss'"},
        {"export tensor layer1.D /tmp/x.png", "expected a tensor of this stage"},
        {"quit now", "expected nothing more, found 'now'"},
    };
    StepSession *session = begin(state);
    char *before = expect(session, "where");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_refused(session, lines[i][0], lines[i][1]);
    char *after = expect(session, "where");
    assert_string_equal(before, after);
    free(before);
    free(after);
}

// ---- what there is to see ----

static double number_in(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void test_anatomy(void **state) {
    StepSession *session = begin(state);
    do_line(session, "n");
    char *text = expect(session, "anatomy");
    cJSON *reply = cJSON_Parse(text);
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(reply, "layers"), *layer, *part;
    assert_int_equal(cJSON_GetArraySize(layers), 2);
    cJSON_ArrayForEach(layer, layers) {
        const cJSON *parts = cJSON_GetObjectItemCaseSensitive(layer, "parts");
        double shares = 0, projections = 0;
        assert_int_equal(cJSON_GetArraySize(parts), 12 + 3);
        cJSON_ArrayForEach(part, parts) {
            shares += number_in(part, "share");
            projections += number_in(part, "projection");
        }
        assert_true(fabs(shares - 1) < 1e-5);
        assert_true(fabs(projections - 1) < 1e-3);
    }
    cJSON_Delete(reply);
    free(text);
    assert_tells(session, "print layer0.x", "\"shape\":[36,12]");
    assert_tells(session, "print layer0.x", "\"percentiles\":[");
    assert_tells(session, "stages", "\"stage_name\":\"top error d_2\"");
    assert_tells(session, "help", "\"name\":\"break\"");
}

static void test_what_if(void **state) {
    StepSession *session = begin(state);
    do_line(session, "4n");
    char *as_is = expect(session, "curve loss");
    assert_tells(session, "term hebb off", "\"what_if\":\"hebb off\"");
    assert_tells(session, "3n", "\"other_future\":{\"loss\":");
    char *both = expect(session, "curve loss");
    cJSON *reply = cJSON_Parse(both);
    const cJSON *first = cJSON_GetObjectItemCaseSensitive(reply, "as-is"),
                *second = cJSON_GetObjectItemCaseSensitive(reply, "what-if");
    assert_true(cJSON_GetArraySize(first) >= 7 && cJSON_GetArraySize(second) >= 7);
    for (int i = 0; i < 7; i++)
        assert_true((cJSON_GetArrayItem(first, i)->valuedouble ==
                     cJSON_GetArrayItem(second, i)->valuedouble) == (i < 4));
    cJSON_Delete(reply);
    assert_tells(session, "look", "\"future\":\"as-is\"");
    do_line(session, "drop");
    assert_refused(session, "look", "no second future");
    assert_tells(session, "rate 0", "\"what_if\":\"rate 0\"");
    do_line(session, "keep");
    // Nothing moves at the rate 0.
    do_line(session, "f");
    assert_tells(session, "print layer1.dW.norm", "\"value\":0");
    do_line(session, "seed 5");
    assert_at(session, 0, 0);
    free(as_is);
    free(both);
}

// A rule of other sizes is refused, one that is not there too, and the session goes on.
static void test_missing_rule(void **state) {
    StepSession *session = begin(state);
    Status status;
    assert_null(run(session, "rule /nowhere/rule.safetensors", &status));
    assert_non_null(strstr(status.text, "/nowhere/rule.safetensors"));
    do_line(session, "n");
}

static void test_bad_plans(void **state) {
    (void)state;
    static const StepPlan plans[] = {{.data = "nothing"},
                                     {.data = "shapes", .base = "8:relux"},
                                     {.data = "shapes", .base = "x"},
                                     {.data = "shapes", .rule = "/nowhere/rule"}};
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        StepSession session;
        StepPlan plan = plans[i];
        Status status;
        settings_default(&plan.settings);
        status_clear(&status);
        assert_false(step_session_begin(&session, &plan, &status));
        assert_true(status.text[0] != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),     cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_points),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_anatomy),   cmocka_unit_test(test_what_if),
        cmocka_unit_test(test_bad_plans), cmocka_unit_test(test_missing_rule),
    };
    return cmocka_run_group_tests(tests, open_session, close_session);
}
