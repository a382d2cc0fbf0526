// A rule on disk: a safetensors file with the tensors of theta under the names of interface.md, and
// metadata:
//
//     kind        "rule"
//     version     1
//     H D R T E   the rule's sizes
//     whatever else says where the rule comes from: preset, seed, outer_step, parent ...
//     inner.rate  and task.batch: settings with which it was trained, and evaluate.layers,
//                 evaluate.activation and evaluate.steps: those with which it was tried, for
//                 whoever applies it
//
// A reader needs the tensors only, in any order, F32 or F64: sizes follow from their shapes.
// Metadata that is there must agree.  Unknown, missing, misshapen and non-finite tensors are errors
// that name them.
#ifndef ENGINE_RULE_FILE_H
#define ENGINE_RULE_FILE_H

#include "engine/rule.h"
#include "engine/theta.h"

// On success *theta [layout->count] belongs to the caller (free).
bool rule_file_read(ThetaLayout *layout, real **theta, const char *path, Status *status);

// As rule_file_read, and the outer step that the metadata tell: -1 if they do not.
bool rule_file_read_step(ThetaLayout *layout, real **theta, long *outer_step, const char *path,
                         Status *status);

// The same, ready for use; rule_clear gives it back.
bool rule_file_load(Rule *rule, const char *path, Status *status);

// The texts of lines of where the rule comes from, cut to fit; "" where the file has no such line.
enum { RULE_NOTE = 256 };
bool rule_file_notes(const char *path, const char *const *keys, size_t count,
                     char (*texts)[RULE_NOTE], Status *status);

// One line of where a rule comes from.
typedef struct {
    const char *key, *value;
} RuleNote;

// Replaces the file whole or not at all.
bool rule_file_write(const ThetaLayout *layout, const real *theta, const RuleNote *notes,
                     size_t note_count, const char *path, Status *status);

#endif
