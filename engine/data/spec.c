#include "engine/data/spec.h"

#include "engine/files/shown_text.h"
#include "engine/number.h"
#include "engine/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF_ALL "classes seed split part permute"
#define OF_IMAGES "size grey colour " OF_ALL
#define OF_WORLDS "worlds " OF_IMAGES
#define OF_PARTS "size grey colour classes part permute"
#define OF_VECTORS "normalise " OF_ALL

static const DataKind kinds[DATA_KINDS] = {
    [DATA_GLYPHS] = {"glyphs", "", 0, 0, true, OF_PARTS,
                     "characters in many faces, built in; part=train (the default) or held-out"},
    [DATA_GLYPHS_HELD_OUT] = {"glyphs-held-out", "", 0, 0, false, OF_IMAGES,
                              "other characters in other faces, the same as glyphs?part=held-out"},
    [DATA_SHAPES] = {"shapes", "", 0, 0, false, OF_WORLDS, "filled shapes, made from seed="},
    [DATA_SILHOUETTES] = {"silhouettes", "", 0, 0, false, "look " OF_WORLDS,
                          "shaded forms in families of like classes, made from seed="},
    [DATA_FASHION] = {"fashion", "", 0, 0, true, OF_PARTS,
                      "Fashion-MNIST where it is installed or in the data path"},
    [DATA_MNIST] = {"mnist", "", 0, 0, true, OF_PARTS, "MNIST in the data path"},
    [DATA_MOONS] = {"moons", "", 0, 0, true, "examples noise normalise classes seed part permute",
                    "two moons, vectors of two features, drawn anew"},
    [DATA_CIFAR_10] = {"cifar10", "[:FOLDER]", 0, 1, true, OF_PARTS,
                       "CIFAR-10 in its binary form, in FOLDER or in the data path"},
    [DATA_CIFAR_100] = {"cifar100", "[:FOLDER]", 0, 1, true, "labels " OF_PARTS,
                        "CIFAR-100 in its binary form, in FOLDER or in the data path"},
    [DATA_IDX] = {"idx", ":IMAGES[:LABELS]", 1, 2, false, "normalise " OF_IMAGES,
                  "IDX files of bytes, also compressed by gzip"},
    [DATA_NPY] = {"npy", ":FILE[:LABELS]", 1, 2, false, "normalise " OF_IMAGES,
                  "NumPy arrays: [N, F] vectors, [N, H, W] or [N, H, W, C] images"},
    [DATA_LIBSVM] = {"libsvm", ":FILE[:TEST]", 1, 2, false,
                     "words value index-base features normalise " OF_ALL,
                     "sparse vectors as text, such as bags of words; FILE decides about words and "
                     "classes"},
    [DATA_IMAGES] = {"images", ":FOLDER", 1, 1, false, "bad empty " OF_IMAGES,
                     "pictures (PNG, JPEG, BMP, GIF, PNM), one sub-folder for each class"},
};

typedef enum { TYPE_WHOLE, TYPE_REAL, TYPE_FLAG, TYPE_WORD, TYPE_TEXT } OptionType;

typedef struct {
    DataOptionHelp shown;
    OptionType type;
    size_t offset; // in DataOptions
    double low, high;
    const char *choices; // "a|b" of a TYPE_WORD
} OptionEntry;

#define FIELD(name) offsetof(DataOptions, name)
#define WHOLE(name, field, low, high, argument, help)                                              \
    { {name, argument, help}, TYPE_WHOLE, FIELD(field), low, high, NULL }
#define REAL(name, field, low, high, argument, help)                                               \
    { {name, argument, help}, TYPE_REAL, FIELD(field), low, high, NULL }
#define FLAG(name, field, help)                                                                    \
    { {name, NULL, help}, TYPE_FLAG, FIELD(field), 0, 0, NULL }
#define WORD(name, field, choices, help)                                                           \
    { {name, choices, help}, TYPE_WORD, FIELD(field), 0, 0, choices }
#define TEXT(name, field, argument, help)                                                          \
    { {name, argument, help}, TYPE_TEXT, FIELD(field), 0, 0, NULL }

static const OptionEntry options[] = {
    WHOLE("size", size, 1, 1024, "N", "bring images to N x N pixels (means of areas)"),
    FLAG("grey", grey, "make images grey"),
    FLAG("colour", colour, "give images three channels"),
    TEXT("classes", classes, "LIST", "only some classes: 0-4,7 or names"),
    WORD("part", part, "train|test|held-out", "which examples; test and held-out are the same"),
    REAL("split", split, 0.001, 0.999, "SHARE",
         "hold out so much of every class, 0.2 for a fifth; part says which side"),
    WHOLE("seed", seed, 0, INT_MAX, "N", "decides the split, and what is drawn (1)"),
    WHOLE("permute", permute, 0, 1, "0|1", "permute the inputs of every task, or never"),
    WORD("normalise", normalise, "none|range|standard",
         "values of vectors: as they are, all to 0 .. 1, every feature to mean 0 and deviation 1"),
    WHOLE("worlds", worlds, 1, 200, "N",
          "draw those of N seeds, from seed= on; a task has its classes from one of them (1)"),
    WORD("look", look, "dim|bright",
         "forms at any angle in poor light (dim), or mostly upright ones, light on black"),
    WHOLE("examples", examples, 2, 10000000, "N", "how many to draw (1000)"),
    REAL("noise", noise, 0, 1000, "X", "standard deviation of the noise (0.1)"),
    WHOLE("words", words, 1, 1 << 24, "N", "only the N features that are most frequent in FILE"),
    WORD("value", value, "tf|log-tf|binary", "values as they are, log(1 + value), or 0 and 1"),
    WHOLE("index-base", index_base, 0, 1, "0|1", "what the first index is called (1)"),
    WHOLE("features", features, 1, 1 << 24, "N", "how many there are, whatever FILE has"),
    WORD("labels", labels, "fine|coarse", "100 classes or 20"),
    WORD("bad", bad, "skip|refuse", "name and leave out a picture that cannot be decoded, or fail"),
    WORD("empty", empty, "refuse|allow", "a class without pictures is an error, or not"),
};

enum { OPTIONS = sizeof options / sizeof options[0] };

const DataKind *data_kind(DataKindId id) {
    return &kinds[id];
}

const DataOptionHelp *data_option(size_t index) {
    return index < OPTIONS ? &options[index].shown : NULL;
}

// --- Options ----

// Where an error stands: all of the SPEC.
typedef struct {
    const char *text;
    Status *status;
} Place;

static bool fail_value(const Place *place, const OptionEntry *option, const char *expected,
                       const char *value) {
    char shown[SHOWN_TEXT], whole[SHOWN_TEXT];
    return status_fail(place->status, STATUS_USAGE, "data '%s': %s: expected %s, found '%s'",
                       shown_text(place->text, whole), option->shown.name, expected,
                       shown_text(value, shown));
}

static bool fail_range(const Place *place, const OptionEntry *option, const char *kind,
                       const char *value) {
    char low[NUMBER_TEXT], high[NUMBER_TEXT], expected[128];
    snprintf(expected, sizeof expected, "%s from %s to %s", kind, number_text(option->low, low),
             number_text(option->high, high));
    return fail_value(place, option, expected, value);
}

static bool set_option(DataOptions *values, const OptionEntry *option, const char *value,
                       const Place *place) {
    void *member = (char *)values + option->offset;
    int64_t whole;
    double number;
    switch (option->type) {
    case TYPE_FLAG:
        *(bool *)member = true;
        return true;
    case TYPE_WHOLE:
        if (!number_read_whole(value, &whole) || (double)whole < option->low ||
            (double)whole > option->high)
            return fail_range(place, option, "a whole number", value);
        *(int *)member = (int)whole;
        return true;
    case TYPE_REAL:
        if (!number_read(value, &number) || number < option->low || number > option->high)
            return fail_range(place, option, "a number", value);
        *(double *)member = number;
        return true;
    case TYPE_WORD:
        if (!word_in_list(value, option->choices, '|'))
            return fail_value(place, option, option->choices, value);
        snprintf(member, DATA_OPTION_TEXT, "%s", value);
        return true;
    case TYPE_TEXT:
        if (!*value || strlen(value) >= DATA_OPTION_TEXT)
            return fail_value(place, option, "1 to 255 characters", value);
        snprintf(member, DATA_OPTION_TEXT, "%s", value);
        return true;
    }
    return false;
}

static bool fail_option(const Place *place, const DataKind *kind, const char *name) {
    char shown[SHOWN_TEXT], whole[SHOWN_TEXT];
    const char *nearest = NULL;
    for (size_t i = 0; i < OPTIONS; i++) {
        const char *known = options[i].shown.name;
        if (word_in_list(known, kind->options, ' '))
            word_nearest(name, known, &nearest);
        else if (strcmp(known, name) == 0)
            return status_fail(place->status, STATUS_USAGE,
                               "data '%s': %s has no option '%s'; it has: %s",
                               shown_text(place->text, whole), kind->name, known, kind->options);
    }
    return status_fail(
        place->status, STATUS_USAGE, "data '%s': unknown option '%s'%s%s",
        shown_text(place->text, whole), shown_text(name, shown),
        nearest ? ", the nearest is " : "; there are: ", nearest ? nearest : kind->options);
}

// "size=14" or "grey".
static bool take_option(DataSpec *spec, char *text, const Place *place) {
    const DataKind *kind = &kinds[spec->id];
    char *value = text;
    const char *name = strsep(&value, "=");
    for (size_t i = 0; i < OPTIONS; i++) {
        const OptionEntry *option = &options[i];
        if (strcmp(option->shown.name, name) != 0 || !word_in_list(name, kind->options, ' '))
            continue;
        if (!value && option->type != TYPE_FLAG)
            return fail_value(place, option, option->shown.argument, "");
        if (value && option->type == TYPE_FLAG)
            return fail_value(place, option, "no value", value);
        return set_option(&spec->options, option, value, place);
    }
    return fail_option(place, kind, name);
}

static bool check_together(const DataSpec *spec, const Place *place) {
    const DataOptions *given = &spec->options;
    char whole[SHOWN_TEXT];
    if (given->grey && given->colour)
        return status_fail(place->status, STATUS_USAGE,
                           "data '%s': grey and colour exclude each other",
                           shown_text(place->text, whole));
    const bool has_parts = kinds[spec->id].has_parts || (spec->id == DATA_LIBSVM && *spec->path[1]);
    if (has_parts && given->split > 0)
        return status_fail(place->status, STATUS_USAGE,
                           "data '%s': split is for data in one piece, and this has a test part",
                           shown_text(place->text, whole));
    if (*given->part && !has_parts && given->split == 0)
        return status_fail(place->status, STATUS_USAGE,
                           "data '%s': part=%s needs split=SHARE: %s comes in one piece",
                           shown_text(place->text, whole), given->part, kinds[spec->id].name);
    return true;
}

static bool take_options(DataSpec *spec, char *text, const Place *place) {
    while (text)
        if (!take_option(spec, strsep(&text, "&"), place))
            return false;
    return check_together(spec, place);
}

// --- Kind and paths ----

static bool take_kind(DataSpec *spec, const char *name, const Place *place) {
    char shown[SHOWN_TEXT], known[512];
    const char *nearest = NULL;
    size_t used = 0;
    for (int id = 0; id < DATA_KINDS; id++) {
        if (strcmp(kinds[id].name, name) == 0) {
            spec->id = (DataKindId)id;
            return true;
        }
        word_nearest(name, kinds[id].name, &nearest);
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", id ? ", " : "",
                                 kinds[id].name);
    }
    return status_fail(place->status, STATUS_USAGE, "unknown data '%s'%s%s",
                       shown_text(name, shown),
                       nearest ? ", the nearest is " : "; there are: ", nearest ? nearest : known);
}

static int hexadecimal(char digit) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit ? strchr(digits, digit) : NULL;
    return found ? (int)(found - digits) % 16 : -1;
}

// path <- text with %XX decoded.
static bool take_path(char *path, const char *text, const Place *place) {
    char whole[SHOWN_TEXT];
    size_t used = 0;
    for (; *text; text++) {
        char byte = *text;
        if (byte == '%') {
            const int high = hexadecimal(text[1]), low = high < 0 ? -1 : hexadecimal(text[2]);
            if (low < 0 || high * 16 + low == 0)
                return status_fail(
                    place->status, STATUS_USAGE,
                    "data '%s': expected two hexadecimal digits after '%%', which is "
                    "itself written %%25",
                    shown_text(place->text, whole));
            byte = (char)(high * 16 + low);
            text += 2;
        }
        if (used + 1 >= PATH_MAX)
            return status_fail(place->status, STATUS_USAGE, "data '%s': the path is too long",
                               shown_text(place->text, whole));
        path[used++] = byte;
    }
    path[used] = '\0';
    return true;
}

static bool take_paths(DataSpec *spec, char *text, const Place *place) {
    const DataKind *kind = &kinds[spec->id];
    char whole[SHOWN_TEXT];
    int count = 0;
    bool fits = true;
    for (char *path; fits && (path = strsep(&text, ":"));) {
        fits = *path && count < kind->most;
        if (fits && !take_path(spec->path[count++], path, place))
            return false;
    }
    if (fits && count >= kind->least)
        return true;
    return status_fail(place->status, STATUS_USAGE, "data '%s': expected %s%s%s",
                       shown_text(place->text, whole), kind->name, kind->most ? "" : " alone",
                       kind->operands);
}

// --- The whole ----

// The SPEC as it is, but of its paths only the last parts.
static void make_name(DataSpec *spec, const char *given) {
    size_t used = (size_t)snprintf(spec->name, sizeof spec->name, "%s", kinds[spec->id].name);
    for (int i = 0; i < DATA_PATHS && *spec->path[i] && used < sizeof spec->name; i++) {
        const char *slash = strrchr(spec->path[i], '/');
        const char *last = slash && slash[1] ? slash + 1 : spec->path[i];
        used += (size_t)snprintf(spec->name + used, sizeof spec->name - used, ":%s", last);
    }
    if (given && used < sizeof spec->name)
        snprintf(spec->name + used, sizeof spec->name - used, "?%s", given);
    char shown[SHOWN_TEXT];
    snprintf(spec->name, sizeof spec->name, "%s", shown_text(spec->name, shown));
}

static bool parse(DataSpec *spec, char *rest, const Place *place) {
    char *paths = strsep(&rest, "?"); // rest: the options, or NULL
    const char *mark = strchr(place->text, '?');
    const char *kind = strsep(&paths, ":");
    if (!take_kind(spec, kind, place) || !take_paths(spec, paths, place))
        return false;
    if (rest && !*rest)
        rest = NULL; // "fashion?"
    if (!take_options(spec, rest, place))
        return false;
    make_name(spec, mark && mark[1] ? mark + 1 : NULL);
    return true;
}

bool data_spec_parse(DataSpec *spec, const char *text, Status *status) {
    const Place place = {.text = text, .status = status};
    memset(spec, 0, sizeof *spec);
    spec->options = (DataOptions){
        .seed = 1, .permute = -1, .examples = 1000, .worlds = 1, .noise = 0.1, .index_base = 1};
    if (strlen(text) >= DATA_SPEC_TEXT - 1)
        return status_fail(status, STATUS_USAGE,
                           "data: expected at most %d characters, found %zu or more",
                           DATA_SPEC_TEXT - 2, strlen(text));
    char *copy = strdup(text);
    if (!copy)
        return status_fail(status, STATUS_FAILURE, "no memory to read what data are wanted");
    const bool done = parse(spec, copy, &place);
    free(copy);
    return done;
}

DataPart data_spec_part(const DataSpec *spec) {
    if (!*spec->options.part)
        return PART_UNSAID;
    return strcmp(spec->options.part, "train") == 0 ? PART_TRAIN : PART_TEST;
}

// --- Lists ----

static const DataKind *kind_at(const char *text) {
    const size_t length = strcspn(text, ",:?");
    for (int id = 0; id < DATA_KINDS; id++)
        if (strlen(kinds[id].name) == length && memcmp(kinds[id].name, text, length) == 0)
            return &kinds[id];
    return NULL;
}

// Whether the comma at `comma` of the SPEC that starts at `start` is part of it: it is in a path or
// in a list of classes, and no kind follows.
static bool belongs(const char *start, const char *comma) {
    static const char list[] = "classes=";
    const char *option = comma;
    while (option > start && option[-1] != '&' && option[-1] != '?')
        option--;
    const DataKind *kind = kind_at(start);
    const bool in_path = option == start && kind && kind->most > 0;
    const bool in_list = option > start && strncmp(option, list, sizeof list - 1) == 0;
    return (in_path || in_list) && !kind_at(comma + 1);
}

bool data_spec_next(const char **rest, char *spec, size_t size) {
    const char *start = *rest + strspn(*rest, ", ");
    const char *end = start;
    while (*end && !(*end == ',' && !belongs(start, end)))
        end++;
    *rest = end;
    size_t length = (size_t)(end - start);
    while (length > 0 && start[length - 1] == ' ')
        length--;
    snprintf(spec, size, "%.*s", (int)length, start);
    return length > 0;
}

bool data_spec_weight(char *spec, double *weight, Status *status) {
    char *colon = strrchr(spec, ':'), shown[SHOWN_TEXT];
    double number;
    *weight = 1;
    if (!colon || !number_read(colon + 1, &number))
        return true;
    if (!(number > 0))
        return status_fail(status, STATUS_USAGE, "data '%s': expected a weight above 0, found '%s'",
                           shown_text(spec, shown), colon + 1);
    *colon = '\0';
    *weight = number;
    return true;
}
