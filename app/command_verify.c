// rulesmith verify: what a file of ours is, or what is wrong with it.  Told by content, not by
// name: a folder is a run directory; of files, PNG, gzip, IDX, JSON lines, INI and safetensors tell
// themselves apart by their first bytes.
#include "app/checkpoints.h"
#include "app/commands.h"
#include "app/run_directory.h"
#include "app/run_status.h"
#include "engine/files/idx.h"
#include "engine/files/safetensors.h"
#include "engine/files/shown_text.h"
#include "engine/phi_file.h"
#include "engine/rule_file.h"

#include <cJSON.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TOLD = 512 };

// What a file is, in one line, into told.
typedef bool Verifier(const char *path, char told[TOLD], Status *status);

static bool verify_settings(const char *path, char told[TOLD], Status *status) {
    Settings settings;
    settings_default(&settings);
    if (!settings_read(&settings, path, status) || !settings_check(&settings, status))
        return false;
    snprintf(told, TOLD, "settings: H %d, D %d, R %d, T %d, E %d, %d workers, seed %lld",
             settings.hidden, settings.error_channels, settings.readout_rank, settings.top_hidden,
             settings.embedding, settings.workers, (long long)settings.seed);
    return true;
}

// One line of a metrics file: a JSON object with an outer step not below *last.
static bool verify_line(const char *path, long number, const char *line, size_t length,
                        double *last, Status *status) {
    cJSON *object = cJSON_ParseWithLength(line, length);
    const cJSON *step = cJSON_GetObjectItemCaseSensitive(object, "outer_step");
    const double found = cJSON_IsNumber(step) ? step->valuedouble : -1;
    cJSON_Delete(object);
    if (line[length - 1] != '\n')
        return status_fail(status, STATUS_BAD_DATA,
                           "%s:%ld: the last line is torn; resuming the run repairs it", path,
                           number);
    if (!(found >= 0))
        return status_fail(status, STATUS_BAD_DATA,
                           "%s:%ld: expected a JSON object with the number outer_step", path,
                           number);
    if (found < *last)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s:%ld: expected outer step %.0f or later, found %.0f", path, number,
                           *last, found);
    *last = found;
    return true;
}

static bool verify_json_lines(const char *path, char told[TOLD], Status *status) {
    FILE *stream = fopen(path, "re");
    if (!stream)
        return status_fail(status, STATUS_BAD_DATA, "%s: cannot be opened: %s", path,
                           strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    long count = 0;
    double last = 0;
    bool good = true;
    for (ssize_t length; good && (length = getline(&line, &capacity, stream)) > 0;)
        good = verify_line(path, ++count, line, (size_t)length, &last, status);
    free(line);
    fclose(stream);
    snprintf(told, TOLD, "metrics: %ld lines up to outer step %.0f", count, last);
    return good;
}

static bool verify_status(const char *path, char told[TOLD], Status *status) {
    RunStatus run;
    char shown[SHOWN_TEXT];
    if (!run_status_read(&run, path, status))
        return false;
    if (run.pid <= 0 || !*run.state)
        return status_fail(status, STATUS_BAD_DATA, "%s: expected a JSON object with pid and state",
                           path);
    snprintf(told, TOLD, "status of a run: %s, process %ld", shown_text(run.state, shown), run.pid);
    return true;
}

static bool verify_rule(const char *path, char told[TOLD], Status *status) {
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
    if (kind && strcmp(kind, "checkpoint") == 0 && !outer_step)
        return status_fail(status, STATUS_BAD_DATA, "%s: a checkpoint without outer_step",
                           safetensors_path(file));
    char shown[SHOWN_TEXT];
    char shown_step[SHOWN_TEXT];
    snprintf(told, TOLD, "%s: %zu tensors, %llu values, %llu not finite%s%s",
             kind ? shown_text(kind, shown) : "safetensors", safetensors_count(file),
             (unsigned long long)values, (unsigned long long)non_finite,
             outer_step ? ", outer step " : "",
             outer_step ? shown_text(outer_step, shown_step) : "");
    return true;
}

static bool verify_safetensors(const char *path, char told[TOLD], Status *status) {
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

static bool verify_idx(const char *path, char told[TOLD], Status *status) {
    Dataset dataset;
    if (!idx_read(&dataset, "images", path, NULL, status))
        return false;
    snprintf(told, TOLD, "IDX: %d examples of %d x %d, %d channel%s", dataset.count, dataset.height,
             dataset.width, dataset.channels, dataset.channels == 1 ? "" : "s");
    dataset_clear(&dataset);
    return true;
}

static bool verify_png(const char *path, char told[TOLD], Status *status) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, path))
        return status_fail(status, STATUS_BAD_DATA, "%s: %s", path, image.message);
    const unsigned width = image.width;
    const unsigned height = image.height;
    image.format = PNG_FORMAT_RGB;
    // A header may claim any size; ours are at most 16,384 pixels either way.
    const bool small = width <= 16384 && height <= 16384;
    png_bytep pixels = small ? malloc(PNG_IMAGE_SIZE(image)) : NULL;
    const bool good = pixels && png_image_finish_read(&image, NULL, pixels, 0, NULL);
    if (!good)
        status_fail(status, STATUS_BAD_DATA, "%s: %s", path,
                    small ? image.message : "expected at most 16384 x 16384 pixels");
    png_image_free(&image);
    free(pixels);
    snprintf(told, TOLD, "picture: %u x %u pixels", width, height);
    return good;
}

static bool starts_with(const unsigned char *start, size_t length, const char *bytes,
                        size_t count) {
    return length >= count && memcmp(start, bytes, count) == 0;
}

static Verifier *choose(const unsigned char *start, size_t length) {
    if (starts_with(start, length, "\x89PNG", 4))
        return verify_png;
    if (starts_with(start, length, "\x1f\x8b", 2) || starts_with(start, length, "\0\0", 2))
        return verify_idx;
    if (starts_with(start, length, "{\"pid\"", 6))
        return verify_status;
    if (length >= 1 && start[0] == '{')
        return verify_json_lines;
    if (length >= 1 && strchr(";#[\n", start[0]))
        return verify_settings;
    return verify_safetensors;
}

static bool verify_file(const char *path, char told[TOLD], Status *status) {
    unsigned char start[16];
    FILE *stream = fopen(path, "re");
    if (!stream)
        return status_fail(status, STATUS_BAD_DATA, "%s: cannot be opened: %s", path,
                           strerror(errno));
    const size_t length = fread(start, 1, sizeof start, stream);
    fclose(stream);
    return choose(start, length)(path, told, status);
}

// One file of a run; a missing one is an error only if it is required.
static bool verify_part(const RunDirectory *run, const char *name, Verifier *verifier,
                        bool required, Status *status) {
    char path[PATH_MAX];
    char told[TOLD] = "";
    struct stat information;
    if (!run_directory_file(run, name, path, status))
        return false;
    if (!required && stat(path, &information) != 0 && errno == ENOENT)
        return true;
    if (!verifier(path, told, status))
        return false;
    printf("%s: %s\n", path, told);
    return true;
}

// The files of a folder that are named by outer steps; the newest step, 0 if there is none.
static bool verify_parts(const RunDirectory *run, const char *folder, Verifier *verifier,
                         int *count, long *newest, Status *status) {
    long outer_steps[STEP_FILES_LISTED];
    *count = step_files_list(run, folder, outer_steps);
    *newest = *count ? outer_steps[0] : 0;
    for (int i = 0; i < *count; i++) {
        char place[STEP_FILE_PLACE];
        step_file_place(folder, outer_steps[i], place);
        if (!verify_part(run, place, verifier, true, status))
            return false;
    }
    return true;
}

static bool verify_run(const char *path, char told[TOLD], Status *status) {
    RunDirectory run;
    if (!run_directory_look(&run, path, status) ||
        !verify_part(&run, "config.ini", verify_settings, true, status) ||
        !verify_part(&run, "status.json", verify_status, false, status) ||
        !verify_part(&run, "metrics.jsonl", verify_json_lines, false, status) ||
        !verify_part(&run, "rule.safetensors", verify_rule, false, status))
        return false;
    int rules, count;
    long newest;
    if (!verify_parts(&run, "rules", verify_rule, &rules, &newest, status) ||
        !verify_parts(&run, "checkpoints", verify_safetensors, &count, &newest, status))
        return false;
    snprintf(told, TOLD, "run: %d checkpoint%s, newest of outer step %ld", count,
             count == 1 ? "" : "s", newest);
    return true;
}

int command_verify(const Options *options) {
    Status status;
    char told[TOLD] = "";
    struct stat information;
    status_clear(&status);
    const char *path = options->operand;
    if (stat(path, &information) != 0) {
        status_fail(&status, STATUS_BAD_DATA, "%s: cannot be read: %s", path, strerror(errno));
        return report_error(&status);
    }
    Verifier *verifier = S_ISDIR(information.st_mode) ? verify_run : verify_file;
    if (!verifier(path, told, &status))
        return report_error(&status);
    printf("%s: %s\n", path, told);
    return STATUS_OK;
}
