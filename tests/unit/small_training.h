// For tests: a whole meta-training so small that hundreds of outer steps pass in a second, with
// everything that a large one has: tasks that end, augmentation, evaluation, several workers.
#ifndef TESTS_UNIT_SMALL_TRAINING_H
#define TESTS_UNIT_SMALL_TRAINING_H

#include "engine/meta_training.h"
#include "engine/training_state.h"

// Lines told to a callback, one after another.
typedef struct {
    char *text; // each line ends with '\n'
    size_t length;
} Lines;

// What a training needs; settings and inputs may be changed before small_training_new.
typedef struct {
    Settings settings;
    Dataset source, held_out;
    double weight;
    MetaTrainingInputs inputs;
    Lines metrics, log;
} SmallTraining;

void small_training_init(SmallTraining *small);
void small_training_clear(SmallTraining *small);
// Frees the training and clears what it was made of.
void small_training_end(SmallTraining *small, MetaTraining *training);

// Images of noise around a random one for each class: 4 x 4 grey, per_class of each.
// deviation: of the noise, of 255.
void small_dataset(Dataset *dataset, const char *name, int classes, int per_class, double deviation,
                   uint64_t seed);

// All of these fail the test if the engine refuses.
MetaTraining *small_training_new(SmallTraining *small);
void small_training_steps(MetaTraining *training, int steps);
void small_training_set_rate(MetaTraining *training, double outer_rate);
void small_training_evaluate(MetaTraining *training);
void small_training_save(const MetaTraining *training, const char *path);
void small_training_load(MetaTraining *training, const char *path);

// Everything that training depends on, and the curves, bit for bit; the seconds may differ.
void assert_same_training(const MetaTraining *a, const MetaTraining *b);
void assert_same_curves(const History *a, const History *b);
bool same_theta(const MetaTraining *a, const MetaTraining *b);

// The lines are the same but for the numbers behind "seconds".
void assert_same_metrics(const Lines *a, const Lines *b);
int count_lines(const Lines *lines, const char *part); // those that contain part
void lines_clear(Lines *lines);

// Outer steps, with an evaluation before every `every`th (0: none).
void small_training_evaluated_steps(MetaTraining *training, int steps, int every);

// A training of the same settings that has read what the first has written.
MetaTraining *small_training_resumed(SmallTraining *small, const char *path);

#endif
