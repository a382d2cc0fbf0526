// The pictures of an experiment's panels: what rules make of one base model, phi_0 and data set,
// which are those of an evaluation (engine/features.h), with the settings of the experiment.
//
// They take seconds and are made after everything that is measured, so they are not kept: the same
// command makes them anew.
#ifndef APP_EXPERIMENT_PICTURES_H
#define APP_EXPERIMENT_PICTURES_H

#include "app/experiment.h"
#include "views/scene.h"

// Makes all of them, with a line of progress on a terminal; *stopped: until a signal asked to end.
// Nothing to do if the experiment has none.
bool experiment_pictures_make(ExperimentRun *run, bool *stopped, Status *status);

// A panel's; a sentence if it was not made.  scene is begun here.
bool experiment_picture_draw(Scene *scene, const ExperimentRun *run, int panel);

#endif
