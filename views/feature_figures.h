// Figures of features (engine/features.h): receptive fields, activations of a batch, the filmstrip.
// As all figures (figure.h) they read and never write and take any size of at least 1 x 1.  NULL in
// the place of the data gives the sentence `empty`.
#ifndef VIEWS_FEATURE_FIGURES_H
#define VIEWS_FEATURE_FIGURES_H

#include "engine/features.h"
#include "engine/filmstrip.h"
#include "views/figure.h"

// "W_1 before", "V_1 now", "W_1 now - before".
void features_weight_title(FeaturesWeight weight, FeaturesWhen when, char *out, size_t size);

// Where the features come from: "fashion 14x14, 196-128-32, outer step 797, 48 inner steps".
void features_caption(const Features *features, char *out, size_t size);

// The weights as figure_filters takes them, borrowed from the features.  grey, here and below: in
// greys, zero in their middle, instead of two colours.
void features_filters(const Features *features, FeaturesWeight weight, FeaturesWhen when, bool grey,
                      FiltersView *filters);

// The first units before, now and their difference, W above V: the sheet for a paper.
// feature_sheet_size: cells that it takes at this magnification (figure_filters).
void figure_feature_sheet(Scene *scene, const Heading *heading, const Features *features,
                          double magnification, bool grey, const char *empty);
void feature_sheet_size(const Features *features, double magnification, int *columns, int *rows);

// x_l [N_l, examples] before or now: a row of pixels for each unit, a column for each example,
// sorted by class with a rule between classes; the units of l >= 1 by the class that they respond
// to most.
void figure_activations(Scene *scene, const Heading *heading, const Features *features, int layer,
                        FeaturesWhen when, const char *empty);
void activations_size(const Features *features, int layer, int *columns, int *rows);

// A column of receptive fields for each rule, a row for each unit from `first` on.  Of more frames
// than have room some are left out, never the first and the last.
void figure_filmstrip(Scene *scene, const Heading *heading, const Filmstrip *filmstrip,
                      FeaturesWeight weight, double magnification, bool grey, int first,
                      const char *empty);
void filmstrip_size(const Filmstrip *filmstrip, double magnification, int units, int *columns,
                    int *rows);

// The letter of a class in scatter plots: its name where all names are single characters, else A, B
// ...
char features_class_letter(const Features *features, int class);

// What the user has chosen of the embedding; component numbers from 0.
typedef struct {
    int component[2]; // across, up
    int highlighted;  // class drawn over the others, which are dim; -1: none
} EmbeddingView;

// x_L of the batch along two of its principal components, before and now beside each other (below
// each other where it is narrow, now alone where it is small): a letter in the colour of its class
// for each example.
void figure_embedding(Scene *scene, const Heading *heading, const Features *features,
                      const EmbeddingView *view, const char *empty);

enum { FEATURES_SHARES = 256 }; // most components that the chart of variances shows

// The share of the variance that the first 1, 2, 3 ... components explain, before and now.
void figure_variance(Scene *scene, const Heading *heading, const Features *features,
                     const ChartView *view, const char *empty);

#endif
