#include "app/experiment_pictures.h"

#include "app/background.h"
#include "app/feature_job.h"
#include "app/rule_series.h"
#include "app/signals.h"
#include "views/feature_view.h"

#include <stdatomic.h>

typedef struct {
    ExperimentRun *run;
    atomic_bool stop;
    atomic_int done;
} Making;

// Rules of which a panel has features.
static int count_rules(const ExperimentRun *run, int panel) {
    switch (run->panel[panel].picture) {
    case PICTURE_FILMSTRIP:
        return run->series_count;
    case PICTURE_EMBEDDING:
        return 1;
    case PICTURE_NONE:
        break;
    }
    return 0;
}

// Features of a rule file on the panel's data; NULL if it was stopped.
static bool compute(Making *making, int panel, const char *path, int examples, Features **features,
                    Status *status) {
    const TransferInputs *inputs = &making->run->inputs;
    const Dataset *dataset = &inputs->dataset[making->run->panel[panel].dataset];
    Settings settings = inputs->settings;
    if (!dataset->vectors) {
        if (dataset->height != dataset->width)
            return status_fail(status, STATUS_USAGE,
                               "%s: expected square images, found %d x %d; size=N makes them so",
                               dataset->name, dataset->height, dataset->width);
        settings.image_size = dataset->height;
    }
    const FeaturesPlan plan = {.settings = &settings,
                               .dataset = dataset,
                               .examples = examples,
                               .source = making->run->folder ? making->run->folder : path};
    const bool done = features_of_rule_file(features, &plan, path, &making->stop, status);
    atomic_fetch_add(&making->done, 1);
    return done;
}

static bool make_filmstrip(Making *making, int panel, Status *status) {
    ExperimentRun *run = making->run;
    RunDirectory directory;
    if (!run_directory_look(&directory, run->folder, status))
        return false;
    for (int i = 0; i < run->series_count; i++) {
        char path[PATH_MAX];
        Features *features;
        // Few examples: a frame needs the weights only.
        if (!rule_series_path(&directory, run->series_step[i], path, status) ||
            !compute(making, panel, path, 1, &features, status))
            return false;
        if (!features)
            return true;
        const bool done = filmstrip_append(&run->filmstrip[panel], features, status);
        features_free(features);
        if (!done)
            return false;
    }
    return true;
}

static bool make_all(void *context, Status *status) {
    Making *making = context;
    ExperimentRun *run = making->run;
    for (int panel = 0; panel < run->panel_count && !atomic_load(&making->stop); panel++) {
        const ExperimentPicture picture = run->panel[panel].picture;
        if (picture == PICTURE_FILMSTRIP && !make_filmstrip(making, panel, status))
            return false;
        if (picture == PICTURE_EMBEDDING &&
            !compute(making, panel, run->rule, FEATURE_EXAMPLES, &run->features[panel], status))
            return false;
    }
    return true;
}

bool experiment_pictures_make(ExperimentRun *run, bool *stopped, Status *status) {
    Making making = {.run = run};
    int rules = 0;
    *stopped = false;
    for (int panel = 0; panel < run->panel_count; panel++)
        rules += count_rules(run, panel);
    if (rules == 0)
        return true;
    const Background background = {.name = "pictures",
                                   .run = make_all,
                                   .context = &making,
                                   .stop = &making.stop,
                                   .done = &making.done,
                                   .items = rules};
    const bool done = background_run(&background, status);
    *stopped = done && atomic_load(&making.stop);
    return done;
}

bool experiment_picture_draw(Scene *scene, const ExperimentRun *run, int panel) {
    static const char empty[] = "this picture was not made yet; the same command goes on";
    const bool film = run->panel[panel].picture == PICTURE_FILMSTRIP;
    const Filmstrip *filmstrip = &run->filmstrip[panel];
    const FeatureData data = {.features = run->features[panel], .filmstrip = filmstrip};
    FeatureView view;
    feature_view_init(&view, film ? FEATURE_FILMSTRIP : FEATURE_EMBEDDING);
    if (film ? filmstrip->count > 0 : data.features != NULL) {
        feature_picture(scene, &view, &data);
    } else {
        scene_init(scene, 100, 3);
        figure_sentence(scene, empty, INK_DIM);
    }
    return !scene->failed;
}
