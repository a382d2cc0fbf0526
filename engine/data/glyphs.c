#include "engine/data/glyphs.h"

#include <limits.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// No atlas of ours is larger; these bound what a damaged one can make us allocate (256 MiB).
enum { MOST_CELL = 64, MOST_CLASSES = 4096, MOST_FACES = 1024, MOST_PIXELS = 1 << 28 };

typedef struct {
    int cell, classes, faces;
    bool *class_held_out;   // [classes]
    bool *face_held_out;    // [faces]
    bool *missing;          // [classes, faces]
    DatasetClassName *name; // [classes] "U+0042 LATIN CAPITAL LETTER B"
} Plan;

static void plan_clear(Plan *plan) {
    free(plan->class_held_out);
    free(plan->face_held_out);
    free(plan->missing);
    free(plan->name);
    memset(plan, 0, sizeof *plan);
}

static bool plan_allocate(Plan *plan, Status *status) {
    plan->class_held_out = calloc((size_t)plan->classes, sizeof(bool));
    plan->face_held_out = calloc((size_t)plan->faces, sizeof(bool));
    plan->missing = calloc((size_t)plan->classes * (size_t)plan->faces, sizeof(bool));
    plan->name = calloc((size_t)plan->classes, sizeof *plan->name);
    if (plan->class_held_out && plan->face_held_out && plan->missing && plan->name)
        return true;
    status_fail(status, STATUS_FAILURE, "glyph atlas: no memory for a plan of %d x %d cells",
                plan->classes, plan->faces);
    return false;
}

// --- The text ----------------------------------------------------------------------------------

typedef struct {
    char *line; // rest of the line that is read; NULL after the last
    char *next; // the lines after it
    int number; // of the line, from 1
} Reader;

static void reader_next_line(Reader *reader) {
    reader->line = reader->next && *reader->next ? strsep(&reader->next, "\n") : NULL;
    reader->number++;
}

// The next word of the line; "" at its end.
static const char *reader_word(Reader *reader) {
    const char *word = "";
    while (reader->line && !*word)
        word = strsep(&reader->line, " ");
    return word;
}

static bool reader_expect(Reader *reader, const char *expected, Status *status) {
    const char *word = reader_word(reader);
    if (strcmp(word, expected) == 0)
        return true;
    status_fail(status, STATUS_BAD_DATA,
                "glyph atlas, line %d of the text: expected '%s', found '%.40s'", reader->number,
                expected, word);
    return false;
}

static bool parse_number(const Reader *reader, const char *word, int low, int high, int *number,
                         Status *status) {
    char *end;
    const long value = strtol(word, &end, 10);
    *number = (int)value;
    if (end != word && !*end && value >= low && value <= high)
        return true;
    status_fail(status, STATUS_BAD_DATA,
                "glyph atlas, line %d of the text: expected a number from %d to %d, found '%.40s'",
                reader->number, low, high, word);
    return false;
}

static bool read_size(Reader *reader, const char *what, int high, int *size, Status *status) {
    return reader_expect(reader, what, status) &&
           parse_number(reader, reader_word(reader), 1, high, size, status);
}

static bool read_part(Reader *reader, bool *held_out, Status *status) {
    const char *word = reader_word(reader);
    *held_out = strcmp(word, "held-out") == 0;
    if (*held_out || strcmp(word, "training") == 0)
        return true;
    status_fail(
        status, STATUS_BAD_DATA,
        "glyph atlas, line %d of the text: expected 'training' or 'held-out', found '%.40s'",
        reader->number, word);
    return false;
}

static bool read_missing(Reader *reader, Plan *plan, int class, Status *status) {
    for (const char *word; *(word = reader_word(reader));) {
        int face = 0;
        if (!parse_number(reader, word, 0, plan->faces - 1, &face, status))
            return false;
        plan->missing[class * plan->faces + face] = true;
    }
    return true;
}

// The names that follow on each line are for people; those of classes are kept.
static bool read_lines(Reader *reader, Plan *plan, Status *status) {
    for (int face = 0; face < plan->faces; face++) {
        reader_next_line(reader);
        if (!reader_expect(reader, "face", status) ||
            !read_part(reader, &plan->face_held_out[face], status))
            return false;
    }
    reader_next_line(reader);
    for (int class = 0; class < plan->classes; class ++) {
        if (!reader_expect(reader, "class", status) ||
            !read_part(reader, &plan->class_held_out[class], status))
            return false;
        snprintf(plan->name[class], sizeof *plan->name, "%s", reader->line ? reader->line : "");
        reader_next_line(reader);
        if (reader->line && strncmp(reader->line, "missing ", 8) == 0) {
            reader_word(reader);
            if (!read_missing(reader, plan, class, status))
                return false;
            reader_next_line(reader);
        }
    }
    if (!reader->line)
        return true;
    status_fail(
        status, STATUS_BAD_DATA,
        "glyph atlas, line %d of the text: expected the end after %d classes, found '%.40s'",
        reader->number, plan->classes, reader->line);
    return false;
}

static bool plan_read(Plan *plan, char *text, Status *status) {
    Reader reader = {.next = text};
    int version;
    reader_next_line(&reader);
    return read_size(&reader, "glyphs", 1, &version, status) &&
           read_size(&reader, "cell", MOST_CELL, &plan->cell, status) &&
           read_size(&reader, "classes", MOST_CLASSES, &plan->classes, status) &&
           read_size(&reader, "faces", MOST_FACES, &plan->faces, status) &&
           plan_allocate(plan, status) && read_lines(&reader, plan, status);
}

// plan starts zeroed; whatever happens it can be cleared.
static bool plan_parse(Plan *plan, const void *text, size_t size, Status *status) {
    char *copy = size < INT_MAX ? malloc(size + 1) : NULL;
    if (!copy) {
        status_fail(status, STATUS_FAILURE, "glyph atlas: no memory for a text of %zu bytes", size);
        return false;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    const bool done = plan_read(plan, copy, status);
    free(copy);
    return done;
}

// --- The picture -------------------------------------------------------------------------------

// Pixels [classes * cell, faces * cell] for the caller to free, or NULL.
static uint8_t *picture_decode(const Plan *plan, const void *png, size_t size, Status *status) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, png, size)) {
        status_fail(status, STATUS_BAD_DATA,
                    "glyph atlas: expected a PNG picture of %zu bytes, found: %s", size,
                    image.message);
        return NULL;
    }
    const size_t width = (size_t)plan->faces * (size_t)plan->cell;
    const size_t height = (size_t)plan->classes * (size_t)plan->cell;
    uint8_t *pixels = NULL;
    if (image.width != width || image.height != height || image.format != PNG_FORMAT_GRAY ||
        width * height > MOST_PIXELS)
        status_fail(status, STATUS_BAD_DATA,
                    "glyph atlas: expected a picture of %zu x %zu pixels in 8-bit grey, found %u x "
                    "%u in libpng's format %#x",
                    width, height, image.width, image.height, image.format);
    else if (!(pixels = malloc(width * height)))
        status_fail(status, STATUS_FAILURE, "glyph atlas: no memory for %zu pixels",
                    width * height);
    else if (png_image_finish_read(&image, NULL, pixels, 0, NULL))
        return pixels;
    else
        status_fail(status, STATUS_BAD_DATA, "glyph atlas: the picture cannot be decoded: %s",
                    image.message);
    png_image_free(&image);
    free(pixels);
    return NULL;
}

// --- The data set ------------------------------------------------------------------------------

static bool cell_wanted(const Plan *plan, GlyphsPart part, int class, int face) {
    const bool held_out = part == GLYPHS_HELD_OUT;
    return plan->class_held_out[class] == held_out && plan->face_held_out[face] == held_out &&
           !plan->missing[class * plan->faces + face];
}

static int cells_wanted(const Plan *plan, GlyphsPart part, int class) {
    int count = 0;
    for (int face = 0; face < plan->faces; face++)
        count += cell_wanted(plan, part, class, face);
    return count;
}

static void copy_cell(uint8_t *to, const uint8_t *pixels, const Plan *plan, int class, int face) {
    const size_t cell = (size_t)plan->cell, stride = cell * (size_t)plan->faces;
    const uint8_t *from = pixels + (size_t) class * cell * stride + (size_t)face * cell;
    for (size_t row = 0; row < cell; row++)
        memcpy(to + row * cell, from + row * stride, cell);
}

// Whether the class has an example in this part; such classes get the labels 0, 1, 2 ...
static bool class_wanted(const Plan *plan, GlyphsPart part, int class) {
    return cells_wanted(plan, part, class) > 0;
}

static bool name_classes(Dataset *dataset, const Plan *plan, GlyphsPart part, Status *status) {
    int label = 0;
    if (!dataset_name_classes(dataset, status))
        return false;
    for (int class = 0; class < plan->classes; class ++)
        if (class_wanted(plan, part, class))
            memcpy(dataset->class_names[label++], plan->name[class], sizeof *plan->name);
    return true;
}

static bool collect(Dataset *dataset, const Plan *plan, GlyphsPart part, const uint8_t *pixels,
                    Status *status) {
    const char *name = part == GLYPHS_HELD_OUT ? "held-out glyphs" : "glyphs";
    int count = 0, label = 0, example = 0;
    for (int class = 0; class < plan->classes; class ++)
        count += cells_wanted(plan, part, class);
    if (count == 0)
        return status_fail(status, STATUS_BAD_DATA,
                           "glyph atlas: expected examples for %s, found none", name);
    if (!dataset_init(dataset, name, count, plan->cell, plan->cell, 1, status))
        return false;
    for (int class = 0; class < plan->classes; class ++) {
        for (int face = 0; face < plan->faces; face++) {
            if (!cell_wanted(plan, part, class, face))
                continue;
            copy_cell(dataset->pixels + (size_t)example * (size_t)plan->cell * (size_t)plan->cell,
                      pixels, plan, class, face);
            dataset->labels[example++] = label;
        }
        label += class_wanted(plan, part, class);
    }
    if (dataset_index(dataset, label, status) && name_classes(dataset, plan, part, status))
        return true;
    dataset_clear(dataset);
    return false;
}

bool glyphs_init(Dataset *dataset, GlyphsPart part, const void *png, size_t png_size,
                 const void *text, size_t text_size, Status *status) {
    Plan plan = {0};
    uint8_t *pixels = NULL;
    if (plan_parse(&plan, text, text_size, status))
        pixels = picture_decode(&plan, png, png_size, status);
    const bool done = pixels && collect(dataset, &plan, part, pixels, status);
    free(pixels);
    plan_clear(&plan);
    return done;
}
