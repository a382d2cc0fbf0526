// rulesmith export: the figures of a rule's features, which are computed for it.
#ifndef APP_EXPORT_FEATURES_H
#define APP_EXPORT_FEATURES_H

#include "app/options.h"

#include <stdbool.h>

// Whether a figure of `export` is one of these.
bool is_feature_figure(const char *name);

// Writes options->operand; returns the exit code.
int export_features(const Options *options);

#endif
