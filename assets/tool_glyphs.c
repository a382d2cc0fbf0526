// Makes the glyph atlas: every character class (rows) in every face (columns), one cell each.
//
//     build/release/tools/tool_glyphs assets/GLYPHS.md assets/glyphs.png assets/glyphs.txt
//     build/release/tools/tool_glyphs --similar assets/GLYPHS.md      lists the classes that look
//     most alike
//
// The fonts are the rows of the table in GLYPHS.md, so that the list beside the atlas is the list
// it was made from.  Names of the characters come from Debian's unicode-data.  Needed only to make
// the atlas anew; the program embeds its two results.  Format of the text: engine/data/glyphs.h.
//
// A cell is white on black, 8-bit grey in 16 levels (which halve the PNG and are not seen at this
// size).  A face is scaled so that its H is CAPITAL pixels tall and stands on BASELINE; glyphs keep
// that scale and baseline and are centred across.  One that would leave the margin is moved inside,
// and one that is too large for the cell is shrunk.  Coverage is exact (stb_truetype), so nothing
// is oversampled.
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#include <stb/stb_truetype.h>
#pragma GCC diagnostic pop

enum {
    CELL = 20,    // pixels
    MARGIN = 1,   // kept black on each side
    CAPITAL = 13, // height of an H
    MOST_CLASSES = 512,
    MOST_FACES = 256,
    ENOUGH_FACES = 75, // percent of the faces that a class must have
    NAME = 96,
    LINE = 1024,
};

static const double BASELINE = 15.5; // pixels below the top of the cell

// Of characters that look the same (Latin A, Greek Alpha, Cyrillic A) only the first is here; the
// list made by --similar was the judge.
static const char *const CHARACTERS[] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "ÄÅÇÉÑÖØÜßäåæçéïñöøüþðÆŒœŁłÞ",
    "ΓΔΘΛΞΠΣΦΨΩ",
    "αβγδεζηθικλμξπρςστυφχψω",
    "БДЖЗИЙЛУЦЧШЩЪЫЬЭЮЯЄЂЋЉЊЏҐ",
    "бвгджзилмнтфцчшщъыьэюяєђљњџґ",
    "¢£¥€¤ƒ",
    "±×÷¬∞∂∏√∫≈≠≤≥◊·",
    "§¶©®°«»‹›…„“”†‡•–—¿¡™‰ªº¹²³¼½¾",
};

typedef struct {
    uint32_t code;
    char name[NAME];
    bool held_out;
    bool kept;
} Class;

typedef struct {
    char lineage[NAME]; // designs that descend from one another; the split keeps them together
    char file[LINE];
    char name[NAME];
    bool held_out;
} Face;

typedef struct {
    Class classes[MOST_CLASSES];
    int class_count;
    Face faces[MOST_FACES];
    int face_count;
    uint8_t cells[MOST_CLASSES][MOST_FACES][CELL][CELL];
    bool present[MOST_CLASSES][MOST_FACES];
} Atlas;

static void fail(const char *what, const char *which) {
    fprintf(stderr, "tool_glyphs: %s: %s\n", what, which);
    exit(1);
}

// About one name in five is held out, whatever else is in the lists (FNV-1a, upper half).  The 9 is
// the seed of the split; it gives serif, sans, mono and slab designs to both sides.
static bool is_held_out(const char *kind, const char *name) {
    char text[2 * NAME];
    snprintf(text, sizeof text, "rulesmith 9 %s %s", kind, name);
    uint32_t hash = 2166136261u;
    for (const char *c = text; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    return (hash >> 16) % 5 == 0;
}

static uint32_t next_code(const char **text) {
    const uint8_t *byte = (const uint8_t *)*text;
    const int extra = byte[0] < 0x80 ? 0 : byte[0] < 0xe0 ? 1 : 2;
    uint32_t code = extra == 0 ? byte[0] : extra == 1 ? byte[0] & 0x1fu : byte[0] & 0x0fu;
    for (int i = 1; i <= extra; i++)
        code = code << 6 | (byte[i] & 0x3fu);
    *text += extra + 1;
    return code;
}

static void list_classes(Atlas *atlas) {
    for (size_t i = 0; i < sizeof CHARACTERS / sizeof *CHARACTERS; i++) {
        for (const char *text = CHARACTERS[i]; *text;) {
            Class *class = &atlas->classes[atlas->class_count++];
            class->code = next_code(&text);
            class->kept = true;
            char code[16];
            snprintf(code, sizeof code, "U+%04X", class->code);
            class->held_out = is_held_out("class", code);
        }
    }
}

static void name_classes(Atlas *atlas, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file)
        fail("cannot open (Debian package unicode-data)", path);
    char line[LINE];
    while (fgets(line, sizeof line, file)) {
        char *end;
        const unsigned long code = strtoul(line, &end, 16);
        for (int i = 0; i < atlas->class_count; i++)
            if (atlas->classes[i].code == code)
                snprintf(atlas->classes[i].name, NAME, "%.*s", (int)strcspn(end + 1, ";"), end + 1);
    }
    fclose(file);
    for (int i = 0; i < atlas->class_count; i++)
        if (!atlas->classes[i].name[0])
            fail("a character has no name in", path);
}

// "/.../DejaVuSans-Bold.ttf" -> "DejaVuSans-Bold"
static void name_face(Face *face) {
    const char *base = strrchr(face->file, '/') + 1;
    const char *dot = strrchr(base, '.');
    snprintf(face->name, NAME, "%.*s", (int)(dot - base), base);
}

// Rows "| lineage | package | version | /file | licence |".
static void list_faces(Atlas *atlas, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file)
        fail("cannot open", path);
    char line[LINE];
    while (fgets(line, sizeof line, file)) {
        Face face = {0};
        if (sscanf(line, "| %95[^ |] | %*[^|] | %*[^|] | /%1000[^|] |", face.lineage,
                   face.file + 1) != 2)
            continue;
        face.file[0] = '/';
        for (size_t end = strlen(face.file); end && face.file[end - 1] == ' ';)
            face.file[--end] = 0;
        name_face(&face);
        face.held_out = is_held_out("lineage", face.lineage);
        if (atlas->face_count == MOST_FACES)
            fail("too many faces in", path);
        atlas->faces[atlas->face_count++] = face;
    }
    fclose(file);
}

static uint8_t *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        fail("cannot open", path);
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc((size_t)size);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
        fail("cannot read", path);
    fclose(file);
    return bytes;
}

static double smaller(double a, double b) {
    return a < b ? a : b;
}

// Where the interval [low, high] must start to lie within the margins, if it can.
static double inside(double low, double high) {
    if (high > CELL - MARGIN)
        low -= high - (CELL - MARGIN);
    return low < MARGIN ? MARGIN : low;
}

// Draws a glyph; false if the face has none, or an empty one.
static bool draw(const stbtt_fontinfo *font, double scale, uint32_t code,
                 uint8_t cell[CELL][CELL]) {
    const int glyph = stbtt_FindGlyphIndex(font, (int)code);
    int x0, y0, x1, y1;
    if (glyph == 0 || !stbtt_GetGlyphBox(font, glyph, &x0, &y0, &x1, &y1) || x1 <= x0 || y1 <= y0)
        return false;
    const double room = CELL - 2 * MARGIN;
    scale = smaller(scale, smaller(room / (x1 - x0), room / (y1 - y0)));
    const double top = inside(BASELINE - y1 * scale, BASELINE - y0 * scale);
    const double pen_x = CELL / 2.0 - (x0 + x1) / 2.0 * scale;
    const double pen_y = top + y1 * scale;
    const int left_cell = (int)pen_x - CELL, top_cell = (int)pen_y; // pen_x may be negative
    const float shift_x = (float)(pen_x - left_cell), shift_y = (float)(pen_y - top_cell);
    int column, row, right, bottom;
    stbtt_GetGlyphBitmapBoxSubpixel(font, glyph, (float)scale, (float)scale, shift_x, shift_y,
                                    &column, &row, &right, &bottom);
    uint8_t drawing[CELL + 2][CELL + 2] = {{0}};
    if (right - column > CELL + 2 || bottom - row > CELL + 2)
        fail("glyph box larger than its outline says", "stb_truetype");
    stbtt_MakeGlyphBitmapSubpixel(font, &drawing[0][0], CELL + 2, CELL + 2, CELL + 2, (float)scale,
                                  (float)scale, shift_x, shift_y, glyph);
    int ink = 0;
    for (int i = row; i < bottom; i++) {
        for (int j = column; j < right; j++) {
            const int level = (drawing[i - row][j - column] + 8) / 17;
            const int y = i + top_cell, x = j + left_cell;
            if (level == 0)
                continue;
            if (y < 0 || y >= CELL || x < 0 || x >= CELL)
                fail("glyph leaves its cell", "layout");
            cell[y][x] = (uint8_t)(level * 17);
            ink += level;
        }
    }
    return ink > 0;
}

static void draw_faces(Atlas *atlas) {
    for (int face = 0; face < atlas->face_count; face++) {
        uint8_t *bytes = read_file(atlas->faces[face].file);
        stbtt_fontinfo font;
        if (!stbtt_InitFont(&font, bytes, stbtt_GetFontOffsetForIndex(bytes, 0)))
            fail("no font that stb_truetype reads", atlas->faces[face].file);
        int x0, y0, x1, y1;
        if (!stbtt_GetCodepointBox(&font, 'H', &x0, &y0, &x1, &y1))
            fail("no H in", atlas->faces[face].file);
        for (int class = 0; class < atlas->class_count; class ++)
            atlas->present[class][face] = draw(
                &font, (double)CAPITAL / y1, atlas->classes[class].code, atlas->cells[class][face]);
        free(bytes);
    }
}

static void drop_rare_classes(Atlas *atlas) {
    for (int class = 0; class < atlas->class_count; class ++) {
        int faces = 0;
        for (int face = 0; face < atlas->face_count; face++)
            faces += atlas->present[class][face];
        if (faces * 100 >= ENOUGH_FACES * atlas->face_count)
            continue;
        atlas->classes[class].kept = false;
        printf("dropped U+%04X %s: %d of %d faces\n", atlas->classes[class].code,
               atlas->classes[class].name, faces, atlas->face_count);
    }
}

static int kept_classes(const Atlas *atlas) {
    int kept = 0;
    for (int class = 0; class < atlas->class_count; class ++)
        kept += atlas->classes[class].kept;
    return kept;
}

static void write_image(const Atlas *atlas, const char *path) {
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    const int width = atlas->face_count * CELL, height = kept_classes(atlas) * CELL;
    uint8_t *row = malloc((size_t)width);
    if (!file || !row || !info || setjmp(png_jmpbuf(png)))
        fail("cannot write", path);
    png_init_io(png, file);
    png_set_compression_level(png, 9);
    png_set_compression_mem_level(png, 9);
    png_set_filter(png, 0, PNG_FILTER_NONE);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int class = 0; class < atlas->class_count; class ++) {
        for (int y = 0; atlas->classes[class].kept && y < CELL; y++) {
            for (int face = 0; face < atlas->face_count; face++)
                memcpy(row + face * CELL, atlas->cells[class][face][y], CELL);
            png_write_row(png, row);
        }
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(row);
    if (fclose(file) != 0)
        fail("cannot write", path);
}

static const char *part(bool held_out) {
    return held_out ? "held-out" : "training";
}

static void write_text(const Atlas *atlas, const char *path) {
    FILE *file = fopen(path, "w");
    if (!file)
        fail("cannot write", path);
    fprintf(file, "glyphs 1 cell %d classes %d faces %d\n", CELL, kept_classes(atlas),
            atlas->face_count);
    for (int face = 0; face < atlas->face_count; face++)
        fprintf(file, "face %s %s %s\n", part(atlas->faces[face].held_out),
                atlas->faces[face].lineage, atlas->faces[face].name);
    for (int class = 0; class < atlas->class_count; class ++) {
        const Class *c = &atlas->classes[class];
        if (!c->kept)
            continue;
        fprintf(file, "class %s U+%04X %s\n", part(c->held_out), c->code, c->name);
        const char *word = "missing";
        for (int face = 0; face < atlas->face_count; face++) {
            if (atlas->present[class][face])
                continue;
            fprintf(file, "%s %d", word, face);
            word = "";
        }
        if (!*word)
            fprintf(file, "\n");
    }
    if (fclose(file) != 0)
        fail("cannot write", path);
}

// Mean over the common faces of |a - b| summed, as a share of the ink of both: 0 the same, 1
// disjoint.
static double difference(const Atlas *atlas, int a, int b) {
    double sum = 0;
    int faces = 0;
    for (int face = 0; face < atlas->face_count; face++) {
        if (!atlas->present[a][face] || !atlas->present[b][face])
            continue;
        const uint8_t *p = atlas->cells[a][face][0], *q = atlas->cells[b][face][0];
        int apart = 0, ink = 0;
        for (int i = 0; i < CELL * CELL; i++) {
            apart += abs(p[i] - q[i]);
            ink += p[i] + q[i];
        }
        sum += (double)apart / ink;
        faces++;
    }
    return faces ? sum / faces : 1;
}

static void list_similar(const Atlas *atlas) {
    for (int a = 0; a < atlas->class_count; a++) {
        for (int b = a + 1; b < atlas->class_count; b++) {
            const double apart = difference(atlas, a, b);
            if (apart < 0.25)
                printf("%.3f U+%04X %s | U+%04X %s\n", apart, atlas->classes[a].code,
                       atlas->classes[a].name, atlas->classes[b].code, atlas->classes[b].name);
        }
    }
}

int main(int count, char **arguments) {
    const bool similar = count == 3 && strcmp(arguments[1], "--similar") == 0;
    if (!similar && count != 4) {
        fprintf(stderr,
                "usage: tool_glyphs GLYPHS.md glyphs.png glyphs.txt | --similar GLYPHS.md\n");
        return 2;
    }
    Atlas *atlas = calloc(1, sizeof *atlas);
    if (!atlas)
        fail("no memory for", "the atlas");
    list_classes(atlas);
    name_classes(atlas, "/usr/share/unicode/UnicodeData.txt");
    list_faces(atlas, arguments[similar ? 2 : 1]);
    draw_faces(atlas);
    if (similar) {
        list_similar(atlas);
    } else {
        drop_rare_classes(atlas);
        write_image(atlas, arguments[2]);
        write_text(atlas, arguments[3]);
        printf("%d classes in %d faces\n", kept_classes(atlas), atlas->face_count);
    }
    free(atlas);
    return 0;
}
