// rulesmith verify: what a file of ours is, or what is wrong with it.  Told by content, not by
// name, but for CIFAR, whose records have no beginning of their own (.bin).  Of files, PNG, gzip,
// IDX, npy, JSON, INI, safetensors and LIBSVM tell themselves apart by their first bytes, of
// folders runs, experiments, CIFAR and pictures by what lies in them.
#include "app/checkpoints.h"
#include "app/commands.h"
#include "app/run_directory.h"
#include "app/verify.h"
#include "engine/data/cifar.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text), count = strlen(end);
    return length >= count && strcmp(text + length - count, end) == 0;
}

static Verifier *choose(const char *path, const unsigned char *start, size_t length) {
    if (starts_with(start, length, "\x89PNG", 4))
        return verify_png;
    if (starts_with(start, length, "\x93NUMPY", 6))
        return verify_npy;
    // The length of a header comes before it; none is so long that the eighth byte is not 0.
    if (length >= 9 && start[7] == 0 && start[8] == '{')
        return verify_safetensors;
    if (ends_with(path, ".bin"))
        return verify_cifar;
    if (starts_with(start, length, "\x1f\x8b", 2) || starts_with(start, length, "\0\0", 2))
        return verify_idx;
    if (starts_with(start, length, "{\"pid\"", 6))
        return verify_status;
    if (length >= 1 && start[0] == '{')
        return verify_json;
    if (length >= 1 && strchr(";#[\n", start[0]))
        return verify_settings;
    if (length >= 2 && strchr("+-0123456789", start[0]) && start[1] >= ' ' && start[1] <= '~')
        return verify_libsvm;
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
    if (length == 0)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: byte 0: expected a file of a kind that is known, found the end",
                           path);
    return choose(path, start, length)(path, told, status);
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

// The table, the figure's numbers and the measurements behind them.
static bool verify_experiment(const char *path, char told[TOLD], Status *status) {
    char items[PATH_MAX], table[PATH_MAX], of_table[TOLD] = "";
    snprintf(items, sizeof items, "%.4000s/items.jsonl", path);
    snprintf(table, sizeof table, "%.4000s/table.json", path);
    if (access(table, F_OK) == 0) {
        if (!verify_json(table, of_table, status))
            return false;
        printf("%s: %s\n", table, of_table);
    }
    return verify_json_lines(items, told, status);
}

static bool holds(const char *folder, const char *name) {
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/%s", folder, name) < PATH_MAX && access(path, F_OK) == 0;
}

static bool holds_cifar(const char *folder) {
    char found[PATH_MAX];
    for (int i = 0; i < 2; i++)
        if (cifar_find(CIFAR_10, i == 1, &folder, 1, found, sizeof found) ||
            cifar_find(CIFAR_100_FINE, i == 1, &folder, 1, found, sizeof found))
            return true;
    return false;
}

static bool holds_folders(const char *folder) {
    bool found = false;
    DIR *entries = opendir(folder);
    if (!entries)
        return false;
    for (const struct dirent *entry; !found && (entry = readdir(entries));) {
        struct stat information;
        found = entry->d_name[0] != '.' &&
                fstatat(dirfd(entries), entry->d_name, &information, 0) == 0 &&
                S_ISDIR(information.st_mode);
    }
    closedir(entries);
    return found;
}

// A run that lacks its config.ini still has its checkpoints.
static bool verify_folder(const char *path, char told[TOLD], Status *status) {
    if (holds(path, "config.ini") || holds(path, "checkpoints"))
        return verify_run(path, told, status);
    if (holds(path, "items.jsonl"))
        return verify_experiment(path, told, status);
    if (holds_cifar(path))
        return verify_cifar_folder(path, told, status);
    if (holds_folders(path))
        return verify_image_folder(path, told, status);
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: expected a run (config.ini), an experiment (items.jsonl), CIFAR "
                       "(data_batch_1.bin ...) or a folder of pictures (a sub-folder for each "
                       "class), found none of them",
                       path);
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
    Verifier *verifier = S_ISDIR(information.st_mode) ? verify_folder : verify_file;
    if (!verifier(path, told, &status))
        return report_error(&status);
    printf("%s: %s\n", path, told);
    return STATUS_OK;
}
