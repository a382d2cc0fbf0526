#include "engine/phi_file.h"

#include "engine/files/shown_text.h"
#include "engine/metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_UNITS = 1 << 20 }; // of a layer, as inner_step_check has it
enum { SIZES_TEXT = 12 * (PHI_LAYERS + 1) };

static void sizes_text(const PhiShape *shape, char text[SIZES_TEXT]) {
    size_t length = 0;
    for (int l = 0; l <= shape->layers; l++)
        length += (size_t)snprintf(text + length, SIZES_TEXT - length, "%s%d", l ? "," : "",
                                   shape->sizes[l]);
}

static const Tensor *find_weights(const Safetensors *file, int l) {
    char name[PHI_NAME];
    snprintf(name, sizeof name, "layer%d.W", l);
    return safetensors_find(file, name);
}

// The shape from layer1.W, layer2.W ...; whether the others fit, copying them will tell.
static bool read_shape(const Safetensors *file, PhiShape *shape, Status *status) {
    const char *path = safetensors_path(file);
    *shape = (PhiShape){.activation = ACTIVATION_COUNT};
    const Tensor *W = find_weights(file, 1);
    if (!W)
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a tensor layer1.W, found none",
                           path);
    for (int l = 1; W; W = find_weights(file, ++l)) {
        if (l > PHI_LAYERS)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: expected at most %d layers, found more", path, PHI_LAYERS);
        if (W->rank != 2 || W->shape[0] < 1 || W->shape[1] < 1 || W->shape[0] > MOST_UNITS ||
            W->shape[1] > MOST_UNITS)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: %s: expected a matrix of 1 to %d units by 1 to %d, found "
                               "another shape",
                               path, W->name, MOST_UNITS, MOST_UNITS);
        if (l > 1 && W->shape[0] != (uint64_t)shape->sizes[l - 1])
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: %s: expected %d rows, as many as the layer below has units, "
                               "found %d",
                               path, W->name, shape->sizes[l - 1], (int)W->shape[0]);
        shape->sizes[0] = l == 1 ? (int)W->shape[0] : shape->sizes[0];
        shape->sizes[l] = (int)W->shape[1];
        shape->layers = l;
    }
    return true;
}

static bool check_metadata(const Safetensors *file, PhiShape *shape, Status *status) {
    const char *sizes = safetensors_metadata(file, "sizes");
    const char *activation = safetensors_metadata(file, "activation");
    char expected[SIZES_TEXT], shown[SHOWN_TEXT];
    sizes_text(shape, expected);
    if (sizes && strcmp(sizes, expected) != 0)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: metadata 'sizes': expected %s (from the shapes of the tensors), "
                           "found '%s'",
                           safetensors_path(file), expected, shown_text(sizes, shown));
    return !activation || metadata_activation(file, &shape->activation, status);
}

static bool refuse_unknown(const Safetensors *file, const PhiShape *shape, const Phi *phi,
                           Status *status) {
    const size_t count = safetensors_count(file);
    for (size_t i = 0; i < count; i++) {
        const char *name = safetensors_tensor(file, i)->name;
        char shown[SHOWN_TEXT];
        bool known = false;
        for (int k = 0; k < phi_tensor_count(shape); k++)
            known = known || strcmp(phi_tensor(phi, shape, k).name, name) == 0;
        if (!known)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: a base model of %d layers has no tensor '%s'",
                               safetensors_path(file), shape->layers, shown_text(name, shown));
    }
    return true;
}

static bool read_tensors(const Safetensors *file, const PhiShape *shape, Phi *phi, Status *status) {
    if (!refuse_unknown(file, shape, phi, status))
        return false;
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, shape, i);
        if (!safetensors_copy_real(file, tensor.name, tensor.rank, tensor.shape, true,
                                   tensor.values, status))
            return false;
    }
    return true;
}

static bool read_file(const Safetensors *file, PhiShape *shape, Phi *phi, Status *status) {
    if (!metadata_check_kind(file, "phi", status) || !read_shape(file, shape, status) ||
        !check_metadata(file, shape, status))
        return false;
    real *block = aligned_alloc(ALIGNMENT, phi_count(shape) * sizeof(real));
    if (!block)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory for %zu weights",
                           safetensors_path(file), phi_count(shape));
    phi_place(phi, shape, block);
    phi_zero(phi);
    if (read_tensors(file, shape, phi, status))
        return true;
    free(phi->block);
    *phi = (Phi){.block = NULL};
    return false;
}

bool phi_file_read(PhiShape *shape, Phi *phi, const char *path, Status *status) {
    Safetensors *file;
    *phi = (Phi){.block = NULL};
    if (!safetensors_read(&file, path, status))
        return false;
    const bool done = read_file(file, shape, phi, status);
    safetensors_free(file);
    return done;
}

static bool fill(SafetensorsWriter *writer, const PhiShape *shape, const Phi *phi, Status *status) {
    char sizes[SIZES_TEXT];
    sizes_text(shape, sizes);
    if (!metadata_add_kind(writer, "phi", status) ||
        !safetensors_add_metadata(writer, "sizes", sizes, status) ||
        !safetensors_add_metadata(writer, "activation", activation_name(shape->activation), status))
        return false;
    for (int i = 0; i < phi_tensor_count(shape); i++) {
        const PhiTensor tensor = phi_tensor(phi, shape, i);
        if (!safetensors_add_real(writer, tensor.name, tensor.rank, tensor.shape, tensor.values,
                                  status))
            return false;
    }
    return true;
}

bool phi_file_write(const PhiShape *shape, const Phi *phi, const char *path, Status *status) {
    SafetensorsWriter *writer = safetensors_writer_new();
    if (!writer)
        return status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    const bool done = fill(writer, shape, phi, status) && safetensors_write(writer, path, status);
    safetensors_writer_free(writer);
    return done;
}
