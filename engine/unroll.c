#include "engine/unroll.h"

#include "engine/vector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 4096 };

struct Unroll {
    const Rule *rule;
    const Kernels *kernels;
    UnrollSizes sizes;
    Arena states;    // phi_0 .. phi_K, the two derivatives of phi, theta's gradient
    Arena values;    // of the inner steps that are kept, the meta-objective, scratch
    InnerStep *step; // [kept] the inner steps whose values are kept
    RuleGradient gradient;
    real *state[MOST_STEPS + 1]; // blocks for phi_0 .. phi_K
    real *derivative[2];
};

// Places what lives as long as the unroll.
static void place_states(Unroll *unroll) {
    const size_t count = phi_count(&unroll->sizes.shape);
    for (int k = 0; k <= unroll->sizes.steps; k++)
        unroll->state[k] = arena_take(&unroll->states, count);
    for (int i = 0; i < 2; i++)
        unroll->derivative[i] = arena_take(&unroll->states, count);
    rule_gradient_take(&unroll->gradient, unroll->rule, &unroll->states);
}

// Inner steps whose values an unroll of so many steps keeps.
static int kept_steps(const UnrollSizes *sizes, int steps) {
    return sizes->kept < 1 ? 1 : sizes->kept < steps ? sizes->kept : steps;
}

// Bytes of the values of one unroll of the greatest sizes.
static size_t values_bytes(const Rule *rule, const UnrollSizes *sizes) {
    Arena measure = {0};
    for (int i = 0; i < kept_steps(sizes, sizes->steps); i++) {
        InnerStep step;
        inner_step_take(&step, rule, &sizes->shape, sizes->batch, &measure);
    }
    MetaObjective objective;
    meta_objective_take(&objective, &sizes->shape, sizes->examples, sizes->targets, sizes->targets,
                        &measure);
    return measure.used + inner_step_scratch(rule, &sizes->shape, sizes->batch) * sizeof(real);
}

int unroll_steps_kept(const Rule *rule, const UnrollSizes *sizes, double bytes) {
    Arena measure = {0};
    InnerStep step;
    inner_step_take(&step, rule, &sizes->shape, sizes->batch, &measure);
    const double steps = bytes / (double)measure.used;
    return steps < sizes->steps ? (int)steps : sizes->steps;
}

size_t unroll_bytes(const Rule *rule, const UnrollSizes *sizes) {
    if (sizes->steps > MOST_STEPS)
        return 0; // unroll_new refuses it
    // rule_gradient_take asks for what it needs of any arena, so a measuring unroll will do.
    Unroll *measure = calloc(1, sizeof *measure);
    if (!measure)
        return 0;
    measure->rule = rule;
    measure->sizes = *sizes;
    place_states(measure);
    const size_t steps = (size_t)kept_steps(sizes, sizes->steps) * sizeof *measure->step;
    const size_t bytes = sizeof *measure + steps + measure->states.used + values_bytes(rule, sizes);
    free(measure);
    return bytes;
}

bool unroll_new(Unroll **made, const Rule *rule, const Kernels *kernels, const UnrollSizes *sizes,
                Status *status) {
    *made = NULL;
    if (!inner_step_check(&sizes->shape, &rule->layout.sizes, sizes->batch, status))
        return false;
    if (sizes->steps < 1 || sizes->steps > MOST_STEPS)
        return status_fail(status, STATUS_BAD_DATA, "an unroll has 1 to %d inner steps, found %d",
                           MOST_STEPS, sizes->steps);
    Unroll *unroll = calloc(1, sizeof *unroll);
    if (!unroll)
        return status_fail(status, STATUS_FAILURE, "out of memory for an unroll");
    unroll->rule = rule;
    unroll->kernels = kernels;
    unroll->sizes = *sizes;
    unroll->step = calloc((size_t)kept_steps(sizes, sizes->steps), sizeof *unroll->step);
    place_states(unroll);
    const size_t states = unroll->states.used;
    if (!unroll->step) {
        unroll_free(unroll);
        return status_fail(status, STATUS_FAILURE, "out of memory for an unroll");
    }
    if (!arena_init(&unroll->states, states, status) ||
        !arena_init(&unroll->values, values_bytes(rule, sizes), status)) {
        unroll_free(unroll);
        return false;
    }
    place_states(unroll);
    *made = unroll;
    return true;
}

void unroll_touch(Unroll *unroll) {
    touch_pages(unroll->states.base, unroll->states.size);
    touch_pages(unroll->values.base, unroll->values.size);
}

void unroll_free(Unroll *unroll) {
    if (!unroll)
        return;
    arena_clear(&unroll->states);
    arena_clear(&unroll->values);
    free(unroll->step);
    free(unroll);
}

// One run of an unroll.
typedef struct {
    Unroll *unroll;
    const UnrollTask *task;
    UnrollResult *result;
    int kept; // of the unroll's inner steps; that of step k is step[k % kept]
    MetaObjective objective;
} Run;

static bool stopped(const Run *run) {
    return run->task->stop && atomic_load_explicit(run->task->stop, memory_order_relaxed);
}

static Phi state_of(const Run *run, int k) {
    Phi phi;
    phi_place(&phi, run->task->shape, run->unroll->state[k]);
    return phi;
}

static InnerStep *step_of(const Run *run, int k) {
    return &run->unroll->step[k % run->kept];
}

static void note_bad(Run *run, int k, const char *place) {
    if (run->result->bad_step >= 0)
        return;
    run->result->bad_step = k;
    snprintf(run->result->bad_place, sizeof run->result->bad_place, "%s", place);
}

static void forward_step(Run *run, int k) {
    const UnrollTask *task = run->task;
    const Phi phi = state_of(run, k);
    Phi next = state_of(run, k + 1);
    phi_zero(&next); // the padding between its tensors too
    inner_step_forward(step_of(run, k), run->unroll->rule, run->unroll->kernels, &phi,
                       task->data[k].x, (real)task->rate, &next, &run->unroll->values);
    if (vector_finite(next.block, next.count))
        return;
    char place[INNER_STEP_PLACE], whole[UNROLL_PLACE];
    inner_step_find_non_finite(step_of(run, k), &next, place);
    snprintf(whole, sizeof whole, "forward: %s", place);
    note_bad(run, k, whole);
}

static void note_loss(Run *run, int k) {
    UnrollResult *result = run->result;
    const MetaObjective *objective = &run->objective;
    result->loss += objective->loss / run->task->steps;
    result->accuracy += objective->accuracy / run->task->steps;
    if (result->step_loss)
        result->step_loss[k] = objective->loss;
    if (result->step_accuracy)
        result->step_accuracy[k] = objective->accuracy;
    if (result->step_column_accuracy)
        result->step_column_accuracy[k] = objective->column_accuracy;
    if (!isfinite(objective->loss))
        note_bad(run, k, "meta-objective");
}

static bool forward_sweep(Run *run) {
    for (int k = 0; k < run->task->steps; k++) {
        if (stopped(run))
            return false;
        forward_step(run, k);
        if (run->result->dtheta || !run->task->data[k].labelled.xa)
            continue; // the backward sweep evaluates the meta-objective, once
        const Phi next = state_of(run, k + 1);
        meta_objective_forward(&run->objective, &next, &run->task->data[k].labelled);
        note_loss(run, k);
    }
    return true;
}

// Notes the first tensor of phi's derivative that is not finite; where: "backward" or
// "meta-objective backward".
static void check_derivative(Run *run, int k, const char *where, const Phi *dphi) {
    if (run->result->bad_step >= 0 || vector_finite(dphi->block, dphi->count))
        return;
    for (int i = 0; i < phi_tensor_count(run->task->shape); i++) {
        const PhiTensor tensor = phi_tensor(dphi, run->task->shape, i);
        char place[UNROLL_PLACE];
        snprintf(place, sizeof place, "%s: %s", where, tensor.name);
        if (!vector_finite(tensor.values, tensor.count))
            note_bad(run, k, place);
    }
}

// The same of what theta's derivative has gathered down to step k.
static void check_gradient(Run *run, int k) {
    const Unroll *unroll = run->unroll;
    const ThetaLayout *layout = &unroll->rule->layout;
    real *dtheta = run->result->dtheta;
    if (run->result->bad_step >= 0 || rule_gradient_finite(&unroll->gradient))
        return;
    rule_gradient_get(&unroll->gradient, unroll->rule, dtheta);
    for (int i = 0; i < layout->tensors; i++) {
        const ThetaTensor *tensor = &layout->tensor[i];
        char place[UNROLL_PLACE];
        snprintf(place, sizeof place, "backward: theta %s", tensor->name);
        if (!vector_finite(dtheta + tensor->offset, tensor->count))
            note_bad(run, k, place);
    }
}

static bool backward_sweep(Run *run) {
    Unroll *unroll = run->unroll;
    const UnrollTask *task = run->task;
    Phi dnext, dphi;
    phi_place(&dnext, task->shape, unroll->derivative[0]);
    phi_place(&dphi, task->shape, unroll->derivative[1]);
    phi_zero(&dnext);
    rule_gradient_zero(&unroll->gradient);
    for (int k = task->steps - 1; k >= 0; k--) {
        if (stopped(run))
            return false;
        const Phi next = state_of(run, k + 1), phi = state_of(run, k);
        meta_objective_forward(&run->objective, &next, &task->data[k].labelled);
        note_loss(run, k);
        meta_objective_backward(&run->objective, &next, 1.0 / task->steps, &dnext);
        check_derivative(run, k, "meta-objective backward", &dnext);
        if (k < task->steps - run->kept) {
            // A later step has taken its place, and is done with.  phi_{k+1} comes out once more,
            // bit for bit; dphi is free to take it.
            inner_step_forward(step_of(run, k), unroll->rule, unroll->kernels, &phi,
                               task->data[k].x, (real)task->rate, &dphi, &unroll->values);
        }
        inner_step_backward(step_of(run, k), unroll->rule, unroll->kernels, &phi, (real)task->rate,
                            &dnext, &dphi, &unroll->gradient, &unroll->values);
        check_gradient(run, k);
        check_derivative(run, k, "backward", &dphi);
        const Phi kept = dnext;
        dnext = dphi;
        dphi = kept;
    }
    rule_gradient_get(&unroll->gradient, unroll->rule, run->result->dtheta);
    if (run->result->dphi)
        phi_copy(run->result->dphi, &dnext);
    return true;
}

void unroll_run(Unroll *unroll, const UnrollTask *task, UnrollResult *result) {
    Run run = {.unroll = unroll, .task = task, .result = result};
    run.kept = kept_steps(&unroll->sizes, task->steps);
    result->loss = result->accuracy = 0;
    result->bad_step = -1;
    result->bad_place[0] = '\0';

    arena_return(&unroll->values, 0);
    for (int i = 0; i < run.kept; i++)
        inner_step_take(&unroll->step[i], unroll->rule, task->shape, task->batch, &unroll->values);
    meta_objective_take(&run.objective, task->shape, task->examples, task->classes, task->targets,
                        &unroll->values);
    Phi first = state_of(&run, 0);
    phi_copy(&first, task->phi);

    result->stopped = !forward_sweep(&run) || (result->dtheta && !backward_sweep(&run));
    for (int k = 0; result->states && k < task->steps; k++) {
        const Phi state = state_of(&run, k + 1);
        phi_copy(&result->states[k], &state);
    }
    if (result->last) {
        const Phi last = state_of(&run, task->steps);
        phi_copy(result->last, &last);
    }
}

Evaluated unroll_evaluate(Unroll *unroll, const PhiShape *shape, const Phi *phi,
                          const LabelledBatches *batches) {
    MetaObjective objective;
    arena_return(&unroll->values, 0);
    meta_objective_take(&objective, shape, batches->examples, batches->classes, batches->targets,
                        &unroll->values);
    meta_objective_forward(&objective, phi, batches);
    return (Evaluated){objective.loss, objective.accuracy};
}

double unroll_step_operations(const RuleSizes *sizes, const PhiShape *shape, int batch,
                              int examples) {
    const double products =
        inner_step_products(sizes, shape, batch) + base_model_products(shape, 2 * examples);
    return 3 * 2 * products;
}
