#include "app/export_steps.h"

#include "app/commands.h"
#include "app/run_directory.h"
#include "app/step_commands.h"
#include "app/step_export.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char prefix[] = "step-";

bool is_step_figure(const char *name) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool export_end(StepSession *session, const Options *options, Status *status) {
    StepReply reply = {.json = NULL};
    const Theme theme = options_theme(options);
    return step_command_run(session, "continue", &reply, status) &&
           step_export(session, options->operand + strlen(prefix), options->tensor, options->out,
                       options_scale(options), theme, status);
}

// The rule of --rule, else the newest of --run.
static bool find_rule(const Options *options, char rule[PATH_MAX], Status *status) {
    RunDirectory run;
    if (!options->rule)
        return run_directory_look(&run, options->run, status) &&
               run_directory_file(&run, "rule.safetensors", rule, status);
    snprintf(rule, PATH_MAX, "%s", options->rule);
    return true;
}

bool export_steps(const Options *options, Status *status) {
    char rule[PATH_MAX];
    StepSession session;
    StepPlan plan = {.rule = rule, .data = options->data, .data_path = options->data_path};
    if (!find_rule(options, rule, status) ||
        !settings_of_rule(options, rule, &plan.settings, status) ||
        !step_session_begin(&session, &plan, status))
        return false;
    const bool done = export_end(&session, options, status);
    step_session_end(&session);
    return done;
}
