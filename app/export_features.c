// The rule is that of --rule or the newest of --run; settings are the run's, else those of the rule
// (settings_of_rule); the data are the first held-out set, which --data names.
#include "app/export_features.h"

#include "app/commands.h"
#include "app/data_sources.h"
#include "app/feature_job.h"
#include "views/feature_view.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    Settings settings;
    DataSources data;
    RunDirectory run;
    FeatureJob job;
    Features *features;
    Filmstrip filmstrip;
} Export;

bool is_feature_figure(const char *name) {
    FeatureFigure figure;
    return feature_figure_named(name, &figure);
}

// A number of an option, from low up.
static bool parse_number(const char *option, const char *text, int low, int *number,
                         Status *status) {
    char *end;
    const long value = strtol(text, &end, 10);
    if (end == text || *end || value < low || value > 1 << 20)
        return status_fail(status, STATUS_USAGE, "--%s is '%s', expected a number from %d up",
                           option, text, low);
    *number = (int)value;
    return true;
}

// "1,2": two different ones of the first six.
static bool parse_components(const char *text, int component[2], Status *status) {
    int end = 0;
    if (sscanf(text, "%d,%d%n", &component[0], &component[1], &end) != 2 || text[end] ||
        component[0] < 1 || component[1] < 1 || component[0] > EMBEDDING_COMPONENTS ||
        component[1] > EMBEDDING_COMPONENTS || component[0] == component[1])
        return status_fail(status, STATUS_USAGE,
                           "--components is '%s', expected two different numbers from 1 to %d "
                           "such as 1,2",
                           text, EMBEDDING_COMPONENTS);
    component[0]--;
    component[1]--;
    return true;
}

static bool parse_view(const Options *options, FeatureView *view, Status *status) {
    static const char *const whens[] = {"before", "now", "difference"};
    FeatureFigure figure = FEATURE_SHEET;
    feature_figure_named(options->operand, &figure);
    feature_view_init(view, figure);
    view->grey = options->grey;
    view->weight = strcmp(options->weight, "V") == 0 ? FEATURES_V : FEATURES_W;
    for (int i = 0; i < FEATURES_WHEN; i++) {
        if (strcmp(options->when, whens[i]) == 0)
            view->when = (FeaturesWhen)i;
    }
    if (view->figure == FEATURE_ACTIVATIONS && view->when == FEATURES_DIFFERENCE)
        return status_fail(status, STATUS_USAGE,
                           "activations have no difference: --when before "
                           "or now");
    return (!options->layer || parse_number("layer", options->layer, 0, &view->layer, status)) &&
           (!options->components ||
            parse_components(options->components, view->embedding.component, status));
}

static bool read_settings(Export *export, const Options *options, Status *status) {
    char config[PATH_MAX];
    Settings *settings = &export->settings;
    const bool done = options->run
                          ? run_directory_look(&export->run, options->run, status) &&
                                run_directory_file(&export->run, "config.ini", config, status) &&
                                effective_settings_of_run(options, config, settings, status)
                          : settings_of_rule(options, options->rule, settings, status);
    return done && (!options->data ||
                    settings_set(settings, "evaluate", "data", options->data, "--data", status));
}

static bool open_export(Export *export, const Options *options, Status *status) {
    if (!read_settings(export, options, status) ||
        !data_sources_held_out(&export->data, &export->settings, options->data_path, status))
        return false;
    if (export->data.held_out_is_fallback)
        fprintf(stderr, "rulesmith: %s\n", export->data.missing);
    if (export->data.held_out_count < 1)
        return status_fail(status, STATUS_USAGE, "evaluate.data: expected a data set, found none");
    export->job = (FeatureJob){.settings = &export->settings,
                               .dataset = &export->data.held_out[0],
                               .run = options->run ? &export->run : NULL,
                               .rule = options->rule};
    return true;
}

static bool write_figure(Export *export, const Options *options, Status *status) {
    FeatureView view;
    if (!parse_view(options, &view, status) || !open_export(export, options, status))
        return false;
    if (view.figure == FEATURE_FILMSTRIP
            ? !feature_job_filmstrip(&export->job, &export->filmstrip, status)
            : !feature_job_compute(&export->job, &export->features, status))
        return false;
    if (view.figure == FEATURE_ACTIVATIONS && view.layer > export->features->shape.layers)
        return status_fail(status, STATUS_USAGE, "--layer is %d, expected 0 (the inputs) to %d",
                           view.layer, export->features->shape.layers);
    const FeatureData data = {.features = export->features, .filmstrip = &export->filmstrip};
    const int scale = options_scale(options);
    const Theme theme = options_theme(options);
    return feature_export(&view, &data, options->out, scale, theme, status) &&
           (!options->per_unit || view.figure != FEATURE_FILTERS ||
            feature_export_units(&view, &data, options->out, scale, theme, status));
}

int export_features(const Options *options) {
    Status status;
    status_clear(&status);
    Export *export = calloc(1, sizeof *export);
    if (!export) {
        status_fail(&status, STATUS_FAILURE, "no memory for a figure");
        return report_error(&status);
    }
    filmstrip_init(&export->filmstrip);
    const bool done = write_figure(export, options, &status);
    features_free(export->features);
    filmstrip_clear(&export->filmstrip);
    data_sources_clear(&export->data);
    free(export);
    return done ? STATUS_OK : report_error(&status);
}
