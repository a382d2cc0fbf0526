// What the writers and readers of a checkpoint's parts share; private to checkpoint.c,
// checkpoint_names.c, fallback.c, live_settings.c, outer_curves.c and weight_curves.c.  A
// checkpoint may come from anywhere: what is used as an index, a count or under a root is checked.
#ifndef ENGINE_CHECKPOINT_PARTS_H
#define ENGINE_CHECKPOINT_PARTS_H

#include "engine/files/safetensors.h"
#include "engine/history.h"
#include "engine/meta_training.h"

bool checkpoint_add_doubles(SafetensorsWriter *writer, const char *name, size_t count,
                            const double *values, Status *status);

// Every tensor has a name that a checkpoint's may have.
bool checkpoint_check_names(const Safetensors *file, Status *status);

// A whole number from low to high; what: named in the error.
bool checkpoint_check_whole(const Safetensors *file, const char *what, double value, double low,
                            double high, Status *status);

// A table [rows, columns] of float64; *values is owned by the caller.
bool checkpoint_add_table(SafetensorsWriter *writer, const char *name, size_t rows, size_t columns,
                          const double *values, Status *status);
bool checkpoint_load_table(const Safetensors *file, const char *name, int columns, int *rows,
                           double **values, Status *status);

// Finite and not negative.
bool checkpoint_check_amount(const Safetensors *file, const char *what, double value,
                             Status *status);

// Finite values of Adam's second moments, of which it takes roots; not negative.
bool checkpoint_copy_second_moments(const Safetensors *file, const char *name, size_t count,
                                    double *values, Status *status);

// The live settings as metadata, by their names ("outer.rate").  Those that an older checkpoint
// does not have stay as they are.
bool live_settings_save(const Settings *settings, SafetensorsWriter *writer, Status *status);
bool live_settings_load(MetaTraining *training, const Safetensors *file, Status *status);

// The curves over outer steps and evaluations.
bool outer_curves_save(SafetensorsWriter *writer, const History *history, Status *status);
bool outer_curves_load(const Safetensors *file, MetaTraining *training, Status *status);

// The percentiles over time; a checkpoint that is older than they are has none.
bool weight_curves_save(const History *history, SafetensorsWriter *writer, Status *status);
bool weight_curves_load(MetaTraining *training, const Safetensors *file, Status *status);

#endif
