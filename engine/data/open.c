#include "engine/data/open.h"

#include "engine/assets.h"
#include "engine/data/cifar.h"
#include "engine/data/glyphs.h"
#include "engine/data/image_folder.h"
#include "engine/data/libsvm.h"
#include "engine/data/moons.h"
#include "engine/data/normalise.h"
#include "engine/data/npy.h"
#include "engine/data/selection.h"
#include "engine/data/shapes.h"
#include "engine/data/silhouettes.h"
#include "engine/files/idx.h"

#include <stdio.h>
#include <string.h>

// What an opener gets: reads it and the part to take.
typedef struct {
    const DataSpec *spec;
    const DataPlaces *places;
    DataPart part; // PART_TRAIN or PART_TEST
} Request;

// ---- one function for each kind ----

static bool read_glyphs(Dataset *dataset, GlyphsPart part, Status *status) {
    const EmbeddedAsset *png = asset_find("glyphs.png");
    const EmbeddedAsset *text = asset_find("glyphs.txt");
    if (!png || !text)
        return status_fail(status, STATUS_FAILURE, "this program was built without glyphs");
    return glyphs_init(dataset, part, png->start, png->size, text->start, text->size, status);
}

static bool open_glyphs(Dataset *dataset, const Request *request, Status *status) {
    const bool held_out = data_spec_part(request->spec) == PART_TEST;
    return read_glyphs(dataset, held_out ? GLYPHS_HELD_OUT : GLYPHS_TRAINING, status);
}

static bool open_held_out_glyphs(Dataset *dataset, const Request *request, Status *status) {
    (void)request;
    return read_glyphs(dataset, GLYPHS_HELD_OUT, status);
}

// Enough that no task is met twice in a long training, and made in about a second.
enum { DRAWN_CLASSES = 128, DRAWN_OF_CLASS = 64 };

// Of several worlds as many classes as a task needs, and families of some: tasks are many anyway.
enum { WORLD_CLASSES = 24, WORLD_OF_CLASS = 48 };

static DrawnPlan drawn_plan(const DataOptions *options) {
    const bool one = options->worlds == 1;
    return (DrawnPlan){.worlds = options->worlds,
                       .classes = one ? DRAWN_CLASSES : WORLD_CLASSES,
                       .per_class = one ? DRAWN_OF_CLASS : WORLD_OF_CLASS,
                       .seed = (uint64_t)options->seed};
}

static bool open_shapes(Dataset *dataset, const Request *request, Status *status) {
    const DrawnPlan plan = drawn_plan(&request->spec->options);
    return shapes_init(dataset, &plan, status);
}

static bool open_silhouettes(Dataset *dataset, const Request *request, Status *status) {
    const DrawnPlan plan = drawn_plan(&request->spec->options);
    const bool bright = strcmp(request->spec->options.look, "bright") == 0;
    return silhouettes_init(dataset, &plan, bright ? SILHOUETTES_BRIGHT : SILHOUETTES_DIM, status);
}

static bool find_idx(const Request *request, char *images, char *labels) {
    return idx_find(data_kind(request->spec->id)->name, request->part == PART_TEST,
                    request->places->folder, request->places->count, images, labels, PATH_MAX);
}

// "DIR, DIR": what was searched.
static void list_places(const DataPlaces *places, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < places->count && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", places->folder[i]);
}

static bool fail_nowhere(const Request *request, const char *what, Status *status) {
    char searched[600];
    list_places(request->places, searched, sizeof searched);
    return status_fail(status, STATUS_BAD_DATA,
                       "data '%s': expected %s in the data path, found none in: %s",
                       data_kind(request->spec->id)->name, what, searched);
}

static bool open_short_idx(Dataset *dataset, const Request *request, Status *status) {
    const char *name = data_kind(request->spec->id)->name;
    char images[PATH_MAX], labels[PATH_MAX];
    if (!find_idx(request, images, labels))
        return fail_nowhere(request,
                            request->part == PART_TEST
                                ? "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or .gz)"
                                : "train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz)",
                            status);
    if (!idx_read(dataset, name, images, labels, status))
        return false;
    if (idx_name_classes(dataset, name, status))
        return true;
    dataset_clear(dataset);
    return false;
}

static bool open_idx(Dataset *dataset, const Request *request, Status *status) {
    const DataSpec *spec = request->spec;
    return idx_read(dataset, spec->name, spec->path[0], *spec->path[1] ? spec->path[1] : NULL,
                    status);
}

static bool open_moons(Dataset *dataset, const Request *request, Status *status) {
    const DataOptions *options = &request->spec->options;
    return moons_init(dataset, options->examples, options->noise, (uint64_t)options->seed,
                      request->part == PART_TEST, status);
}

static CifarLabels cifar_labels(const DataSpec *spec) {
    return spec->id == DATA_CIFAR_10                     ? CIFAR_10
           : strcmp(spec->options.labels, "coarse") == 0 ? CIFAR_100_COARSE
                                                         : CIFAR_100_FINE;
}

static bool find_cifar(const Request *request, char folder[PATH_MAX]) {
    return cifar_find(cifar_labels(request->spec), request->part == PART_TEST,
                      request->places->folder, request->places->count, folder, PATH_MAX);
}

static bool open_cifar(Dataset *dataset, const Request *request, Status *status) {
    const DataSpec *spec = request->spec;
    const bool test = request->part == PART_TEST;
    const char *files = spec->id == DATA_CIFAR_10
                            ? (test ? "cifar10/test_batch.bin" : "cifar10/data_batch_1.bin")
                            : (test ? "cifar100/test.bin" : "cifar100/train.bin");
    char folder[PATH_MAX];
    if (*spec->path[0])
        snprintf(folder, sizeof folder, "%s", spec->path[0]);
    else if (!find_cifar(request, folder))
        return fail_nowhere(request, files, status);
    return cifar_read(dataset, data_kind(spec->id)->name, folder, cifar_labels(spec), test, status);
}

static bool open_npy(Dataset *dataset, const Request *request, Status *status) {
    const DataSpec *spec = request->spec;
    return npy_read(dataset, spec->name, spec->path[0], *spec->path[1] ? spec->path[1] : NULL,
                    status);
}

static bool open_libsvm(Dataset *dataset, const Request *request, Status *status) {
    const DataSpec *spec = request->spec;
    const DataOptions *given = &spec->options;
    const LibsvmOptions options = {.index_base = given->index_base,
                                   .features = given->features,
                                   .words = given->words,
                                   .value = strcmp(given->value, "log-tf") == 0   ? LIBSVM_LOG_TF
                                            : strcmp(given->value, "binary") == 0 ? LIBSVM_BINARY
                                                                                  : LIBSVM_TF};
    const bool test = *spec->path[1] && request->part == PART_TEST;
    return libsvm_read(dataset, spec->name, spec->path[0], test ? spec->path[1] : NULL, &options,
                       status);
}

static bool open_images(Dataset *dataset, const Request *request, Status *status) {
    const DataSpec *spec = request->spec;
    ImageFolderOptions options;
    image_folder_options_init(&options);
    options.size = spec->options.size;
    options.refuse_bad = strcmp(spec->options.bad, "refuse") == 0;
    options.allow_empty = strcmp(spec->options.empty, "allow") == 0;
    options.note = request->places->note;
    options.note_context = request->places->note_context;
    return image_folder_read(dataset, spec->name, spec->path[0], &options, status);
}

typedef bool Opener(Dataset *dataset, const Request *request, Status *status);

// clang-format off: one line for each kind
static Opener *const openers[DATA_KINDS] = {
    [DATA_GLYPHS] = open_glyphs,
    [DATA_GLYPHS_HELD_OUT] = open_held_out_glyphs,
    [DATA_FASHION] = open_short_idx,
    [DATA_MNIST] = open_short_idx,
    [DATA_MOONS] = open_moons,
    [DATA_CIFAR_10] = open_cifar,
    [DATA_CIFAR_100] = open_cifar,
    [DATA_IDX] = open_idx,
    [DATA_NPY] = open_npy,
    [DATA_LIBSVM] = open_libsvm,
    [DATA_IMAGES] = open_images,
    [DATA_SHAPES] = open_shapes,
    [DATA_SILHOUETTES] = open_silhouettes,
};
// clang-format on

// ---- options that all kinds have in common ----

static Normalise normalisation(const DataOptions *options) {
    return strcmp(options->normalise, "range") == 0      ? NORMALISE_RANGE
           : strcmp(options->normalise, "standard") == 0 ? NORMALISE_STANDARD
                                                         : NORMALISE_NONE;
}

static bool apply_options(Dataset *dataset, const Request *request, Status *status) {
    const DataOptions *options = &request->spec->options;
    const bool held_out = request->part == PART_TEST;
    if (options->split > 0 &&
        !dataset_split(dataset, options->split, (uint64_t)options->seed, held_out, status))
        return false;
    if (*options->classes && !dataset_keep_classes(dataset, options->classes, status))
        return false;
    if ((options->grey || options->colour) &&
        !dataset_set_channels(dataset, options->grey ? 1 : 3, status))
        return false;
    if (options->size > 0 && !dataset_resize(dataset, options->size, options->size, status))
        return false;
    if (!dataset_normalise(dataset, normalisation(options), status))
        return false;
    if (options->permute >= 0)
        dataset->permute = options->permute ? PERMUTE_ALWAYS : PERMUTE_NEVER;
    // Without options and paths the reader's own name is the better one.
    if (strcmp(request->spec->name, data_kind(request->spec->id)->name) != 0)
        memcpy(dataset->name, request->spec->name, sizeof dataset->name);
    return true;
}

static Request request_of(const DataSpec *spec, const DataPlaces *places, DataPart usual) {
    const DataPart said = data_spec_part(spec), part = said ? said : usual;
    return (Request){
        .spec = spec, .places = places, .part = part == PART_TEST ? PART_TEST : PART_TRAIN};
}

bool data_open(Dataset *dataset, const DataSpec *spec, const DataPlaces *places, DataPart usual,
               Status *status) {
    const Request request = request_of(spec, places, usual);
    memset(dataset, 0, sizeof *dataset);
    if (!openers[spec->id](dataset, &request, status))
        return false;
    if (apply_options(dataset, &request, status))
        return true;
    dataset_clear(dataset);
    return false;
}

bool data_found(const DataSpec *spec, const DataPlaces *places, DataPart usual) {
    const Request request = request_of(spec, places, usual);
    char first[PATH_MAX], second[PATH_MAX];
    switch (spec->id) {
    case DATA_FASHION:
    case DATA_MNIST:
        return find_idx(&request, first, second);
    case DATA_CIFAR_10:
    case DATA_CIFAR_100:
        return *spec->path[0] || find_cifar(&request, first);
    default:
        return true;
    }
}
