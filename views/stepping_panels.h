// The panels of the Step screen; private to stepping.c.
#ifndef VIEWS_STEPPING_PANELS_H
#define VIEWS_STEPPING_PANELS_H

#include "views/stepping.h"

void stepping_stages(Scene *scene, const StepSnapshot *snapshot, const Heading *heading);
void stepping_points(Scene *scene, const StepSnapshot *snapshot, const Heading *heading);
void stepping_tensors(Scene *scene, const StepSnapshot *snapshot, const Heading *heading);
void stepping_tensor(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                     const Heading *heading, int detail);
// The size in cells that shows the whole picture of the selected tensor, as far as it is sensible.
void stepping_tensor_size(const StepSnapshot *snapshot, int detail, int *columns, int *rows);

// accuracy: that; else the loss.
void stepping_few_shot(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                       const Heading *heading, bool accuracy);
void stepping_anatomy(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                      const Heading *heading);

#endif
