#include "app/feature_job.h"

#include "app/rule_series.h"

#include <stdio.h>

static bool compute(const FeatureJob *job, const char *path, int examples, Features **features,
                    Status *status) {
    const FeaturesPlan plan = {.settings = job->settings,
                               .dataset = job->dataset,
                               .examples = examples,
                               .source = job->run ? job->run->path : path};
    return features_of_rule_file(features, &plan, path, job->stop, status);
}

static bool newest_rule(const FeatureJob *job, char path[PATH_MAX], Status *status) {
    if (!job->rule)
        return rule_series_newest(job->run, path, status);
    const int length = snprintf(path, PATH_MAX, "%s", job->rule);
    return length < PATH_MAX ||
           status_fail(status, STATUS_USAGE, "%.100s...: the path is too long", job->rule);
}

bool feature_job_compute(const FeatureJob *job, Features **features, Status *status) {
    char path[PATH_MAX];
    *features = NULL;
    return newest_rule(job, path, status) && compute(job, path, FEATURE_EXAMPLES, features, status);
}

// The file of the first kept rule after the frames that there are, or of the newest rule.
static bool next_rule(const FeatureJob *job, const Filmstrip *filmstrip, char path[PATH_MAX],
                      Status *status) {
    long outer_steps[STEP_FILES_LISTED];
    const long last = filmstrip->count ? filmstrip->frame[filmstrip->count - 1].outer_step : -1;
    const int count =
        job->run && !job->rule ? step_files_list(job->run, rule_series_folder, outer_steps) : 0;
    for (int i = count - 1; i >= 0; i--) { // they come newest first
        if (outer_steps[i] > last)
            return rule_series_path(job->run, outer_steps[i], path, status);
    }
    return newest_rule(job, path, status);
}

bool feature_job_next_frame(const FeatureJob *job, Filmstrip *filmstrip, bool *more,
                            Status *status) {
    char path[PATH_MAX];
    Features *features;
    *more = false;
    // Few examples: a frame needs the weights only.
    if (filmstrip->count == FILMSTRIP_FRAMES || !next_rule(job, filmstrip, path, status))
        return filmstrip->count == FILMSTRIP_FRAMES;
    if (!compute(job, path, 1, &features, status))
        return false;
    const bool new =
        features && (filmstrip->count == 0 ||
                     features->outer_step > filmstrip->frame[filmstrip->count - 1].outer_step);
    const bool done = !new || filmstrip_append(filmstrip, features, status);
    features_free(features);
    *more = new &&done;
    return done;
}
