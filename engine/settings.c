#include "engine/settings.h"

#include "engine/assets.h"

#include <errno.h>
#include <ini.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(Settings, name)
#define INT(section, key, field, low, high, fallback, unit, help)                                  \
    { section, key, SETTING_INT, FIELD(field), low, high, fallback, NULL, unit, help }
#define REAL(section, key, field, low, high, fallback, unit, help)                                 \
    { section, key, SETTING_REAL, FIELD(field), low, high, fallback, NULL, unit, help }
#define LONG(section, key, field, low, high, fallback, unit, help)                                 \
    { section, key, SETTING_INT64, FIELD(field), low, high, fallback, NULL, unit, help }
#define TEXT(section, key, field, fallback, choices, help)                                         \
    { section, key, SETTING_TEXT, FIELD(field), 0, 0, fallback, choices, "", help }

// clang-format off: one line for each setting
static const SettingEntry table[] = {
    INT("rule", "hidden", hidden, 1, 1024, "16", "channels", "H, hidden channels of ComputeH"),
    INT("rule", "error_channels", error_channels, 1, 1024, "8", "channels",
        "D, channels of the error signal"),
    INT("rule", "readout_rank", readout_rank, 1, 256, "4", "", "R, rank of the readouts"),
    INT("rule", "top_hidden", top_hidden, 1, 1024, "16", "channels",
        "T, channels of the top network"),
    INT("rule", "embedding", embedding, 1, 4096, "32", "units",
        "E, units of the base model's last layer"),

    TEXT("task", "source", source, "glyphs", "glyphs", "where the images of tasks come from"),
    INT("task", "image_size", image_size, 2, 64, "14", "pixels",
        "height and width of a task's images"),
    INT("task", "classes_min", classes_min, 2, 64, "10", "", "least classes of a task"),
    INT("task", "classes_max", classes_max, 2, 64, "14", "", "most classes of a task"),
    INT("task", "shots", shots, 1, 100, "10", "examples",
        "labelled examples for each class in each of the two batches of the meta-objective"),
    REAL("task", "augmented", augmented, 0, 1, "0.5", "",
         "share of tasks with rotation, shift and noise"),
    REAL("task", "rotation", rotation, 0, 360, "360", "degrees",
         "greatest angle of an augmented task"),
    REAL("task", "shift", shift, 0, 32, "2.5", "pixels", "greatest shift of an augmented task"),
    REAL("task", "noise", noise, 0, 1, "0.1", "of full scale",
         "greatest standard deviation of the noise of an augmented task"),
    INT("task", "permute", permute, 0, 1, "1", "", "1: every task permutes its input dimensions"),
    INT("task", "batch", batch, 2, 4096, "48", "examples",
        "B, unlabelled examples of an inner step"),
    INT("task", "hidden_layers_min", hidden_layers_min, 0, 15, "1", "",
        "least hidden layers of a base model, before the embedding"),
    INT("task", "hidden_layers_max", hidden_layers_max, 0, 15, "3", "",
        "most hidden layers of a base model"),
    INT("task", "width_min", width_min, 1, 16384, "32", "units", "narrowest hidden layer"),
    INT("task", "width_max", width_max, 1, 16384, "96", "units", "widest hidden layer"),

    REAL("inner", "rate", inner_rate, 0, 1, "0.02", "", "learning rate of an inner step"),
    INT("inner", "horizon_min", horizon_min, 1, 1000000, "15", "inner steps",
        "shortest inner loop of a task (log-uniform)"),
    INT("inner", "horizon_max", horizon_max, 1, 1000000, "50", "inner steps",
        "longest inner loop of a task"),
    INT("inner", "truncation_min", truncation_min, 1, 4096, "2", "inner steps",
        "shortest unroll (log-uniform)"),
    INT("inner", "truncation_max", truncation_max, 1, 4096, "7", "inner steps", "longest unroll"),

    INT("outer", "workers", workers, 1, 4096, "8", "",
        "unrolls whose gradients an outer step averages"),
    REAL("outer", "rate", outer_rate, 1e-12, 1, "0.001", "", "learning rate of Adam"),
    REAL("outer", "beta1", beta1, 0, 0.999999, "0.9", "", "Adam's decay of the first moment"),
    REAL("outer", "beta2", beta2, 0, 0.999999, "0.999", "", "Adam's decay of the second moment"),
    REAL("outer", "epsilon", epsilon, 1e-30, 1, "1e-08", "", "Adam's epsilon"),
    REAL("outer", "clip", clip, 1e-9, 1e9, "1", "",
         "greatest global norm of the averaged gradient"),
    INT("outer", "warmup", warmup, 0, 1000000000, "0", "outer steps",
        "linear warm-up of the learning rate"),
    REAL("outer", "decay", decay, 1e-9, 1, "1", "",
         "factor on the learning rate over every decay_steps"),
    INT("outer", "decay_steps", decay_steps, 0, 1000000000, "0", "outer steps",
        "see decay; 0: none"),
    TEXT("outer", "non_finite", non_finite, "skip", "skip|halve-lr|stop",
         "what follows a loss or gradient that is not finite"),

    INT("evaluate", "every", evaluate_every, 0, 1000000000, "20", "outer steps",
        "between evaluations on held-out data; 0: never"),
    TEXT("evaluate", "data", evaluate_data, "fashion", NULL,
         "held-out data sets, separated by commas"),
    TEXT("evaluate", "layers", evaluate_layers, "128", NULL,
         "hidden layers of the evaluated base model, separated by commas"),
    INT("evaluate", "steps", evaluate_steps, 1, 1000000, "48", "inner steps",
        "T, length of the evaluated inner loop"),
    INT("evaluate", "seeds", evaluate_seeds, 1, 1000, "4", "",
        "repetitions with their own phi_0 and data"),
    INT("evaluate", "shots", evaluate_shots, 1, 100, "10", "examples",
        "labelled examples for each class"),
    INT("evaluate", "examples", evaluate_examples, 1, 1000000, "500", "examples",
        "test examples for each seed"),

    LONG("run", "seed", seed, 0, 9007199254740992.0, "1", "", "decides everything random"),
    INT("run", "threads", threads, 0, 1024, "0", "", "worker threads; 0: one for each core"),
    LONG("run", "outer_steps", outer_steps, 0, 9007199254740992.0, "0", "outer steps",
         "where training ends; 0: when it is stopped"),
    REAL("run", "minutes", minutes, 0, 1e9, "0", "minutes",
         "training time after which it ends; 0: no limit"),
    REAL("run", "checkpoint_seconds", checkpoint_seconds, 1, 1e9, "60", "seconds",
         "between checkpoints"),
};
// clang-format on

enum { ENTRIES = sizeof table / sizeof table[0] };

const SettingEntry *settings_table(size_t *count) {
    *count = ENTRIES;
    return table;
}

static char *text_of(Settings *settings, const SettingEntry *entry) {
    return (char *)settings + entry->offset;
}

// ---- numbers as text, whatever the locale ----

// strtod reads the locale's decimal sign, a file has a point: the C locale reads it.
static bool read_real(const char *text, double *value) {
    char *end;
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!c)
        return false;
    errno = 0;
    *value = strtod_l(text, &end, c);
    freelocale(c);
    return end != text && *end == '\0' && isfinite(*value);
}

static bool read_int(const char *text, int64_t *value) {
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    *value = number;
    return end != text && *end == '\0' && errno == 0;
}

// ---- the nearest known word ----

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// Edits (insert, delete, change a letter) between two words.
static size_t distance(const char *a, const char *b) {
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1];
    const size_t m = least(strlen(a), LONGEST), n = least(strlen(b), LONGEST);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            const size_t change = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

static const SettingEntry *nearest(const char *section, const char *key) {
    const SettingEntry *best = &table[0];
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < ENTRIES; i++) {
        // A wrong section is a smaller slip than a wrong key.
        const size_t d = 2 * distance(key, table[i].key) + distance(section, table[i].section);
        if (d < best_distance) {
            best_distance = d;
            best = &table[i];
        }
    }
    return best;
}

static const SettingEntry *find(const char *section, const char *key) {
    for (size_t i = 0; i < ENTRIES; i++)
        if (strcmp(table[i].section, section) == 0 && strcmp(table[i].key, key) == 0)
            return &table[i];
    return NULL;
}

// ---- setting one value ----

static bool set_int(Settings *settings, const SettingEntry *entry, const char *value,
                    const char *origin, Status *status) {
    int64_t number;
    if (!read_int(value, &number) || (double)number < entry->low || (double)number > entry->high)
        return status_fail(status, STATUS_USAGE,
                           "%s: %s.%s: expected a whole number from %.0f to %.0f, found '%s'",
                           origin, entry->section, entry->key, entry->low, entry->high, value);
    if (entry->type == SETTING_INT64)
        memcpy(text_of(settings, entry), &number, sizeof number);
    else
        memcpy(text_of(settings, entry), &(int){(int)number}, sizeof(int));
    return true;
}

static bool set_real(Settings *settings, const SettingEntry *entry, const char *value,
                     const char *origin, Status *status) {
    double number;
    if (!read_real(value, &number) || number < entry->low || number > entry->high)
        return status_fail(status, STATUS_USAGE,
                           "%s: %s.%s: expected a number from %g to %g, found '%s'", origin,
                           entry->section, entry->key, entry->low, entry->high, value);
    memcpy(text_of(settings, entry), &number, sizeof number);
    return true;
}

// True if value is one of "a|b|c".
static bool is_choice(const char *choices, const char *value) {
    const size_t length = strlen(value);
    for (const char *word = choices; word;) {
        const char *end = strchr(word, '|');
        const size_t size = end ? (size_t)(end - word) : strlen(word);
        if (size == length && memcmp(word, value, size) == 0)
            return true;
        word = end ? end + 1 : NULL;
    }
    return false;
}

static bool set_text(Settings *settings, const SettingEntry *entry, const char *value,
                     const char *origin, Status *status) {
    if (strlen(value) >= SETTINGS_TEXT || strpbrk(value, "\r\n"))
        return status_fail(status, STATUS_USAGE,
                           "%s: %s.%s: expected one line of less than %d characters, found %zu",
                           origin, entry->section, entry->key, SETTINGS_TEXT, strlen(value));
    if (entry->choices && !is_choice(entry->choices, value))
        return status_fail(status, STATUS_USAGE, "%s: %s.%s: expected one of %s, found '%s'",
                           origin, entry->section, entry->key, entry->choices, value);
    strcpy(text_of(settings, entry), value);
    return true;
}

bool settings_set(Settings *settings, const char *section, const char *key, const char *value,
                  const char *origin, Status *status) {
    const SettingEntry *entry = find(section, key);
    if (!entry) {
        const SettingEntry *near = nearest(section, key);
        return status_fail(status, STATUS_USAGE,
                           "%s: there is no setting %.60s.%.60s; the nearest is %s.%s", origin,
                           section, key, near->section, near->key);
    }
    switch (entry->type) {
    case SETTING_INT:
    case SETTING_INT64:
        return set_int(settings, entry, value, origin, status);
    case SETTING_REAL:
        return set_real(settings, entry, value, origin, status);
    case SETTING_TEXT:
        return set_text(settings, entry, value, origin, status);
    }
    return false;
}

bool settings_assign(Settings *settings, const char *assignment, Status *status) {
    const char *dot = strchr(assignment, '.'), *equals = strchr(assignment, '=');
    char section[64], key[64];
    if (!dot || !equals || dot > equals || (size_t)(dot - assignment) >= sizeof section ||
        (size_t)(equals - dot) > sizeof key)
        return status_fail(status, STATUS_USAGE,
                           "--set: expected section.key=value, found '%.100s'", assignment);
    snprintf(section, sizeof section, "%.*s", (int)(dot - assignment), assignment);
    snprintf(key, sizeof key, "%.*s", (int)(equals - dot - 1), dot + 1);
    return settings_set(settings, section, key, equals + 1, "--set", status);
}

void settings_default(Settings *settings) {
    Status status;
    memset(settings, 0, sizeof *settings); // padding too, so that equal settings are equal bytes
    for (size_t i = 0; i < ENTRIES; i++)
        settings_set(settings, table[i].section, table[i].key, table[i].fallback, "default",
                     &status);
}

// ---- INI files ----

// Longest line of a file; inih would cut a longer one in two without a word.
enum { LINE = 512 };

typedef struct {
    Settings settings; // being read; the caller's change only if all went well
    const char *name;
    const char *text; // what is left of the file
    size_t size;
    int line;
    bool seen[ENTRIES];
    Status *status;
    bool failed;
} Reading;

static bool reading_fail(Reading *reading, const char *what) {
    reading->failed = true;
    return status_fail(reading->status, STATUS_BAD_DATA, "%s:%d: %s", reading->name, reading->line,
                       what);
}

// fgets over the text, for inih; also where lines that inih would misread are refused.
static char *next_line(char *line, int size, void *stream) {
    Reading *reading = stream;
    if (reading->size == 0 || reading->failed)
        return NULL;
    const char *end = memchr(reading->text, '\n', reading->size);
    const size_t length = end ? (size_t)(end - reading->text) + 1 : reading->size;
    reading->line++;
    if (length + 1 > (size_t)size || length + 1 > LINE) {
        reading_fail(reading, "expected lines of less than 200 characters, found a longer one");
        return NULL;
    }
    if (memchr(reading->text, '\0', length)) {
        reading_fail(reading, "expected text, found a byte 0");
        return NULL;
    }
    memcpy(line, reading->text, length);
    line[length] = '\0';
    reading->text += length;
    reading->size -= length;
    return line;
}

static int take_value(void *user, const char *section, const char *key, const char *value) {
    Reading *reading = user;
    char origin[SETTINGS_TEXT + 16];
    if (reading->failed)
        return 0;
    snprintf(origin, sizeof origin, "%.240s:%d", reading->name, reading->line);
    const SettingEntry *entry = find(section, key);
    if (entry && reading->seen[entry - table]) {
        reading->failed = true;
        status_fail(reading->status, STATUS_BAD_DATA, "%s: %s.%s is given a second time", origin,
                    section, key);
        return 0;
    }
    if (!settings_set(&reading->settings, section, key, value, origin, reading->status)) {
        reading->failed = true;
        reading->status->code = STATUS_BAD_DATA;
        return 0;
    }
    reading->seen[entry - table] = true;
    return 1;
}

bool settings_read_text(Settings *settings, const char *name, const char *text, size_t size,
                        Status *status) {
    Reading reading = {
        .settings = *settings, .name = name, .text = text, .size = size, .status = status};
    const int wrong = ini_parse_stream(next_line, &reading, take_value, &reading);
    if (reading.failed)
        return false;
    if (wrong != 0) {
        reading.line = wrong > 0 ? wrong : reading.line;
        return reading_fail(&reading, "expected [section] or key = value");
    }
    *settings = reading.settings;
    return true;
}

bool settings_read(Settings *settings, const char *path, Status *status) {
    enum { MOST = 1 << 20 };
    FILE *stream = fopen(path, "rb");
    char *text = malloc(MOST);
    size_t size = 0;
    bool done = false;
    if (!stream)
        status_fail(status, STATUS_BAD_DATA, "%s: %s", path, strerror(errno));
    else if (!text)
        status_fail(status, STATUS_FAILURE, "%s: out of memory", path);
    else {
        size = fread(text, 1, MOST, stream);
        if (ferror(stream))
            status_fail(status, STATUS_BAD_DATA, "%s: %s", path, strerror(errno));
        else if (size == MOST)
            status_fail(status, STATUS_BAD_DATA,
                        "%s: expected settings of less than 1 MiB, found more", path);
        else
            done = settings_read_text(settings, path, text, size, status);
    }
    free(text);
    if (stream)
        fclose(stream);
    return done;
}

bool settings_read_preset(Settings *settings, const char *name, Status *status) {
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
    return status_fail(status, STATUS_USAGE, "there is no preset '%.60s'; there are: %s", name,
                       known);
}

// ---- checks and writing ----

static bool check_order(const char *section, const char *key, int low, int high, Status *status) {
    if (low <= high)
        return true;
    return status_fail(status, STATUS_USAGE, "%s.%s_min is %d, above %s.%s_max, %d", section, key,
                       low, section, key, high);
}

bool settings_check(const Settings *s, Status *status) {
    return check_order("task", "classes", s->classes_min, s->classes_max, status) &&
           check_order("task", "hidden_layers", s->hidden_layers_min, s->hidden_layers_max,
                       status) &&
           check_order("task", "width", s->width_min, s->width_max, status) &&
           check_order("inner", "horizon", s->horizon_min, s->horizon_max, status) &&
           check_order("inner", "truncation", s->truncation_min, s->truncation_max, status);
}

// The digits that read back as the same number.
static bool write_real(FILE *stream, double value, locale_t c) {
    char text[40];
    const locale_t before = uselocale(c);
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    uselocale(before);
    return fputs(text, stream) >= 0;
}

static bool write_entry(FILE *stream, const Settings *settings, const SettingEntry *entry,
                        locale_t c) {
    const char *at = (const char *)settings + entry->offset;
    int number;
    int64_t wide;
    double value;
    fprintf(stream, "; %s%s%s%s\n%s = ", entry->help, *entry->unit ? " (" : "", entry->unit,
            *entry->unit ? ")" : "", entry->key);
    switch (entry->type) {
    case SETTING_INT:
        memcpy(&number, at, sizeof number);
        fprintf(stream, "%d\n", number);
        break;
    case SETTING_INT64:
        memcpy(&wide, at, sizeof wide);
        fprintf(stream, "%lld\n", (long long)wide);
        break;
    case SETTING_REAL:
        memcpy(&value, at, sizeof value);
        write_real(stream, value, c);
        fputc('\n', stream);
        break;
    case SETTING_TEXT:
        fprintf(stream, "%s\n", at);
        break;
    }
    return !ferror(stream);
}

bool settings_write(const Settings *settings, FILE *stream) {
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!c)
        return false;
    bool done = true;
    const char *section = "";
    for (size_t i = 0; done && i < ENTRIES; i++) {
        if (strcmp(section, table[i].section) != 0)
            fprintf(stream, "%s[%s]\n", i > 0 ? "\n" : "", table[i].section);
        section = table[i].section;
        done = write_entry(stream, settings, &table[i], c);
    }
    freelocale(c);
    return done && fflush(stream) == 0;
}
