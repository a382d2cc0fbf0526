// A rule on disk: a safetensors file with the tensors of theta under the names of interface.md, and
// metadata:
//
//     kind        "rule"
//     version     1
//     H D R T E   the rule's sizes
//     whatever else says where the rule comes from: preset, seed, outer_step, parent ...
//
// A reader needs the tensors only, in any order, F32 or F64: sizes follow from their shapes.
// Metadata that is there must agree.  Unknown, missing, misshapen and non-finite tensors are errors
// that name them.
#ifndef ENGINE_RULE_FILE_H
#define ENGINE_RULE_FILE_H

#include "engine/theta.h"

// On success *theta [layout->count] belongs to the caller (free).
bool rule_file_read(ThetaLayout *layout, real **theta, const char *path, Status *status);

// One line of where a rule comes from.
typedef struct {
    const char *key, *value;
} RuleNote;

// Replaces the file whole or not at all.
bool rule_file_write(const ThetaLayout *layout, const real *theta, const RuleNote *notes,
                     size_t note_count, const char *path, Status *status);

#endif
