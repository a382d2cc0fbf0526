#include "engine/rule_file.h"

#include "engine/files/shown_text.h"
#include "engine/metadata.h"

#include <stdio.h>
#include <stdlib.h>

// Length of one axis of a tensor that must be there with this rank.
static bool axis_of(const Safetensors *file, const char *name, int rank, int axis, int *length,
                    Status *status) {
    const Tensor *tensor = safetensors_find(file, name);
    if (!tensor)
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a tensor %s, found none",
                           safetensors_path(file), name);
    if (tensor->rank != rank)
        return status_fail(status, STATUS_BAD_DATA, "%s: %s: expected %d axes, found %d",
                           safetensors_path(file), name, rank, tensor->rank);
    // theta_layout refuses what is absurd; here it only has to fit.
    *length = tensor->shape[axis] > INT32_MAX ? INT32_MAX : (int)tensor->shape[axis];
    return true;
}

static bool read_sizes(const Safetensors *file, RuleSizes *sizes, Status *status) {
    return axis_of(file, "h.conv1.w", 3, 2, &sizes->H, status) &&
           axis_of(file, "delta.w", 2, 1, &sizes->D, status) &&
           axis_of(file, "readout.0_order.top.w", 2, 1, &sizes->R, status) &&
           axis_of(file, "top.conv0.w", 3, 2, &sizes->T, status) &&
           axis_of(file, "top.mix0.w", 3, 2, &sizes->E, status) &&
           metadata_agrees_sizes(file, *sizes, "from the shapes of the tensors", status);
}

static bool refuse_unknown(const Safetensors *file, const ThetaLayout *layout, Status *status) {
    const size_t count = safetensors_count(file);
    for (size_t i = 0; i < count; i++) {
        const char *name = safetensors_tensor(file, i)->name;
        char shown[SHOWN_TEXT];
        if (theta_find(layout, name) < 0)
            return status_fail(status, STATUS_BAD_DATA, "%s: a rule has no tensor '%s'",
                               safetensors_path(file), shown_text(name, shown));
    }
    return true;
}

static bool read_theta(const Safetensors *file, const ThetaLayout *layout, real *theta,
                       Status *status) {
    for (int i = 0; i < layout->tensors; i++) {
        const ThetaTensor *tensor = &layout->tensor[i];
        if (!safetensors_copy_real(file, tensor->name, tensor->rank, tensor->shape, true,
                                   theta + tensor->offset, status))
            return false;
    }
    return true;
}

static bool read_file(const Safetensors *file, ThetaLayout *layout, real **theta, Status *status) {
    RuleSizes sizes;
    if (!metadata_check_kind(file, "rule", status) || !read_sizes(file, &sizes, status))
        return false;
    if (!theta_layout(layout, sizes, status))
        return status_prefix(status, "%s", safetensors_path(file));
    if (!refuse_unknown(file, layout, status))
        return false;
    real *values = calloc(layout->count, sizeof *values);
    if (!values)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory for %zu parameters",
                           safetensors_path(file), layout->count);
    if (!read_theta(file, layout, values, status)) {
        free(values);
        return false;
    }
    *theta = values;
    return true;
}

static bool read_step(const Safetensors *file, long *outer_step, Status *status) {
    int step = -1;
    if (safetensors_metadata(file, "outer_step") &&
        !metadata_integer(file, "outer_step", 0, INT32_MAX, &step, status))
        return false;
    *outer_step = step;
    return true;
}

bool rule_file_read_step(ThetaLayout *layout, real **theta, long *outer_step, const char *path,
                         Status *status) {
    Safetensors *file;
    *theta = NULL;
    if (!safetensors_read(&file, path, status))
        return false;
    const bool done = read_step(file, outer_step, status) && read_file(file, layout, theta, status);
    safetensors_free(file);
    return done;
}

bool rule_file_read(ThetaLayout *layout, real **theta, const char *path, Status *status) {
    long ignored;
    return rule_file_read_step(layout, theta, &ignored, path, status);
}

bool rule_file_load(Rule *rule, const char *path, Status *status) {
    ThetaLayout *layout = malloc(sizeof *layout);
    real *theta = NULL;
    if (!layout)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    const bool done =
        rule_file_read(layout, &theta, path, status) && rule_init(rule, layout, status);
    if (done)
        rule_set(rule, theta);
    free(theta);
    free(layout);
    return done;
}

bool rule_file_notes(const char *path, const char *const *keys, size_t count,
                     char (*texts)[RULE_NOTE], Status *status) {
    Safetensors *file;
    if (!safetensors_read(&file, path, status))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *found = safetensors_metadata(file, keys[i]);
        snprintf(texts[i], RULE_NOTE, "%s", found ? found : "");
    }
    safetensors_free(file);
    return true;
}

static bool fill(SafetensorsWriter *writer, const ThetaLayout *layout, const real *theta,
                 const RuleNote *notes, size_t note_count, Status *status) {
    if (!metadata_add_kind(writer, "rule", status) ||
        !metadata_add_sizes(writer, layout->sizes, status))
        return false;
    for (size_t i = 0; i < note_count; i++)
        if (!safetensors_add_metadata(writer, notes[i].key, notes[i].value, status))
            return false;
    for (int i = 0; i < layout->tensors; i++) {
        const ThetaTensor *tensor = &layout->tensor[i];
        if (!safetensors_add_real(writer, tensor->name, tensor->rank, tensor->shape,
                                  theta + tensor->offset, status))
            return false;
    }
    return true;
}

bool rule_file_write(const ThetaLayout *layout, const real *theta, const RuleNote *notes,
                     size_t note_count, const char *path, Status *status) {
    SafetensorsWriter *writer = safetensors_writer_new();
    if (!writer)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    const bool done = fill(writer, layout, theta, notes, note_count, status) &&
                      safetensors_write(writer, path, status);
    safetensors_writer_free(writer);
    return done;
}
