// The evaluation of a training's rule: a pool of inner loops on the held-out data sets, and what is
// kept of it for curves, metrics and the screen.
#include "engine/clock.h"
#include "engine/number.h"
#include "engine/statistics.h"
#include "engine/training_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    MetaTraining *training;
    Evaluation evaluation[SNAPSHOT_HELD_OUT];
    EvaluationResult *result; // [sets, seeds]
    Status *failure;          // [sets, seeds]
    double *raw_pixels;       // [sets, seeds], or NULL if they are known
} Job;

static void evaluate_item(void *context, int item, int thread) {
    const Job *job = context;
    MetaTraining *training = job->training;
    const int seeds = training->settings.evaluate_seeds;
    const Evaluation *evaluation = &job->evaluation[item / seeds];
    EvaluationResult *result = &job->result[item];
    WorkerRoom *room = &training->room[thread];
    status_clear(&job->failure[item]);
    if (item == 0) {
        result->last = &training->evaluating;
        result->permutation = training->permutation_evaluating;
    }
    if (job->raw_pixels && !evaluation_raw_pixels(evaluation, item % seeds, room,
                                                  &job->raw_pixels[item], &job->failure[item]))
        return;
    if (!evaluation_run(evaluation, item % seeds, training->settings.inner_rate, room,
                        &training->stop, result, &job->failure[item]))
        result->stopped = true;
}

// The name of a data set as JSON wants it; it has no control characters.
static const char *escaped(const char *name, char text[2 * DATASET_NAME]) {
    size_t used = 0;
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            text[used++] = '\\';
        text[used++] = *name;
    }
    text[used] = '\0';
    return text;
}

static void metric_evaluation(MetaTraining *training, const Job *job,
                              const EvaluationPoint *point) {
    char text[2048], mean[NUMBER_TEXT], error[NUMBER_TEXT], name[2 * DATASET_NAME];
    if (!training->inputs.metric)
        return;
    for (int set = 0; set < point->set_count; set++) {
        size_t used = (size_t)snprintf(
            text, sizeof text,
            "{\"kind\":\"evaluation\",\"outer_step\":%ld,\"seconds\":%s,\"data\":\"%s\","
            "\"seeds\":%d,\"few_shot_per_class\":%d,",
            point->outer_step, number_text(point->seconds, mean),
            escaped(training->inputs.held_out[set].name, name), training->settings.evaluate_seeds,
            training->settings.evaluate_shots);
        for (int m = 0; m < SNAPSHOT_MARKS; m++)
            used += (size_t)snprintf(
                text + used, sizeof text - used, "\"accuracy_%d\":%s,\"stderr_%d\":%s,",
                job->evaluation[set].marks[m], number_text(point->accuracy_mean[set][m], mean),
                job->evaluation[set].marks[m], number_text(point->accuracy_error[set][m], error));
        snprintf(text + used, sizeof text - used, "\"raw_pixels\":%s}",
                 number_text(training->raw_pixel_accuracy[set], mean));
        training->inputs.metric(training->inputs.metric_context, text);
    }
}

// The base model that was evaluated, and its W_1 with the inputs put back in image order.
static void keep_evaluated(MetaTraining *training) {
    const PhiShape *shape = &training->evaluation_shape;
    const int units = shape->sizes[1];
    phi_copy(&training->evaluated, &training->evaluating);
    memcpy(training->permutation, training->permutation_evaluating,
           (size_t)shape->sizes[0] * sizeof *training->permutation);
    for (int i = 0; i < shape->sizes[0]; i++)
        for (int n = 0; n < units; n++)
            training->filters[(ptrdiff_t)training->permutation[i] * units + n] =
                (float)training->evaluated.W[1][(ptrdiff_t)i * units + n];
    training->has_evaluated = true;
    training->evaluated_step = training->outer_step;
}

static void note_evaluation(MetaTraining *training, const Job *job) {
    const int sets = training->inputs.held_out_count, seeds = training->settings.evaluate_seeds;
    EvaluationPoint point = {
        .outer_step = training->outer_step, .seconds = training->seconds, .set_count = sets};
    const size_t stride = sizeof *job->result / sizeof(double);
    for (int set = 0; set < sets; set++) {
        const EvaluationResult *first = &job->result[set * seeds];
        double ignored;
        for (int m = 0; m < SNAPSHOT_MARKS; m++)
            mean_and_error(seeds, &first->accuracy[m], stride, &point.accuracy_mean[set][m],
                           &point.accuracy_error[set][m]);
        training->random_accuracy[set] = point.accuracy_mean[set][0];
        if (job->raw_pixels)
            mean_and_error(seeds, &job->raw_pixels[set * seeds], 1,
                           &training->raw_pixel_accuracy[set], &ignored);
    }
    if (!history_append_evaluation(&training->history, &point))
        training_log(training, "out of memory: an evaluation is not in the curves");
    metric_evaluation(training, job, &point);
    keep_evaluated(training);
    weight_curves_note(training);
    training_log(training, "outer step %ld: %s accuracy %.3f after %d inner steps (random %.3f)",
                 point.outer_step, training->inputs.held_out[0].name,
                 point.accuracy_mean[0][SNAPSHOT_MARKS - 1],
                 job->evaluation[0].marks[SNAPSHOT_MARKS - 1], point.accuracy_mean[0][0]);
}

bool meta_training_evaluate(MetaTraining *training, bool *done, Status *status) {
    const double begun = clock_seconds();
    const int sets = training->inputs.held_out_count, seeds = training->settings.evaluate_seeds;
    const int items = sets * seeds;
    *done = true;
    if (items == 0)
        return true;
    Job job = {.training = training};
    job.result = calloc((size_t)items, sizeof *job.result);
    job.failure = calloc((size_t)items, sizeof *job.failure);
    job.raw_pixels = isnan(training->raw_pixel_accuracy[0])
                         ? calloc((size_t)items, sizeof *job.raw_pixels)
                         : NULL;
    bool fine = job.result && job.failure;
    if (!fine)
        status_fail(status, STATUS_FAILURE, "out of memory for an evaluation");
    for (int set = 0; set < sets; set++)
        evaluation_init(&job.evaluation[set], &training->settings, &training->inputs.held_out[set]);
    rule_set(&training->rule, training->average);
    if (fine)
        pool_run(training->pool, items, evaluate_item, &job);
    rule_set(&training->rule, training->theta);
    for (int i = 0; fine && i < items; i++) {
        if (job.failure[i].code != STATUS_OK) {
            *status = job.failure[i];
            fine = false;
        } else if (job.result[i].stopped)
            *done = false;
    }
    training->seconds += clock_seconds() - begun;
    if (fine && *done)
        note_evaluation(training, &job);
    free(job.result);
    free(job.failure);
    free(job.raw_pixels);
    return fine;
}
