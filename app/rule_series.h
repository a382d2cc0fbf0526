// The rules that a run keeps of its past: rules/outer-NNNNNNNNNN.safetensors after the outer steps
//
//     0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64 ...: round(2^(k / 2)), two of each doubling
//
// A rule changes most at first, and so a run of a million outer steps keeps about forty of them;
// each is a rule file like rule.safetensors.  Which steps are kept depends on nothing but their
// number, so a run that is interrupted and resumed keeps the same ones.  The filmstrip is made of
// them.
#ifndef APP_RULE_SERIES_H
#define APP_RULE_SERIES_H

#include "app/step_files.h"

extern const char rule_series_folder[]; // "rules"

// Whether the rule after so many outer steps is kept.
bool rule_series_holds(long outer_step);

// The path of the rule after outer_step outer steps.
bool rule_series_path(const RunDirectory *run, long outer_step, char path[PATH_MAX],
                      Status *status);

// The rule of the run that was written last: rule.safetensors or one of the series.
bool rule_series_newest(const RunDirectory *run, char path[PATH_MAX], Status *status);

// Removes the rules of later outer steps, which a resume makes obsolete.
void rule_series_cut(const RunDirectory *run, long outer_step);

#endif
