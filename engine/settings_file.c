// Settings in files: INI text read through inih, presets embedded in the program, and writing.
#include "engine/settings.h"

#include "engine/assets.h"
#include "engine/files/shown_text.h"
#include "engine/number.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Bytes that inih gives a line, with the NUL; and how many settings there may be.
enum { LINE = 200, ENTRIES = 128 };

// ---- reading ----
//
// inih is lenient: it cuts long lines, takes an indented line for more of the value before, ignores
// what follows a [section], and goes on after an error.  So it gets only lines that were looked at,
// and only those indented that go on a value whose line ended in a backslash.

static const char byte_order_mark[] = "\xef\xbb\xbf"; // as some editors begin a file

typedef struct {
    Settings settings; // being read; the caller's change only if all went well
    const char *name;
    const char *text; // what is left of the file
    size_t size;
    int line;
    char value[SETTINGS_TEXT + LINE]; // as far as it was read
    size_t value_length;
    bool goes_on; // in the next line
    bool seen[ENTRIES];
    Status *status;
    bool failed;
} Reading;

static bool reading_fail(Reading *reading, const char *expected, const char *found) {
    char shown[SHOWN_TEXT];
    reading->failed = true;
    return status_fail(reading->status, STATUS_BAD_DATA, "%.500s:%d: expected %s, found '%s'",
                       reading->name, reading->line, expected, shown_text(found, shown));
}

// Where the line's value separator or its section's end stands, not counting comments; or NULL.
static const char *find_mark(const char *line, const char *marks) {
    bool after_space = false;
    for (; *line && !(after_space && *line == ';'); line++) {
        if (strchr(marks, *line))
            return line;
        after_space = isspace((unsigned char)*line);
    }
    return NULL;
}

static bool is_line_good(Reading *reading, const char *line) {
    if (strncmp(line, byte_order_mark, strlen(byte_order_mark)) == 0)
        return reading_fail(reading, "no second byte order mark", line); // inih skips one, too
    if (*line == '\0' || *line == ';' || *line == '#')
        return true;
    if (*line != '[')
        return find_mark(line, "=:") ||
               reading_fail(reading, "[section], key = value or a comment", line);
    const char *end = find_mark(line, "]");
    if (!end)
        return reading_fail(reading, "']' at the end of a section's name", line);
    end += 1 + strspn(end + 1, " \t\r\n");
    return *end == '\0' || *end == ';' || reading_fail(reading, "nothing after [section]", line);
}

// Makes of a line that goes on a value what inih takes as such.
static bool indent(Reading *reading, char line[LINE]) {
    const size_t length = strlen(line);
    if (*line == '\0' || *line == ';' || *line == '#')
        return reading_fail(reading, "more of the value after '\\'", line);
    if (length + 1 >= LINE)
        return reading_fail(reading, "lines of less than 199 bytes after '\\'", line);
    memmove(line + 1, line, length + 1);
    *line = ' ';
    for (char *at = line + 2; *at; at++) // inih leaves comments in such lines
        if (*at == ';' && isspace((unsigned char)at[-1])) {
            *at = '\0';
            break;
        }
    return true;
}

// Takes the next line of the file, without spaces around; false at the end and after an error.
static bool take_line(Reading *reading, char line[LINE]) {
    if (reading->size == 0 || reading->failed)
        return false;
    const char *text = reading->text, *end = memchr(text, '\n', reading->size);
    size_t length = end ? (size_t)(end - text) + 1 : reading->size;
    reading->line++;
    reading->text += length;
    reading->size -= length;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    for (; length > 0 && isspace((unsigned char)*text); length--)
        text++;
    if (memchr(text, '\0', length))
        return reading_fail(reading, "text", "a byte 0");
    snprintf(line, LINE, "%.*s", (int)(length < LINE ? length : LINE - 1), text);
    if (length >= LINE)
        return reading_fail(reading, "lines of less than 200 bytes", line);
    return reading->goes_on ? indent(reading, line) : is_line_good(reading, line);
}

// fgets over the text, for inih.
static char *next_line(char *line, int size, void *stream) {
    char text[LINE];
    if (!take_line(stream, text))
        return NULL;
    snprintf(line, (size_t)size, "%s", text);
    return line;
}

// True the first time that a file gives this setting.
static bool is_first(Reading *reading, const SettingEntry *entry) {
    size_t count;
    const ptrdiff_t index = entry - settings_table(&count);
    assert(count <= ENTRIES);
    const bool first = !reading->seen[index];
    reading->seen[index] = true;
    return first;
}

// Whether the value is complete with this piece of it.
static bool take_piece(Reading *reading, const char *piece) {
    size_t length = strlen(piece);
    reading->goes_on = length > 0 && piece[length - 1] == '\\';
    length -= reading->goes_on;
    if (reading->value_length + length >= sizeof reading->value) {
        reading_fail(reading, "a shorter value", piece);
        return false;
    }
    memcpy(reading->value + reading->value_length, piece, length);
    reading->value_length += length;
    reading->value[reading->value_length] = '\0';
    return !reading->goes_on;
}

static int take_value(void *user, const char *section, const char *key, const char *piece) {
    Reading *reading = user;
    const SettingEntry *entry = settings_find(section, key);
    if (entry && !take_piece(reading, piece))
        return !reading->failed;
    const char *value = entry ? reading->value : piece;
    reading->value_length = 0;
    char origin[520];
    snprintf(origin, sizeof origin, "%.500s:%d", reading->name, reading->line);
    if (entry && !is_first(reading, entry))
        status_fail(reading->status, STATUS_BAD_DATA, "%s: %s.%s is given a second time", origin,
                    section, key);
    else if (settings_set(&reading->settings, section, key, value, origin, reading->status))
        return 1;
    reading->status->code = STATUS_BAD_DATA;
    reading->failed = true;
    return 0;
}

bool settings_read_text(Settings *settings, const char *name, const char *text, size_t size,
                        Status *status) {
    Reading reading = {
        .settings = *settings, .name = name, .text = text, .size = size, .status = status};
    const size_t mark = strlen(byte_order_mark);
    if (size >= mark && memcmp(text, byte_order_mark, mark) == 0) {
        reading.text += mark;
        reading.size -= mark;
    }
    const int wrong = ini_parse_stream(next_line, &reading, take_value, &reading);
    if (!reading.failed && reading.goes_on)
        reading_fail(&reading, "more of the value after '\\'", "");
    if (!reading.failed && wrong != 0)
        return status_fail(status, STATUS_FAILURE, "%.500s: inih refuses line %d", name, wrong);
    if (reading.failed)
        return false;
    *settings = reading.settings;
    return true;
}

bool settings_read(Settings *settings, const char *path, Status *status) {
    enum { MOST = 1 << 20 };
    FILE *stream = fopen(path, "rbe");
    if (!stream)
        return status_fail(status, STATUS_BAD_DATA, "%.500s: %s", path, strerror(errno));
    char *text = malloc(MOST);
    const size_t size = text ? fread(text, 1, MOST, stream) : 0;
    bool done = false;
    if (!text)
        status_fail(status, STATUS_FAILURE, "%.500s: no memory to read it", path);
    else if (ferror(stream))
        status_fail(status, STATUS_BAD_DATA, "%.500s: %s", path, strerror(errno));
    else if (size == MOST)
        status_fail(status, STATUS_BAD_DATA,
                    "%.500s: expected settings of less than 1 MiB, found more", path);
    else
        done = settings_read_text(settings, path, text, size, status);
    free(text);
    fclose(stream);
    return done;
}

static bool read_one_preset(Settings *settings, const char *name, Status *status) {
    const size_t length = strlen(name);
    if (strchr(name, '/') || (length > 4 && strcmp(name + length - 4, ".ini") == 0))
        return settings_read(settings, name, status);
    char asset_name[96];
    snprintf(asset_name, sizeof asset_name, "presets/%.60s.ini", name);
    const EmbeddedAsset *asset = asset_find(asset_name);
    if (asset)
        return settings_read_text(settings, asset_name, (const char *)asset->start, asset->size,
                                  status);
    char known[512] = "";
    for (size_t i = 0; i < embedded_asset_count; i++) {
        const char *each = embedded_assets[i].name;
        const size_t used = strlen(known), size = strlen(each);
        if (size > 12 && strncmp(each, "presets/", 8) == 0)
            snprintf(known + used, sizeof known - used, "%s%.*s", used ? ", " : "", (int)size - 12,
                     each + 8);
    }
    char shown[SHOWN_TEXT];
    return status_fail(status, STATUS_USAGE, "there is no preset '%s'; there are: %s",
                       shown_text(name, shown), known);
}

bool settings_read_preset(Settings *settings, const char *names, Status *status) {
    Settings all = *settings;
    for (const char *next = names; next;) {
        char name[PATH_MAX];
        const size_t length = strcspn(next, ",");
        if (length >= sizeof name)
            return status_fail(status, STATUS_USAGE,
                               "preset: expected a path of less than %d bytes", PATH_MAX);
        snprintf(name, sizeof name, "%.*s", (int)length, next);
        if (!read_one_preset(&all, name, status))
            return false;
        next = next[length] ? next + length + 1 : NULL;
    }
    *settings = all;
    return true;
}

// ---- writing ----

static bool write_entry(FILE *stream, const Settings *settings, const SettingEntry *entry) {
    char text[SETTINGS_TEXT];
    const char *value = settings_value(settings, entry, text);
    fprintf(stream, "; %s%s%s%s\n%s = ", entry->help, *entry->unit ? " (" : "", entry->unit,
            *entry->unit ? ")" : "", entry->key);
    for (size_t piece = settings_piece(value); value[piece]; piece = settings_piece(value)) {
        assert(piece > 0);
        fprintf(stream, "%.*s\\\n    ", (int)piece, value);
        value += piece;
    }
    fprintf(stream, "%s\n", value);
    return !ferror(stream);
}

bool settings_write(const Settings *settings, FILE *stream) {
    bool done = true;
    size_t count;
    const SettingEntry *table = settings_table(&count);
    const char *section = "";
    for (size_t i = 0; done && i < count; i++) {
        if (strcmp(section, table[i].section) != 0)
            fprintf(stream, "%s[%s]\n", i > 0 ? "\n" : "", table[i].section);
        section = table[i].section;
        done = write_entry(stream, settings, &table[i]);
    }
    return done && fflush(stream) == 0;
}
