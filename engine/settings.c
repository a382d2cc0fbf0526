#include "engine/settings.h"

#include "engine/activation.h"
#include "engine/files/shown_text.h"
#include "engine/number.h"
#include "engine/words.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(Settings, name)
#define INT(section, key, field, low, high, fallback, unit, help)                                  \
    { section, key, SETTING_INT, false, FIELD(field), low, high, fallback, NULL, unit, help }
#define REAL(section, key, field, low, high, fallback, unit, help)                                 \
    { section, key, SETTING_REAL, false, FIELD(field), low, high, fallback, NULL, unit, help }
#define LONG(section, key, field, low, high, fallback, unit, help)                                 \
    { section, key, SETTING_INT64, false, FIELD(field), low, high, fallback, NULL, unit, help }
#define TEXT(section, key, field, fallback, choices, help)                                         \
    { section, key, SETTING_TEXT, false, FIELD(field), 0, 0, fallback, choices, "", help }
// Settings that may change while training goes on.
#define LIVE_INT(section, key, field, low, high, fallback, unit, help)                             \
    { section, key, SETTING_INT, true, FIELD(field), low, high, fallback, NULL, unit, help }
#define LIVE_REAL(section, key, field, low, high, fallback, unit, help)                            \
    { section, key, SETTING_REAL, true, FIELD(field), low, high, fallback, NULL, unit, help }

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
    TEXT("rule", "start", start, "random", "random|hebbian",
         "theta before meta-training: random, or with the merge weights of a Hebbian rule"),

    TEXT("task", "source", source, "glyphs", NULL,
         "data sets that tasks come from, with weights: glyphs:0.5,fashion:0.5"),
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
    TEXT("task", "activation", activation, "relu", NULL,
         "activations of base models, separated by commas, each as likely"),

    REAL("inner", "rate", inner_rate, 0, 1, "0.02", "", "learning rate of an inner step"),
    LIVE_INT("inner", "horizon_min", horizon_min, 1, 1000000, "15", "inner steps",
             "shortest inner loop of a task (log-uniform)"),
    LIVE_INT("inner", "horizon_max", horizon_max, 1, 1000000, "50", "inner steps",
             "longest inner loop of a task"),
    LIVE_INT("inner", "truncation_min", truncation_min, 1, 4096, "2", "inner steps",
             "shortest unroll (log-uniform)"),
    LIVE_INT("inner", "truncation_max", truncation_max, 1, 4096, "7", "inner steps",
             "longest unroll"),

    INT("outer", "workers", workers, 1, 4096, "8", "",
        "unrolls whose gradients an outer step averages"),
    LIVE_REAL("outer", "rate", outer_rate, 1e-12, 1, "0.001", "", "learning rate of Adam"),
    REAL("outer", "beta1", beta1, 0, 0.999999, "0.9", "", "Adam's decay of the first moment"),
    REAL("outer", "beta2", beta2, 0, 0.999999, "0.999", "", "Adam's decay of the second moment"),
    REAL("outer", "epsilon", epsilon, 1e-30, 1, "1e-08", "", "Adam's epsilon"),
    REAL("outer", "clip", clip, 1e-9, 1e9, "1", "",
         "greatest global norm of the averaged gradient"),
    REAL("outer", "average", average, 0, 0.999999, "0", "",
         "moving average of theta over outer steps, which is evaluated and saved as the rule; 0: "
         "none"),
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
    TEXT("evaluate", "activation", evaluate_activation, "relu", ACTIVATION_NAMES,
         "activation of the evaluated base model"),
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
    REAL("run", "memory", memory, 0, 1e6, "512", "MiB",
         "for the values of an unroll's inner steps; those that find no room are computed again"),
    LONG("run", "outer_steps", outer_steps, 0, 9007199254740992.0, "0", "outer steps",
         "where training ends; 0: when it is stopped"),
    REAL("run", "minutes", minutes, 0, 1e9, "0", "minutes",
         "training time after which it ends; 0: no limit"),
    REAL("run", "checkpoint_seconds", checkpoint_seconds, 0, 1e9, "60", "seconds",
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

char *settings_value(const Settings *settings, const SettingEntry *entry, char out[SETTINGS_TEXT]) {
    const char *at = (const char *)settings + entry->offset;
    int number;
    int64_t wide;
    double value;
    char text[NUMBER_TEXT];
    switch (entry->type) {
    case SETTING_INT:
        memcpy(&number, at, sizeof number);
        snprintf(out, SETTINGS_TEXT, "%d", number);
        break;
    case SETTING_INT64:
        memcpy(&wide, at, sizeof wide);
        snprintf(out, SETTINGS_TEXT, "%lld", (long long)wide);
        break;
    case SETTING_REAL:
        memcpy(&value, at, sizeof value);
        snprintf(out, SETTINGS_TEXT, "%s", number_text(value, text));
        break;
    case SETTING_TEXT:
        snprintf(out, SETTINGS_TEXT, "%s", at);
        break;
    }
    return out;
}

bool settings_same(const Settings *a, const Settings *b, const SettingEntry *entry) {
    char of_a[SETTINGS_TEXT], of_b[SETTINGS_TEXT];
    return strcmp(settings_value(a, entry, of_a), settings_value(b, entry, of_b)) == 0;
}

// ---- the nearest known word ----

static const SettingEntry *nearest(const char *section, const char *key) {
    const SettingEntry *best = &table[0];
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < ENTRIES; i++) {
        // A wrong section is a smaller slip than a wrong key.
        const size_t d =
            2 * word_slips(key, table[i].key) + word_distance(section, table[i].section);
        if (d < best_distance) {
            best_distance = d;
            best = &table[i];
        }
    }
    return best;
}

const SettingEntry *settings_find(const char *section, const char *key) {
    for (size_t i = 0; i < ENTRIES; i++)
        if (strcmp(table[i].section, section) == 0 && strcmp(table[i].key, key) == 0)
            return &table[i];
    return NULL;
}

// ---- setting one value ----

static bool set_int(Settings *settings, const SettingEntry *entry, const char *value,
                    const char *origin, Status *status) {
    int64_t number;
    char shown[SHOWN_TEXT];
    if (!number_read_whole(value, &number) || number < (int64_t)entry->low ||
        number > (int64_t)entry->high)
        return status_fail(status, STATUS_USAGE,
                           "%s: %s.%s: expected a whole number from %.0f to %.0f, found '%s'",
                           origin, entry->section, entry->key, entry->low, entry->high,
                           shown_text(value, shown));
    if (entry->type == SETTING_INT64)
        memcpy(text_of(settings, entry), &number, sizeof number);
    else
        memcpy(text_of(settings, entry), &(int){(int)number}, sizeof(int));
    return true;
}

static bool set_real(Settings *settings, const SettingEntry *entry, const char *value,
                     const char *origin, Status *status) {
    double number;
    char low[NUMBER_TEXT], high[NUMBER_TEXT], shown[SHOWN_TEXT];
    if (!number_read(value, &number) || number < entry->low || number > entry->high)
        return status_fail(status, STATUS_USAGE,
                           "%s: %s.%s: expected a number from %s to %s, found '%s'", origin,
                           entry->section, entry->key, number_text(entry->low, low),
                           number_text(entry->high, high), shown_text(value, shown));
    memcpy(text_of(settings, entry), &number, sizeof number);
    return true;
}

// The next line begins neither with a space nor as a comment does.
size_t settings_piece(const char *text) {
    enum { MOST = 160 }; // inih's lines have less than 200, with the key
    size_t anywhere = 0, comma = 0;
    if (strlen(text) <= MOST)
        return strlen(text);
    for (size_t i = 1; i <= MOST; i++) {
        if (isspace((unsigned char)text[i]) || strchr(";#", text[i]))
            continue;
        anywhere = i;
        if (text[i - 1] == ',')
            comma = i;
    }
    return comma > 0 ? comma : anywhere;
}

static bool is_divisible(const char *text) {
    while (*text) {
        const size_t piece = settings_piece(text);
        if (piece == 0)
            return false;
        text += piece;
    }
    return true;
}

// Whether a file gives the text back as it is: lines that inih does not cut, without what it
// strips (spaces around, a comment behind a space), and not as if more were to come.
static bool is_storable(const char *text) {
    const size_t length = strlen(text);
    if (length > SETTINGS_TEXT_MOST || !is_divisible(text) || *text == ';' ||
        (length > 0 && text[length - 1] == '\\'))
        return false;
    for (size_t i = 0; i < length; i++) {
        const bool space = isspace((unsigned char)text[i]);
        if (iscntrl((unsigned char)text[i]) || (space && (i == 0 || text[i + 1] == '\0')) ||
            (space && text[i + 1] == ';'))
            return false;
    }
    return true;
}

static bool set_text(Settings *settings, const SettingEntry *entry, const char *value,
                     const char *origin, Status *status) {
    char shown[SHOWN_TEXT];
    if (!is_storable(value))
        return status_fail(status, STATUS_USAGE,
                           "%s: %s.%s: expected at most %d characters, no space at the ends, no "
                           "' ;' and no '\\' at the end, found '%s'",
                           origin, entry->section, entry->key, SETTINGS_TEXT_MOST,
                           shown_text(value, shown));
    if (entry->choices && !word_in_list(value, entry->choices, '|'))
        return status_fail(status, STATUS_USAGE, "%s: %s.%s: expected one of %s, found '%s'",
                           origin, entry->section, entry->key, entry->choices,
                           shown_text(value, shown));
    char *text = text_of(settings, entry);
    memset(text, 0, SETTINGS_TEXT); // equal settings are equal bytes
    memcpy(text, value, strlen(value));
    return true;
}

bool settings_set(Settings *settings, const char *section, const char *key, const char *value,
                  const char *origin, Status *status) {
    const SettingEntry *entry = settings_find(section, key);
    if (!entry) {
        const SettingEntry *near = nearest(section, key);
        char shown_section[SHOWN_TEXT], shown_key[SHOWN_TEXT];
        return status_fail(status, STATUS_USAGE,
                           "%s: there is no setting '%s.%s'; the nearest is %s.%s", origin,
                           shown_text(section, shown_section), shown_text(key, shown_key),
                           near->section, near->key);
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

bool settings_assign(Settings *settings, const char *assignment, const char *origin,
                     Status *status) {
    const char *dot = strchr(assignment, '.'), *equals = strchr(assignment, '=');
    char section[64], key[64], shown[SHOWN_TEXT];
    if (!dot || !equals || dot > equals || (size_t)(dot - assignment) >= sizeof section ||
        (size_t)(equals - dot) > sizeof key)
        return status_fail(status, STATUS_USAGE, "%s: expected section.key=value, found '%s'",
                           origin, shown_text(assignment, shown));
    snprintf(section, sizeof section, "%.*s", (int)(dot - assignment), assignment);
    snprintf(key, sizeof key, "%.*s", (int)(equals - dot - 1), dot + 1);
    return settings_set(settings, section, key, equals + 1, origin, status);
}

void settings_default(Settings *settings) {
    Status status;
    memset(settings, 0, sizeof *settings); // padding too, so that equal settings are equal bytes
    for (size_t i = 0; i < ENTRIES; i++)
        settings_set(settings, table[i].section, table[i].key, table[i].fallback, "default",
                     &status);
}

// ---- what no single value can tell ----

static bool check_order(const char *section, const char *key, int low, int high, Status *status) {
    if (low <= high)
        return true;
    return status_fail(status, STATUS_USAGE, "%s.%s_min is %d, above %s.%s_max, %d", section, key,
                       low, section, key, high);
}

static bool check_shift(const Settings *s, Status *status) {
    char shift[NUMBER_TEXT];
    return s->shift <= s->image_size ||
           status_fail(status, STATUS_USAGE,
                       "task.shift is %s, above task.image_size, %d: nothing would be left to see",
                       number_text(s->shift, shift), s->image_size);
}

bool settings_check(const Settings *s, Status *status) {
    Activation activations[ACTIVATION_COUNT];
    int count;
    return check_shift(s, status) &&
           (activation_list(s->activation, activations, &count, status) ||
            status_prefix(status, "task.activation")) &&
           check_order("task", "classes", s->classes_min, s->classes_max, status) &&
           check_order("task", "hidden_layers", s->hidden_layers_min, s->hidden_layers_max,
                       status) &&
           check_order("task", "width", s->width_min, s->width_max, status) &&
           check_order("inner", "horizon", s->horizon_min, s->horizon_max, status) &&
           check_order("inner", "truncation", s->truncation_min, s->truncation_max, status);
}
