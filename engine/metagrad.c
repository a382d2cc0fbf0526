#include "engine/metagrad.h"

#include "engine/blas.h"
#include "engine/files/shown_text.h"
#include "engine/metadata.h"
#include "engine/phi_file.h"
#include "engine/rule_file.h"
#include "engine/unroll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 4096, MOST_EXAMPLES = 1 << 20, MOST_COLUMNS = 1 << 16, NAME = 64 };

typedef struct {
    const char *theta_path, *phi_path;
    ThetaLayout layout;
    real *theta, *dtheta;
    PhiShape shape;
    Phi phi;
    int batch, steps, examples, classes, columns;
    double rate;
    Arena arena;                                              // what follows
    StepData *data;                                           // [steps]; calloc
    double *step_loss, *step_accuracy, *step_column_accuracy; // [steps]; calloc
    Phi *states;                                              // [steps]; calloc
    Phi dphi;
    double loss;
} Metagrad;

static void metagrad_clear(Metagrad *m) {
    arena_clear(&m->arena);
    free(m->theta);
    free(m->phi.block);
    free(m->data);
    free(m->step_loss);
    free(m->states);
}

// ---- the inputs
// -----------------------------------------------------------------------------------

// The tensors of one inner step.
enum { X, XA, YA, XB, YB, PER_STEP };
static const char *const tensor_names[PER_STEP] = {"x", "xa", "ya", "xb", "yb"};

static const char *name_of(int tensor, int k, char name[NAME]) {
    snprintf(name, NAME, "%s%d", tensor_names[tensor], k);
    return name;
}

// Both lengths of a matrix of step 0, within 1 .. the limits.
static bool matrix_size(const Safetensors *file, int which, int most_rows, int most_columns,
                        int *rows, int *columns, Status *status) {
    char name[NAME];
    const Tensor *tensor = safetensors_find(file, name_of(which, 0, name));
    if (!tensor)
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a tensor %s, found none",
                           safetensors_path(file), name);
    if (tensor->rank != 2 || tensor->shape[0] < 1 || tensor->shape[0] > (uint64_t)most_rows ||
        tensor->shape[1] < 1 || tensor->shape[1] > (uint64_t)most_columns)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: %s: expected a matrix of 1 to %d rows and 1 to %d columns, found "
                           "another shape",
                           safetensors_path(file), name, most_rows, most_columns);
    *rows = (int)tensor->shape[0];
    *columns = (int)tensor->shape[1];
    return true;
}

static bool check_inputs_of(const Metagrad *m, const Safetensors *file, int found, Status *status) {
    if (found == m->shape.sizes[0])
        return true;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: x0: expected %d columns, the inputs of %s, found %d",
                       safetensors_path(file), m->shape.sizes[0], m->phi_path, found);
}

static bool take_activation(Metagrad *m, const Safetensors *file, Status *status) {
    const Activation told = m->shape.activation;
    if (!metadata_activation(file, &m->shape.activation, status))
        return false;
    if (told == ACTIVATION_COUNT || told == m->shape.activation)
        return true;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: metadata 'activation': expected %s, as %s says, found %s",
                       safetensors_path(file), activation_name(told), m->phi_path,
                       activation_name(m->shape.activation));
}

static bool read_sizes(Metagrad *m, const Safetensors *file, Status *status) {
    int inputs;
    if (!metadata_integer(file, "unroll", 1, MOST_STEPS, &m->steps, status) ||
        !metadata_positive(file, "inner_lr", &m->rate, status) ||
        !take_activation(m, file, status) ||
        !metadata_agrees_sizes(file, m->layout.sizes, m->theta_path, status) ||
        !matrix_size(file, X, MOST_EXAMPLES, INT32_MAX, &m->batch, &inputs, status) ||
        !metadata_agrees(file, "batch", m->batch, "the rows of x0", status) ||
        !check_inputs_of(m, file, inputs, status) ||
        !matrix_size(file, YA, MOST_EXAMPLES, MOST_COLUMNS, &m->examples, &m->columns, status) ||
        !metadata_integer(file, "classes", 1, m->columns, &m->classes, status) ||
        !metadata_agrees(file, "regression_targets", m->columns - m->classes,
                         "the columns of ya0 behind the classes", status))
        return false;
    if (inner_step_check(&m->shape, &m->layout.sizes, m->batch, status))
        return true;
    return status_prefix(status, "%s, %s and %s", m->theta_path, m->phi_path,
                         safetensors_path(file));
}

static void shape_of(const Metagrad *m, int tensor, int shape[2]) {
    const int rows[PER_STEP] = {m->batch, m->examples, m->examples, m->examples, m->examples};
    shape[0] = rows[tensor];
    shape[1] = tensor == YA || tensor == YB ? m->columns : m->shape.sizes[0];
}

// Places everything whose size is known now; with a NULL base this measures.
static void place(Metagrad *m) {
    phi_take(&m->dphi, &m->shape, &m->arena);
    m->dtheta = arena_take(&m->arena, m->layout.count);
    for (int k = 0; k < m->steps; k++) {
        real *values[PER_STEP];
        for (int i = 0; i < PER_STEP; i++) {
            int shape[2];
            shape_of(m, i, shape);
            values[i] = arena_take(&m->arena, (size_t)shape[0] * (size_t)shape[1]);
        }
        m->data[k] = (StepData){.x = values[X],
                                .labelled = {.examples = m->examples,
                                             .classes = m->classes,
                                             .targets = m->columns,
                                             .xa = values[XA],
                                             .ya = values[YA],
                                             .xb = values[XB],
                                             .yb = values[YB]}};
        phi_take(&m->states[k], &m->shape, &m->arena);
    }
}

static bool take_memory(Metagrad *m, Status *status) {
    const size_t steps = (size_t)m->steps;
    m->data = calloc(steps, sizeof *m->data);
    m->states = calloc(steps, sizeof *m->states);
    m->step_loss = calloc(3 * steps, sizeof(double));
    if (!m->data || !m->states || !m->step_loss)
        return status_fail(status, STATUS_FAILURE, "out of memory for %d inner steps", m->steps);
    m->step_accuracy = m->step_loss + steps;
    m->step_column_accuracy = m->step_accuracy + steps;
    place(m);
    if (!arena_init(&m->arena, m->arena.used, status))
        return false;
    place(m);
    return true;
}

static bool read_step(const Metagrad *m, const Safetensors *file, int k, Status *status) {
    const StepData *data = &m->data[k];
    const real *const to[PER_STEP] = {data->x, data->labelled.xa, data->labelled.ya,
                                      data->labelled.xb, data->labelled.yb};
    for (int i = 0; i < PER_STEP; i++) {
        char name[NAME];
        int shape[2];
        shape_of(m, i, shape);
        // What is data to the unroll is ours to fill.
        if (!safetensors_copy_real(file, name_of(i, k, name), 2, shape, true,
                                   (real *)(uintptr_t)to[i], status))
            return false;
    }
    return true;
}

static bool is_input(const Metagrad *m, const char *name) {
    char known[NAME];
    for (int i = 0; i < PER_STEP; i++)
        for (int k = 0; k < m->steps; k++)
            if (strcmp(name_of(i, k, known), name) == 0)
                return true;
    return false;
}

static bool refuse_unknown(const Metagrad *m, const Safetensors *file, Status *status) {
    const size_t count = safetensors_count(file);
    if (count == (size_t)PER_STEP * (size_t)m->steps) // none of which was missing
        return true;
    for (size_t i = 0; i < count; i++) {
        const char *name = safetensors_tensor(file, i)->name;
        char shown[SHOWN_TEXT];
        if (!is_input(m, name))
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: the inputs of %d steps have no tensor '%s'",
                               safetensors_path(file), m->steps, shown_text(name, shown));
    }
    return true;
}

static bool read_inputs(Metagrad *m, const char *path, Status *status) {
    Safetensors *file;
    if (!safetensors_read(&file, path, status))
        return false;
    bool done = read_sizes(m, file, status) && take_memory(m, status);
    for (int k = 0; done && k < m->steps; k++)
        done = read_step(m, file, k, status);
    done = done && refuse_unknown(m, file, status);
    safetensors_free(file);
    return done;
}

// ---- the unroll
// -----------------------------------------------------------------------------------

static bool run_unroll(Metagrad *m, Unroll *unroll, Status *status) {
    UnrollResult result = {.step_loss = m->step_loss,
                           .step_accuracy = m->step_accuracy,
                           .step_column_accuracy = m->step_column_accuracy,
                           .states = m->states,
                           .dphi = &m->dphi,
                           .dtheta = m->dtheta};
    const UnrollTask task = {.shape = &m->shape,
                             .batch = m->batch,
                             .steps = m->steps,
                             .examples = m->examples,
                             .classes = m->classes,
                             .targets = m->columns,
                             .rate = m->rate,
                             .phi = &m->phi,
                             .data = m->data};
    unroll_run(unroll, &task, &result);
    m->loss = result.loss;
    if (result.bad_step >= 0)
        return status_fail(status, STATUS_DIVERGED,
                           "the unroll met a number that is not finite at inner step %d (%s)",
                           result.bad_step, result.bad_place);
    if (result.stopped)
        return status_fail(status, STATUS_FAILURE, "out of memory for %d inner steps", m->steps);
    return true;
}

static bool compute(Metagrad *m, const Kernels *kernels, Status *status) {
    const UnrollSizes sizes = {.shape = m->shape,
                               .batch = m->batch,
                               .steps = m->steps,
                               .examples = m->examples,
                               .targets = m->columns};
    Rule *rule = calloc(1, sizeof *rule);
    Unroll *unroll = NULL;
    if (!rule)
        return status_fail(status, STATUS_FAILURE, "out of memory for a rule");
    bool done = rule_init(rule, &m->layout, status);
    if (done) {
        rule_set(rule, m->theta);
        done = unroll_new(&unroll, rule, kernels, &sizes, status) && run_unroll(m, unroll, status);
        unroll_free(unroll);
        rule_clear(rule);
    }
    free(rule);
    return done;
}

// ---- the output
// -----------------------------------------------------------------------------------

static bool add_phi(SafetensorsWriter *writer, const char *prefix, const PhiShape *shape,
                    const Phi *phi, Status *status) {
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, shape, i);
        char name[NAME + PHI_NAME];
        snprintf(name, sizeof name, "%s.%s", prefix, tensor.name);
        if (!safetensors_add_real(writer, name, tensor.rank, tensor.shape, tensor.values, status))
            return false;
    }
    return true;
}

static bool add_number(SafetensorsWriter *writer, const char *name, double value, Status *status) {
    const real number = (real)value;
    return safetensors_add_real(writer, name, 1, &(int){1}, &number, status);
}

static bool add_step(SafetensorsWriter *writer, const Metagrad *m, int k, Status *status) {
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"meta_loss", m->step_loss[k]},
                   {"accuracy", m->step_column_accuracy[k]},
                   {"class_accuracy", m->step_accuracy[k]}};
    char name[NAME];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(name, sizeof name, "%s%d", numbers[i].name, k);
        if (!add_number(writer, name, numbers[i].value, status))
            return false;
    }
    snprintf(name, sizeof name, "step%d", k + 1);
    return add_phi(writer, name, &m->shape, &m->states[k], status);
}

static bool add_theta(SafetensorsWriter *writer, const Metagrad *m, Status *status) {
    for (int i = 0; i < m->layout.tensors; i++) {
        const ThetaTensor *tensor = &m->layout.tensor[i];
        char name[THETA_NAME + NAME];
        snprintf(name, sizeof name, "grad.theta.%s", tensor->name);
        if (!safetensors_add_real(writer, name, tensor->rank, tensor->shape,
                                  m->dtheta + tensor->offset, status))
            return false;
    }
    return true;
}

static bool add_all(SafetensorsWriter *writer, const Metagrad *m, Status *status) {
    for (int k = 0; k < m->steps; k++)
        if (!add_step(writer, m, k, status))
            return false;
    return metadata_add_kind(writer, "metagrad", status) &&
           metadata_add_sizes(writer, m->layout.sizes, status) &&
           metadata_add_integer(writer, "unroll", m->steps, status) &&
           safetensors_add_metadata(writer, "number", REAL_NAME, status) &&
           add_number(writer, "loss", m->loss, status) && add_theta(writer, m, status) &&
           add_phi(writer, "grad.phi0", &m->shape, &m->dphi, status);
}

static bool write_output(const Metagrad *m, const char *path, Status *status) {
    SafetensorsWriter *writer = safetensors_writer_new();
    if (!writer)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    const bool done = add_all(writer, m, status) && safetensors_write(writer, path, status);
    safetensors_writer_free(writer);
    return done;
}

bool metagrad_with(const Kernels *kernels, const char *theta_path, const char *phi_path,
                   const char *inputs_path, const char *out_path, Status *status) {
    Metagrad *m = calloc(1, sizeof *m);
    if (!m)
        return status_fail(status, STATUS_FAILURE, "out of memory");
    m->theta_path = theta_path;
    m->phi_path = phi_path;
    const bool done = rule_file_read(&m->layout, &m->theta, theta_path, status) &&
                      phi_file_read(&m->shape, &m->phi, phi_path, status) &&
                      read_inputs(m, inputs_path, status) && compute(m, kernels, status) &&
                      write_output(m, out_path, status);
    metagrad_clear(m);
    free(m);
    return done;
}

bool metagrad(const char *theta_path, const char *phi_path, const char *inputs_path,
              const char *out_path, Status *status) {
    return metagrad_with(kernels_best(), theta_path, phi_path, inputs_path, out_path, status);
}
