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

bool feature_job_frame(const FeatureJob *job, long after, Features **frame, Status *status) {
    long outer_steps[STEP_FILES_LISTED];
    char path[PATH_MAX];
    *frame = NULL;
    const int count =
        job->run && !job->rule ? step_files_list(job->run, rule_series_folder, outer_steps) : 0;
    for (int i = count - 1; i >= 0; i--) { // they come newest first
        if (outer_steps[i] > after)
            return rule_series_path(job->run, outer_steps[i], path, status) &&
                   compute(job, path, 1, frame, status);
    }
    return true;
}

// Adds the newest rule, if it is later than the frames that there are.
static bool add_newest(const FeatureJob *job, Filmstrip *filmstrip, Status *status) {
    char path[PATH_MAX];
    Features *newest;
    const long last = filmstrip->count ? filmstrip->frame[filmstrip->count - 1].outer_step : -1;
    if (!newest_rule(job, path, status) || !compute(job, path, 1, &newest, status))
        return false;
    const bool later = newest && (filmstrip->count == 0 || newest->outer_step > last);
    const bool done = !later || filmstrip->count == FILMSTRIP_FRAMES ||
                      filmstrip_append(filmstrip, newest, status);
    features_free(newest);
    return done;
}

bool feature_job_filmstrip(const FeatureJob *job, Filmstrip *filmstrip, Status *status) {
    while (filmstrip->count < FILMSTRIP_FRAMES) {
        const long last = filmstrip->count ? filmstrip->frame[filmstrip->count - 1].outer_step : -1;
        Features *frame;
        if (!feature_job_frame(job, last, &frame, status))
            return false;
        if (!frame)
            break;
        const bool done = filmstrip_append(filmstrip, frame, status);
        features_free(frame);
        if (!done)
            return false;
    }
    return add_newest(job, filmstrip, status);
}
