// rulesmith verify: safetensors files.
#include "app/verify.h"

#include "engine/files/safetensors.h"
#include "engine/files/shown_text.h"
#include "engine/metadata.h"
#include "engine/phi_file.h"
#include "engine/rule_file.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool verify_rule(const char *path, char told[TOLD], Status *status) {
    ThetaLayout layout;
    real *theta;
    if (!rule_file_read(&layout, &theta, path, status))
        return false;
    snprintf(told, TOLD, "rule: H %d, D %d, R %d, T %d, E %d, %zu numbers", layout.sizes.H,
             layout.sizes.D, layout.sizes.R, layout.sizes.T, layout.sizes.E, layout.count);
    free(theta);
    return true;
}

static bool verify_phi(const char *path, char told[TOLD], Status *status) {
    PhiShape shape;
    Phi phi;
    if (!phi_file_read(&shape, &phi, path, status))
        return false;
    size_t length = (size_t)snprintf(told, TOLD, "base model: %d", shape.sizes[0]);
    for (int layer = 1; layer <= (int)shape.layers && length < TOLD; layer++)
        length += (size_t)snprintf(told + length, TOLD - length, "-%d", shape.sizes[layer]);
    free(phi.block);
    return true;
}

// Adds the values of a tensor that are not finite to *count; in theta and Adam's moments of a
// checkpoint they are an error.
static bool count_non_finite(const Safetensors *file, const Tensor *tensor, uint64_t *count,
                             Status *status) {
    if (tensor->dtype != DTYPE_F32 && tensor->dtype != DTYPE_F64)
        return true;
    const bool strict = strncmp(tensor->name, "theta.", 6) == 0 ||
                        strncmp(tensor->name, "adam.", 5) == 0 ||
                        strncmp(tensor->name, "fallback.", 9) == 0;
    int shape[SAFETENSORS_RANK];
    for (int i = 0; i < tensor->rank; i++)
        shape[i] = tensor->shape[i] <= INT_MAX ? (int)tensor->shape[i] : -1;
    double *values = calloc(tensor->count + 1, sizeof *values);
    if (!values)
        return status_fail(status, STATUS_FAILURE, "%s: no memory for %s", safetensors_path(file),
                           tensor->name);
    const bool good =
        safetensors_copy_double(file, tensor->name, tensor->rank, shape, strict, values, status);
    for (uint64_t i = 0; good && i < tensor->count; i++)
        *count += !isfinite(values[i]);
    free(values);
    return good;
}

// ---- checkpoints (engine/checkpoint.c) ----

// A tensor of that shape must be there.
static bool expect_tensor(const Safetensors *file, const char *name, int rank, const int *shape,
                          Status *status) {
    const Tensor *tensor = safetensors_find(file, name);
    if (!tensor)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected the tensor %s, found no such tensor",
                           safetensors_path(file), name);
    bool same = tensor->rank == rank;
    for (int i = 0; same && i < rank; i++)
        same = tensor->shape[i] == (uint64_t)shape[i];
    return same || status_fail(status, STATUS_BAD_DATA,
                               "%s: %s: expected %d dimension%s and %d in the first, found another "
                               "shape",
                               safetensors_path(file), name, rank, rank == 1 ? "" : "s", shape[0]);
}

static bool expect_vector(const Safetensors *file, const char *name, size_t count, Status *status) {
    return expect_tensor(file, name, 1, &(int){(int)count}, status);
}

static bool verify_theta(const Safetensors *file, Status *status) {
    RuleSizes sizes;
    ThetaLayout layout;
    int *const size[] = {&sizes.H, &sizes.D, &sizes.R, &sizes.T, &sizes.E};
    static const char *const keys[] = {"H", "D", "R", "T", "E"};
    for (int i = 0; i < 5; i++)
        if (!metadata_integer(file, keys[i], 1, 1 << 20, size[i], status))
            return false;
    if (!theta_layout(&layout, sizes, status))
        return status_prefix(status, "%s", safetensors_path(file));
    for (int i = 0; i < layout.tensors; i++) {
        char name[96];
        snprintf(name, sizeof name, "theta.%s", layout.tensor[i].name);
        if (!expect_tensor(file, name, layout.tensor[i].rank, layout.tensor[i].shape, status))
            return false;
    }
    return expect_vector(file, "adam.first", layout.count, status) &&
           expect_vector(file, "adam.second", layout.count, status);
}

static bool verify_workers(const Safetensors *file, Status *status) {
    static const struct {
        const char *name;
        int count;
    } parts[] = {{"random", 4}, {"task", 4}, {"result", 2}};
    int workers;
    if (!metadata_integer(file, "workers", 1, 1 << 20, &workers, status))
        return false;
    for (int worker = 0; worker < workers; worker++)
        for (int i = 0; i < 3; i++) {
            char name[48];
            snprintf(name, sizeof name, "worker.%d.%s", worker, parts[i].name);
            if (!expect_vector(file, name, (size_t)parts[i].count, status))
                return false;
        }
    return true;
}

// The outer step is told twice, in the metadata and first of the counters.
static bool verify_outer_step(const Safetensors *file, Status *status) {
    const Tensor *counters = safetensors_find(file, "counters");
    int told;
    int64_t values[64];
    if (!metadata_integer(file, "outer_step", 0, INT_MAX, &told, status))
        return false;
    if (!counters || counters->count < 1 || counters->count > 64)
        return status_fail(status, STATUS_BAD_DATA, "%s: expected the tensor counters, found %s",
                           safetensors_path(file), counters ? "one of another size" : "none");
    return safetensors_copy_i64(file, "counters", counters->count, values, status) &&
           (values[0] == told ||
            status_fail(status, STATUS_BAD_DATA,
                        "%s: counters: expected outer step %d as the metadata say, found %lld",
                        safetensors_path(file), told, (long long)values[0]));
}

static bool verify_checkpoint(const Safetensors *file, Status *status) {
    return verify_outer_step(file, status) && verify_theta(file, status) &&
           verify_workers(file, status);
}

static bool verify_tensors(const Safetensors *file, char told[TOLD], Status *status) {
    uint64_t values = 0;
    uint64_t non_finite = 0;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const Tensor *tensor = safetensors_tensor(file, i);
        values += tensor->count;
        if (!count_non_finite(file, tensor, &non_finite, status))
            return false;
    }
    const char *kind = safetensors_metadata(file, "kind");
    const char *outer_step = safetensors_metadata(file, "outer_step");
    if (kind && strcmp(kind, "checkpoint") == 0 && !verify_checkpoint(file, status))
        return false;
    char shown[SHOWN_TEXT];
    char shown_step[SHOWN_TEXT];
    snprintf(told, TOLD, "%s: %zu tensors, %llu values, %llu not finite%s%s",
             kind ? shown_text(kind, shown) : "safetensors", safetensors_count(file),
             (unsigned long long)values, (unsigned long long)non_finite,
             outer_step ? ", outer step " : "",
             outer_step ? shown_text(outer_step, shown_step) : "");
    return true;
}

bool verify_safetensors(const char *path, char told[TOLD], Status *status) {
    Safetensors *file;
    if (!safetensors_read(&file, path, status))
        return false;
    const char *kind = safetensors_metadata(file, "kind");
    Verifier *special = NULL;
    if (safetensors_find(file, "merge.w") || (kind && strcmp(kind, "rule") == 0))
        special = verify_rule;
    else if (safetensors_find(file, "layer1.W") || (kind && strcmp(kind, "phi") == 0))
        special = verify_phi;
    const bool good = special ? special(path, told, status) : verify_tensors(file, told, status);
    safetensors_free(file);
    return good;
}
