// rulesmith step: the inner loop under a debugger: on a terminal the Step screen of the workbench;
// else commands from a script or stdin, one object of JSON a line on stdout.
#include "app/commands.h"
#include "app/json_object.h"
#include "app/screen.h"
#include "app/signals.h"
#include "app/step_commands.h"
#include "app/step_json.h"
#include "app/step_thread.h"
#include "app/terminal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool print_line(const cJSON *json, Status *status) {
    return json_print_line(json, stdout) ||
           status_fail(status, STATUS_FAILURE, "stdout: the reply cannot be written");
}

// Does one line and tells what came of it.
static bool do_line(StepSession *session, const char *line, StepReply *reply, Status *status) {
    Status error;
    status_clear(&error);
    reply->json = cJSON_CreateObject();
    if (!reply->json)
        return status_fail(status, STATUS_FAILURE, "out of memory for a reply");
    json_add_text(reply->json, "command", line);
    const bool done = step_command_run(session, line, reply, &error);
    if (!done)
        json_add_text(reply->json, "error", error.text);
    const bool printed = print_line(reply->json, status);
    cJSON_Delete(reply->json);
    if (printed && !done)
        *status = error;
    return printed && done;
}

static bool is_silent(const char *line) {
    line += strspn(line, " \t");
    return *line == '\0' || *line == '#';
}

// All lines of a stream; a mistake ends a script, but not what a person types.
static bool do_script(StepSession *session, FILE *stream, const char *name, Status *status) {
    char *line = NULL;
    size_t capacity = 0;
    StepReply reply = {.quit = false};
    bool done = true;
    const bool typed = isatty(fileno(stream)) == 1;
    for (long number = 1; done && !reply.quit && getline(&line, &capacity, stream) >= 0; number++) {
        line[strcspn(line, "\r\n")] = '\0';
        if (is_silent(line))
            continue;
        done = do_line(session, line, &reply, status);
        if (!done && typed && status->code == STATUS_USAGE) {
            report_error(status);
            done = true;
        } else if (!done) {
            status_prefix(status, "%s:%ld", name, number);
        }
    }
    free(line);
    if (done && ferror(stream))
        return status_fail(status, STATUS_FAILURE, "%s: %s", name, strerror(errno));
    return done;
}

static bool tell_start(StepSession *session, Status *status) {
    StepReply reply = {.json = cJSON_CreateObject()};
    if (!reply.json)
        return status_fail(status, STATUS_FAILURE, "out of memory for a reply");
    json_add_text(reply.json, "command", "start");
    json_add_number(reply.json, "seed", session->seed);
    step_json_start(reply.json, debugger_looked_at_stepper(session->debugger));
    step_command_tell(session, &reply);
    const bool done = print_line(reply.json, status);
    cJSON_Delete(reply.json);
    return done;
}

static bool run_script(StepSession *session, const char *path, Status *status) {
    const bool given = path && strcmp(path, "-") != 0;
    FILE *stream = given ? fopen(path, "re") : stdin;
    if (!stream)
        return status_fail(status, STATUS_BAD_DATA, "%s: %s", path, strerror(errno));
    const bool done =
        tell_start(session, status) && do_script(session, stream, given ? path : "stdin", status);
    if (given)
        fclose(stream);
    return done;
}

// Without a script, in front of a terminal.
static bool wants_screen(const Options *options) {
    return !options->script && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static bool run_screen(const Options *options, const StepPlan *plan, Status *status) {
    StepOpening *opening = calloc(1, sizeof *opening);
    if (!opening)
        return status_fail(status, STATUS_FAILURE, "no memory for stepping");
    opening->settings = plan->settings;
    snprintf(opening->rule, sizeof opening->rule, "%s", plan->rule ? plan->rule : "");
    snprintf(opening->data, sizeof opening->data, "%s", plan->data ? plan->data : "");
    snprintf(opening->base, sizeof opening->base, "%s", plan->base ? plan->base : "");
    snprintf(opening->data_path, sizeof opening->data_path, "%s",
             plan->data_path ? plan->data_path : "");
    opening->seed = plan->seed;
    const ScreenPlan screen = {.settings = &opening->settings,
                               .stepping = opening,
                               .first = MODE_STEP,
                               .colour = options_color(options, stdout)};
    const bool done = terminal_check(status) && signals_init(status) && screen_run(&screen, status);
    free(opening);
    return done;
}

static bool run_headless(const Options *options, const StepPlan *plan, Status *status) {
    StepSession session;
    if (!step_session_begin(&session, plan, status))
        return false;
    const bool done = run_script(&session, options->script, status);
    step_session_end(&session);
    return done;
}

// --seed is what the command `seed` chooses; the run's seed, which decides a random theta too,
// stays that of the settings.
static bool take_seed(StepPlan *plan, Status *status) {
    Settings standard;
    settings_default(&standard);
    if (plan->settings.seed == standard.seed)
        return true;
    if (plan->settings.seed > INT_MAX)
        return status_fail(status, STATUS_USAGE, "--seed: expected at most %d, found %lld", INT_MAX,
                           (long long)plan->settings.seed);
    plan->seed = (int)plan->settings.seed;
    plan->settings.seed = standard.seed;
    return true;
}

int command_step(const Options *options) {
    Status status;
    StepPlan plan = {.rule = options->rule,
                     .data = options->data,
                     .base = options->base,
                     .data_path = options->data_path};
    status_clear(&status);
    if (!settings_of_rule(options, options->rule, &plan.settings, &status) ||
        !take_seed(&plan, &status))
        return report_error(&status);
    const bool shown = wants_screen(options);
    if (!(shown ? run_screen : run_headless)(options, &plan, &status))
        return report_error(&status);
    return shown && signals_end() ? 128 + signals_end() : STATUS_OK;
}
