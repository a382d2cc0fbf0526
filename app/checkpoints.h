// The checkpoints of a run: checkpoints/outer-NNNNNNNNNN.safetensors by the outer steps done, the
// newest two, and `latest` pointing at the newest.  The engine writes each of them whole or not at
// all; two are kept because a disk may damage the newest.
#ifndef APP_CHECKPOINTS_H
#define APP_CHECKPOINTS_H

#include "app/step_files.h"
#include "engine/meta_training.h"

enum { CHECKPOINTS_LISTED = STEP_FILES_LISTED };

// The path of the checkpoint after outer_step outer steps.
bool checkpoint_path(const RunDirectory *run, long outer_step, char path[PATH_MAX], Status *status);

// The outer steps of the checkpoints that are there, newest first; returns how many.
int checkpoints_list(const RunDirectory *run, long outer_steps[CHECKPOINTS_LISTED]);

// Writes the state of a training: its metrics to the disk, a checkpoint and the rule; `latest` is
// moved to it and older checkpoints go.  On failure the checkpoints before are as they were.
bool checkpoint_write(RunDirectory *run, const MetaTraining *training, Status *status);

// Call after a checkpoint was written: moves `latest` to it and removes all but the newest two.
void checkpoints_keep(const RunDirectory *run, long outer_step);

// Renames a checkpoint that cannot be read to NAME.bad, so that it no longer counts as one.
void checkpoint_set_aside(const RunDirectory *run, long outer_step);

#endif
