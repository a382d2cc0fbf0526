// Numbers and words in the metadata of a safetensors file, which holds text only.  Every error
// names the file, the key, what was expected and what was found (STATUS_BAD_DATA).
#ifndef ENGINE_METADATA_H
#define ENGINE_METADATA_H

#include "engine/activation.h"
#include "engine/files/safetensors.h"
#include "engine/theta.h"

// A whole number in low .. high; a missing key is an error.
bool metadata_integer(const Safetensors *file, const char *key, int low, int high, int *value,
                      Status *status);
// A positive finite number, with a decimal point whatever the locale; a missing key is an error.
bool metadata_positive(const Safetensors *file, const char *key, double *value, Status *status);
// A missing key is an error.
bool metadata_text(const Safetensors *file, const char *key, const char **text, Status *status);

// The value of 'activation'; a missing key is an error.
bool metadata_activation(const Safetensors *file, Activation *activation, Status *status);

// If the key is there, it must be this number; `source` says where that was found ("the shape of
// h.conv1.w").
bool metadata_agrees(const Safetensors *file, const char *key, int value, const char *source,
                     Status *status);
// The same for H, D, R, T and E.
bool metadata_agrees_sizes(const Safetensors *file, RuleSizes sizes, const char *source,
                           Status *status);

// The file's kind and format version, which are 1 and the given kind if they are told at all.
bool metadata_check_kind(const Safetensors *file, const char *kind, Status *status);

bool metadata_add_integer(SafetensorsWriter *writer, const char *key, long long value,
                          Status *status);
// kind and version, and the rule's sizes.
bool metadata_add_kind(SafetensorsWriter *writer, const char *kind, Status *status);
bool metadata_add_sizes(SafetensorsWriter *writer, RuleSizes sizes, Status *status);

#endif
