// What the writers and readers of a checkpoint's parts share; private to checkpoint.c and
// fallback.c.  A checkpoint may come from anywhere: what is used as an index, a count or under a
// root is checked.
#ifndef ENGINE_CHECKPOINT_PARTS_H
#define ENGINE_CHECKPOINT_PARTS_H

#include "engine/files/safetensors.h"

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

#endif
