#include "views/feature_view.h"

#include "views/nearest.h"
#include "views/picture.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const figure_names[FEATURE_FIGURES] = {
    [FEATURE_SHEET] = "features",          [FEATURE_FILTERS] = "filters",
    [FEATURE_ACTIVATIONS] = "activations", [FEATURE_FILMSTRIP] = "filmstrip",
    [FEATURE_EMBEDDING] = "embedding",     [FEATURE_VARIANCE] = "variance",
};

// A picture shows a weight as four pixels, that of one unit alone as sixteen.
static const double weight_in_picture = 0.5, weight_alone = 2;

enum { FILMSTRIP_UNITS = 12 };

const char *feature_figure_name(FeatureFigure figure) {
    return figure_names[figure];
}

bool feature_figure_named(const char *name, FeatureFigure *figure) {
    for (int i = 0; i < FEATURE_FIGURES; i++) {
        if (strcmp(figure_names[i], name) == 0) {
            *figure = (FeatureFigure)i;
            return true;
        }
    }
    return false;
}

void feature_view_init(FeatureView *view, FeatureFigure figure) {
    *view = (FeatureView){.figure = figure,
                          .when = FEATURES_NOW,
                          .layer = 1,
                          .embedding = {.component = {0, 1}, .highlighted = -1},
                          .variance = {.range = RANGE_FROM_ZERO}};
}

void feature_figure(Scene *scene, const Heading *heading, const FeatureView *view,
                    const FeatureData *data, double magnification) {
    FiltersView filters;
    switch (view->figure) {
    case FEATURE_SHEET:
        figure_feature_sheet(scene, heading, data->features, magnification, view->grey,
                             data->empty);
        break;
    case FEATURE_FILTERS:
        if (data->features == NULL) {
            char title[48];
            features_weight_title(view->weight, view->when, title, sizeof title);
            figure_heading(scene, heading, title, "", "");
            figure_sentence(scene, data->empty, INK_DIM);
            break;
        }
        features_filters(data->features, view->weight, view->when, view->grey, &filters);
        if (view->uncaptioned) {
            filters.caption[0] = '\0';
        }
        figure_filters(scene, heading, &filters, magnification, view->first);
        break;
    case FEATURE_ACTIVATIONS:
        figure_activations(scene, heading, data->features, view->layer, view->when, data->empty);
        break;
    case FEATURE_FILMSTRIP:
        figure_filmstrip(scene, heading, data->filmstrip, view->weight, magnification, view->grey,
                         view->first, data->empty);
        break;
    case FEATURE_EMBEDDING:
        figure_embedding(scene, heading, data->features, &view->embedding, data->empty);
        break;
    case FEATURE_VARIANCE:
        figure_variance(scene, heading, data->features, &view->variance, data->empty);
        break;
    case FEATURE_FIGURES:
        break;
    }
}

// -- Pictures
// ---------------------------------------------------------------------------------------

static void picture_size(const FeatureView *view, const FeatureData *data, int *columns,
                         int *rows) {
    FiltersView filters;
    *columns = 100;
    *rows = 30;
    switch (view->figure) {
    case FEATURE_SHEET:
        feature_sheet_size(data->features, weight_in_picture, columns, rows);
        break;
    case FEATURE_FILTERS:
        features_filters(data->features, view->weight, view->when, view->grey, &filters);
        filters_size(&filters, weight_in_picture, 0, columns, rows);
        break;
    case FEATURE_ACTIVATIONS:
        activations_size(data->features, nearest_index(view->layer, data->features->shape.layers),
                         columns, rows);
        break;
    case FEATURE_FILMSTRIP:
        filmstrip_size(data->filmstrip, weight_in_picture, FILMSTRIP_UNITS, columns, rows);
        break;
    case FEATURE_EMBEDDING:
        *columns = 130;
        *rows = 33;
        break;
    case FEATURE_VARIANCE:
    case FEATURE_FIGURES:
        break;
    }
}

void feature_picture(Scene *scene, const FeatureView *view, const FeatureData *data) {
    int columns, rows;
    picture_size(view, data, &columns, &rows);
    scene_init(scene, columns, rows);
    feature_figure(scene, &(Heading){0}, view, data, weight_in_picture);
}

static void describe_tensor(const FeatureView *view, const FeatureData *data, char *out,
                            size_t size) {
    static const char *const whens[] = {"before", "now", "now - before"};
    const char weight = view->weight == FEATURES_W ? 'W' : 'V';
    switch (view->figure) {
    case FEATURE_SHEET:
        snprintf(out, size, "phi layer1.W and layer1.V, before, now and now - before");
        break;
    case FEATURE_FILTERS:
        snprintf(out, size, "phi layer1.%c, %s", weight, whens[view->when]);
        break;
    case FEATURE_ACTIVATIONS:
        snprintf(out, size, "x_%d, %s", nearest_index(view->layer, data->features->shape.layers),
                 view->when == FEATURES_BEFORE ? "before" : "now");
        break;
    case FEATURE_EMBEDDING:
        snprintf(out, size, "x_%d, principal components %d and %d, before and now",
                 data->features->shape.layers, view->embedding.component[0] + 1,
                 view->embedding.component[1] + 1);
        break;
    case FEATURE_VARIANCE:
        snprintf(out, size, "x_%d, variance explained, before and now",
                 data->features->shape.layers);
        break;
    case FEATURE_FILMSTRIP:
    case FEATURE_FIGURES:
        snprintf(out, size, "phi layer1.%c over meta-training", weight);
        break;
    }
}

enum { NOTES = 5, TENSOR_NOTE = 2 };

// What is written into the file beside the picture.
typedef struct {
    char figure[32], outer_step[32], seed[32], tensor[96];
    PictureNote notes[NOTES];
    PictureOptions options;
} Provenance;

static void trace(Provenance *provenance, const FeatureView *view, const FeatureData *data,
                  int scale, Theme theme) {
    const bool film = view->figure == FEATURE_FILMSTRIP;
    const Filmstrip *filmstrip = data->filmstrip;
    const long step =
        film ? filmstrip->frame[filmstrip->count - 1].outer_step : data->features->outer_step;
    snprintf(provenance->figure, sizeof provenance->figure, "%s", figure_names[view->figure]);
    snprintf(provenance->outer_step, sizeof provenance->outer_step, step < 0 ? "unknown" : "%ld",
             step);
    snprintf(provenance->seed, sizeof provenance->seed, "%" PRIu64,
             film ? filmstrip->seed : data->features->seed);
    describe_tensor(view, data, provenance->tensor, sizeof provenance->tensor);
    const PictureNote notes[NOTES] = {{"run", film ? filmstrip->source : data->features->source},
                                      {"outer step", provenance->outer_step},
                                      {"tensor", provenance->tensor},
                                      {"seed", provenance->seed},
                                      {"data", film ? filmstrip->data : data->features->data}};
    memcpy(provenance->notes, notes, sizeof notes);
    provenance->options = (PictureOptions){
        .scale = scale, .theme = theme, .notes = provenance->notes, .note_count = NOTES};
}

static bool has_data(const FeatureView *view, const FeatureData *data, const char *path,
                     Status *status) {
    const bool there = view->figure == FEATURE_FILMSTRIP
                           ? data->filmstrip != NULL && data->filmstrip->count > 0
                           : data->features != NULL;
    if (there)
        return true;
    return data->empty && *data->empty
               ? status_fail(status, STATUS_FAILURE, "nothing to export: %s", data->empty)
               : status_fail(status, STATUS_FAILURE, "%s: there is nothing to show yet", path);
}

bool feature_export(const FeatureView *view, const FeatureData *data, const char *path, int scale,
                    Theme theme, Status *status) {
    if (!has_data(view, data, path, status)) {
        return false;
    }
    Provenance provenance;
    trace(&provenance, view, data, scale, theme);
    FeatureView whole = *view;
    whole.first = 0;
    Scene scene;
    feature_picture(&scene, &whole, data);
    const bool done = picture_export(&scene, path, &provenance.options, status);
    scene_clear(&scene);
    return done;
}

// NAME-001.png for NAME.png.
static bool unit_path(const char *path, int unit, char *out, size_t size, Status *status) {
    const char *dot = strrchr(path, '.');
    const size_t stem =
        dot != NULL && strchr(dot, '/') == NULL ? (size_t)(dot - path) : strlen(path);
    const int length = snprintf(out, size, "%.*s-%03d%s", (int)stem, path, unit, path + stem);
    return (length > 0 && (size_t)length < size) ||
           status_fail(status, STATUS_USAGE, "%s: the name is too long", path);
}

// provenance: of all units; this one's is a copy.
static bool export_unit(const FiltersView *filters, int unit, const char *path,
                        const Provenance *provenance, Status *status) {
    char numbered[PATH_MAX], tensor[160];
    PictureNote notes[NOTES];
    PictureOptions options = provenance->options;
    const size_t count =
        (size_t)filters->height * (size_t)filters->width * (size_t)filters->channels;
    float *weights = malloc(count * sizeof *weights);
    if (weights == NULL) {
        return status_fail(status, STATUS_FAILURE, "no memory for a filter");
    }
    for (size_t i = 0; i < count; i++) {
        weights[i] = filters->weights[i * (size_t)filters->units + (size_t)unit];
    }
    FiltersView alone = *filters;
    alone.units = 1;
    alone.weights = weights;
    snprintf(alone.title, sizeof alone.title, "%.30s, unit %d", filters->title, unit + 1);
    alone.caption[0] = '\0';
    snprintf(tensor, sizeof tensor, "%s, unit %d", provenance->tensor, unit + 1);
    memcpy(notes, provenance->notes, sizeof notes);
    notes[TENSOR_NOTE].text = tensor;
    options.notes = notes;
    Scene scene;
    int columns, rows;
    filters_size(&alone, weight_alone, 1, &columns, &rows);
    scene_init(&scene, columns, rows);
    figure_filters(&scene, &(Heading){0}, &alone, weight_alone, 0);
    const bool done = unit_path(path, unit + 1, numbered, sizeof numbered, status) &&
                      picture_export(&scene, numbered, &options, status);
    scene_clear(&scene);
    free(weights);
    return done;
}

bool feature_export_units(const FeatureView *view, const FeatureData *data, const char *path,
                          int scale, Theme theme, Status *status) {
    if (!has_data(view, data, path, status)) {
        return false;
    }
    FiltersView filters;
    Provenance provenance;
    trace(&provenance, view, data, scale, theme);
    features_filters(data->features, view->weight, view->when, view->grey, &filters);
    for (int unit = 0; unit < filters.units; unit++) {
        if (!export_unit(&filters, unit, path, &provenance, status)) {
            return false;
        }
    }
    return true;
}
