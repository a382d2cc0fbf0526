// What the writers and readers of a checkpoint's parts share; private to checkpoint.c,
// fallback.c and live_settings.c.  A checkpoint may come from anywhere: what is used as an index, a
// count or under a root is checked.
#ifndef ENGINE_CHECKPOINT_PARTS_H
#define ENGINE_CHECKPOINT_PARTS_H

#include "engine/files/safetensors.h"
#include "engine/meta_training.h"

bool checkpoint_add_doubles(SafetensorsWriter *writer, const char *name, size_t count,
                            const double *values, Status *status);

// A whole number from low to high; what: named in the error.
bool checkpoint_check_whole(const Safetensors *file, const char *what, double value, double low,
                            double high, Status *status);

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

#endif
