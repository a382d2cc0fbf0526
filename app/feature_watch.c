#include "app/feature_watch.h"

#include "app/rule_series.h"
#include "engine/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const double seconds_between_looks = 2;

void feature_watch_init(FeatureWatch *watch) {
    memset(watch, 0, sizeof *watch);
    filmstrip_init(&watch->filmstrip);
    status_clear(&watch->trouble);
    watch->stale = true;
}

void feature_watch_clear(FeatureWatch *watch) {
    probe_free(watch->probe);
    features_free(watch->features);
    filmstrip_clear(&watch->filmstrip);
}

// A copy of what the workbench has: its run may be closed while the probe computes.
static void open_run(FeatureWatch *watch, const Workbench *workbench, const RunDirectory *run,
                     const Settings *settings) {
    if (!run_directory_look(&watch->run, run->path, &watch->trouble)) {
        memcpy(watch->run.path, run->path, sizeof watch->run.path);
        return;
    }
    if (!settings) {
        status_fail(&watch->trouble, STATUS_BAD_DATA, "the settings of this run cannot be read");
        return;
    }
    watch->settings = *settings;
    const ProbePlan plan = {
        .run = &watch->run, .settings = &watch->settings, .data_path = workbench->plan.data_path};
    probe_new(&watch->probe, &plan, &watch->trouble);
}

bool feature_watch_go_to_run(FeatureWatch *watch, const Workbench *workbench) {
    const RunDirectory *run = workbench_run(workbench);
    const Settings *settings = workbench_settings(workbench);
    if (strcmp(run ? run->path : "", watch->run.path) == 0 &&
        (settings != NULL) == watch->has_settings)
        return false;
    feature_watch_clear(watch);
    feature_watch_init(watch);
    watch->has_settings = settings != NULL;
    if (run)
        open_run(watch, workbench, run, settings);
    return true;
}

// -- What the run has
// -------------------------------------------------------------------------------

// Notes the run's newest rule; true if it is another one than before.
static bool find_newer(FeatureWatch *watch) {
    char path[PATH_MAX];
    struct stat information;
    Status status;
    if (!rule_series_newest(&watch->run, path, &status) || stat(path, &information) != 0)
        return false;
    const bool same = strcmp(path, watch->rule) == 0 &&
                      information.st_mtim.tv_sec == watch->written.tv_sec &&
                      information.st_mtim.tv_nsec == watch->written.tv_nsec;
    memcpy(watch->rule, path, sizeof path);
    watch->written = information.st_mtim;
    return !same;
}

static void look(FeatureWatch *watch) {
    const double now = clock_seconds();
    if (watch->looked_at > 0 && now - watch->looked_at < seconds_between_looks)
        return;
    watch->looked_at = now;
    watch->no_more_frames = false;
    if (find_newer(watch) && !watch->held)
        watch->stale = true;
}

// -- Questions and answers
// --------------------------------------------------------------------------

static long last_frame(const FeatureWatch *watch) {
    const int count = watch->filmstrip.count;
    return count > 0 ? watch->filmstrip.frame[count - 1].outer_step : -1;
}

static void ask(FeatureWatch *watch) {
    ProbeQuestion question = {.subject = PROBE_FEATURES};
    memcpy(question.data, watch->data, sizeof question.data);
    if (!watch->stale) {
        if (!watch->wants_film || watch->no_more_frames ||
            watch->filmstrip.count == FILMSTRIP_FRAMES)
            return;
        question.subject = PROBE_FRAME;
        question.after = last_frame(watch);
    }
    watch->stale = false;
    probe_ask(watch->probe, &question);
}

static void take_frame(FeatureWatch *watch, const ProbeAnswer *answer) {
    if (answer->features)
        filmstrip_append(&watch->filmstrip, answer->features, &watch->trouble);
    else
        watch->no_more_frames = true;
    features_free(answer->features);
}

static void take(FeatureWatch *watch, const ProbeAnswer *answer) {
    watch->trouble = answer->status;
    if (answer->question.subject == PROBE_FRAME) {
        take_frame(watch, answer);
    } else if (answer->features) { // after a failure the last ones stay
        features_free(watch->features);
        watch->features = answer->features;
    }
}

bool feature_watch_tick(FeatureWatch *watch) {
    ProbeAnswer answer;
    if (!watch->probe)
        return false;
    const bool answered = probe_take(watch->probe, &answer);
    if (answered)
        take(watch, &answer);
    look(watch);
    if (!probe_is_busy(watch->probe))
        ask(watch);
    return answered;
}

void feature_watch_hold(FeatureWatch *watch, bool held) {
    watch->held = held;
    if (!held) // whatever was missed in the meantime
        watch->stale = true;
}

void feature_watch_data(FeatureWatch *watch, const char *data) {
    snprintf(watch->data, sizeof watch->data, "%s", data);
    filmstrip_clear(&watch->filmstrip);
    features_free(watch->features);
    watch->features = NULL;
    watch->stale = true;
    watch->no_more_frames = false;
    if (watch->probe)
        ask(watch); // what is computed is of no use any more
}

// -- For the views
// -----------------------------------------------------------------------------------

FeatureData feature_watch_shown(const FeatureWatch *watch, char *empty, size_t size) {
    if (!*watch->run.path)
        snprintf(empty, size, "there is no run to look at");
    else if (watch->trouble.code != STATUS_OK)
        snprintf(empty, size, "%s", watch->trouble.text);
    else if (watch->wants_film && watch->no_more_frames)
        snprintf(empty, size, "this run has kept no rules: the filmstrip is made of rules/");
    else
        snprintf(empty, size, "computing: an inner loop with the run's newest rule");
    return (FeatureData){watch->features, &watch->filmstrip, empty};
}

void feature_watch_note(const FeatureWatch *watch, char *note, size_t size) {
    char step[48] = "";
    if (watch->features && watch->features->outer_step >= 0)
        snprintf(step, sizeof step, " outer step %ld", watch->features->outer_step);
    if (watch->trouble.code != STATUS_OK)
        snprintf(note, size, "%s", watch->trouble.text);
    else
        snprintf(note, size, "%s%s%s",
                 watch->held ? "held at" : "following:", *step ? step : " the first rule",
                 watch->probe && probe_is_busy(watch->probe) ? ", computing" : "");
}
