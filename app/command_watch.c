// rulesmith watch: the workbench on a run that another process writes or that has ended, or on the
// runs under a folder.  Nothing is trained here.
#include "app/commands.h"
#include "app/screen.h"
#include "app/signals.h"
#include "app/terminal.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

// A folder that is no run may have runs in it.
static bool is_folder(const char *path, Status *status) {
    DIR *folder = opendir(path);
    if (!folder)
        return status_fail(status, STATUS_BAD_DATA, "%.800s: cannot be read: %s", path,
                           strerror(errno));
    closedir(folder);
    return true;
}

// The run's settings, for the screens that ask for them.
static bool read_settings(const RunDirectory *run, Settings *settings, Status *status) {
    char path[PATH_MAX];
    settings_default(settings);
    return run_directory_file(run, "config.ini", path, status) &&
           settings_read(settings, path, status);
}

int command_watch(const Options *options) {
    RunDirectory run;
    Settings settings;
    Status status;
    status_clear(&status);
    ScreenPlan plan = {.colour = options_color(options, stdout)};
    if (run_directory_look(&run, options->operand, &status)) {
        plan.run = &run;
        plan.watched = run.path;
        // A run with damaged settings can be watched all the same.
        plan.settings = read_settings(&run, &settings, &status) ? &settings : NULL;
    } else if (is_folder(options->operand, &status)) {
        plan.runs_folder = options->operand;
        plan.first = MODE_RUNS;
    } else {
        return report_error(&status);
    }
    if (!terminal_check(&status) || !signals_init(&status) || !screen_run(&plan, &status))
        return report_error(&status);
    return signals_end() ? 128 + signals_end() : STATUS_OK;
}
