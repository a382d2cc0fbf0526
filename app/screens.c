#include "app/screens.h"

#include <stdio.h>
#include <string.h>

const ScreenKind *const screens[] = {
    &screen_train, &screen_step, &screen_features, &screen_embedding, &screen_runs, NULL,
};

const ScreenKind *screens_find(Mode mode) {
    for (int i = 0; screens[i]; i++) {
        if (screens[i]->mode == mode)
            return screens[i];
    }
    return NULL;
}

const ScreenKind *screens_find_number(int number) {
    for (int i = 0; screens[i]; i++) {
        if (screens[i]->number == number)
            return screens[i];
    }
    return NULL;
}

const ScreenKind *screens_next(const ScreenKind *kind, int direction) {
    int last = 0; // there is at least one
    int at = 0;
    for (int i = 0; screens[i]; i++) {
        last = i;
        at = screens[i] == kind ? i : at;
    }
    at += direction;
    return screens[at < 0 ? last : at > last ? 0 : at];
}

// -- Export
// ----------------------------------------------------------------------------------------

int screens_panels(const Workbench *workbench, const char *names[SCREEN_PANELS], int *focused) {
    const ScreenKind *kind = workbench->kind;
    *focused = 0;
    return kind->panels ? kind->panels(workbench->state, workbench, names, focused) : 0;
}

// Into the run's images/, or the present folder where there is no run; named after the outer step.
static bool path_of(const Workbench *workbench, const char *panel, char path[PATH_MAX],
                    Status *status) {
    char file[96];
    const long number = workbench->kind->picture_number
                            ? workbench->kind->picture_number(workbench->state)
                        : workbench->snapshot ? workbench->snapshot->outer_step
                                              : 0;
    const RunDirectory *run = workbench_run(workbench);
    snprintf(file, sizeof file, "%s%.60s-%06ld.png", run ? "images/" : "", panel, number);
    if (run)
        return run_directory_file(run, file, path, status);
    snprintf(path, PATH_MAX, "%s", file);
    return true;
}

static bool export_panel(const Workbench *workbench, const char *panel, char path[PATH_MAX],
                         Status *status) {
    return (*path || path_of(workbench, panel, path, status)) &&
           workbench->kind->export_panel(workbench->state, workbench, panel, path, status);
}

static void say_and_log(Workbench *workbench, const char *text) {
    if (workbench->plan.run && !workbench->watch)
        run_directory_log(workbench->plan.run, text);
    workbench_say(workbench, "%s", text);
}

void screens_export(Workbench *workbench, const char *panel, const char *file) {
    const char *names[SCREEN_PANELS];
    int focused;
    char path[PATH_MAX];
    char text[WORKBENCH_MESSAGE];
    Status status;
    status_clear(&status);
    const int count = screens_panels(workbench, names, &focused);
    if (count == 0) {
        workbench_say(workbench, "nothing to export on the screen %s", workbench->kind->name);
        return;
    }
    snprintf(path, sizeof path, "%s", file ? file : "");
    if (export_panel(workbench, panel ? panel : names[focused], path, &status))
        snprintf(text, sizeof text, "exported %.400s", path);
    else
        snprintf(text, sizeof text, "%.400s", status.text);
    say_and_log(workbench, text);
}

void screens_export_all(Workbench *workbench) {
    const char *names[SCREEN_PANELS];
    int focused;
    int done = 0;
    char text[WORKBENCH_MESSAGE];
    Status status;
    status_clear(&status);
    const int count = screens_panels(workbench, names, &focused);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX] = "";
        done += export_panel(workbench, names[i], path, &status);
    }
    snprintf(text, sizeof text, "exported %d of %d panels%s%.300s", done, count,
             done < count ? ": " : "", status.text);
    say_and_log(workbench, text);
}
