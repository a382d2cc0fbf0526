// What the Features and Embedding screens show and what `export` writes: one figure out of those of
// feature_figures.h, as the user has chosen it.
#ifndef VIEWS_FEATURE_VIEW_H
#define VIEWS_FEATURE_VIEW_H

#include "engine/status.h"
#include "views/cells.h"
#include "views/feature_figures.h"

typedef enum {
    FEATURE_SHEET,       // first-layer weights before, now and their difference
    FEATURE_FILTERS,     // one of these six for all units
    FEATURE_ACTIVATIONS, // of one layer, before or now
    FEATURE_FILMSTRIP,   // over the rules of a run
    FEATURE_EMBEDDING,   // two principal components, before and now
    FEATURE_VARIANCE,    // explained by the first components
    FEATURE_FIGURES
} FeatureFigure;

// "filters": the figure's word for commands and file names.
const char *feature_figure_name(FeatureFigure figure);
// The figure of that name; false if there is none.
bool feature_figure_named(const char *name, FeatureFigure *figure);

// Owned by the app.  Indices that the features do not have are taken as the nearest that they have.
typedef struct {
    FeatureFigure figure;
    FeaturesWeight weight;
    FeaturesWhen when;
    int layer;        // of activations
    int first;        // first unit shown
    bool uncaptioned; // filters: without their last line, which whoever lays out writes
    bool grey;        // weights in greys
    EmbeddingView embedding;
    ChartView variance;
} FeatureView;

// W_1 now, activations of the first layer, the first two components, nothing highlighted.
void feature_view_init(FeatureView *view, FeatureFigure figure);

// The data, NULL while they are not there, and the sentence that stands for them then.
typedef struct {
    const Features *features;
    const Filmstrip *filmstrip;
    const char *empty;
} FeatureData;

// magnification: as figure_filters has it.
void feature_figure(Scene *scene, const Heading *heading, const FeatureView *view,
                    const FeatureData *data, double magnification);

// The same as large as a picture of it is; scene is begun here.  All of the data must be there.
void feature_picture(Scene *scene, const FeatureView *view, const FeatureData *data);

// The figure as PNG with its provenance (run, outer step, tensor, seed) in text chunks, as large as
// it needs to be.
bool feature_export(const FeatureView *view, const FeatureData *data, const char *path, int scale,
                    Theme theme, Status *status);

// FEATURE_FILTERS in one file for each unit: NAME-001.png ... for NAME.png.
bool feature_export_units(const FeatureView *view, const FeatureData *data, const char *path,
                          int scale, Theme theme, Status *status);

#endif
