#include "app/run_filter.h"

#include "app/run_list.h"
#include "engine/number.h"
#include "engine/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Figures of the last points, by name.
enum { FIGURE_LOSS, FIGURE_ACCURACY, FIGURE_STEP, FIGURES };
static const char *const figures[FIGURES] = {"loss", "accuracy", "step"};

// Longer signs first, so that "<=" is not read as "<".
static const struct {
    const char *sign;
    Comparison comparison;
} signs[] = {{"!=", COMPARE_UNEQUAL}, {"<=", COMPARE_AT_MOST}, {">=", COMPARE_AT_LEAST},
             {"==", COMPARE_EQUAL},   {"=", COMPARE_EQUAL},    {"<", COMPARE_LESS},
             {">", COMPARE_GREATER}};

// ---- parsing ----

// The setting of a key without its section; NULL if there is none, *several if there are more.
static const SettingEntry *find_by_key(const char *key, bool *several) {
    size_t count;
    const SettingEntry *table = settings_table(&count);
    const SettingEntry *found = NULL;
    *several = false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].key, key) != 0)
            continue;
        *several = found != NULL;
        found = found ? found : &table[i];
    }
    return found;
}

static bool fail_key(const char *key, Status *status) {
    const char *nearest = NULL;
    char names[128][64];
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (int i = 0; i < FIGURES; i++)
        word_nearest(key, figures[i], &nearest);
    for (size_t i = 0; i < count && i < 128; i++) {
        snprintf(names[i], sizeof names[i], "%s.%s", table[i].section, table[i].key);
        word_nearest(key, strchr(key, '.') ? names[i] : table[i].key, &nearest);
    }
    return status_fail(status, STATUS_USAGE, "filter: unknown '%s', the nearest is '%s'", key,
                       nearest ? nearest : "outer.rate");
}

// What stands left of the sign: a figure, section.key or a key.
static bool find_key(FilterTerm *term, const char *key, Status *status) {
    char section[64];
    bool several = false;
    for (int i = 0; i < FIGURES; i++) {
        if (strcmp(figures[i], key) == 0) {
            term->figure = i;
            return true;
        }
    }
    const char *dot = strchr(key, '.');
    snprintf(section, sizeof section, "%.*s", dot ? (int)(dot - key) : 0, key);
    term->setting = dot ? settings_find(section, dot + 1) : find_by_key(key, &several);
    if (several)
        return status_fail(status, STATUS_USAGE,
                           "filter: '%s' is in several sections; '%s.%s' is one of them", key,
                           term->setting->section, key);
    return term->setting != NULL || fail_key(key, status);
}

static bool is_order(Comparison comparison) {
    return comparison >= COMPARE_LESS;
}

static bool parse_condition(FilterTerm *term, const char *word, size_t at, int sign,
                            Status *status) {
    char key[RUN_FILTER_TEXT];
    const char *value = word + at + strlen(signs[sign].sign);
    snprintf(key, sizeof key, "%.*s", (int)at, word);
    term->comparison = signs[sign].comparison;
    if (!find_key(term, key, status))
        return false;
    snprintf(term->text, sizeof term->text, "%s", value);
    term->is_number = number_read(value, &term->number);
    const bool numeric = !term->setting || term->setting->type != SETTING_TEXT;
    if (!numeric && is_order(term->comparison))
        return status_fail(status, STATUS_USAGE, "filter: '%s' is a text: only = and != compare it",
                           key);
    if (numeric && !term->is_number)
        return status_fail(status, STATUS_USAGE, "filter: '%s': expected a number after '%s'", word,
                           signs[sign].sign);
    return true;
}

static bool parse_word(FilterTerm *term, const char *word, Status *status) {
    *term = (FilterTerm){.comparison = COMPARE_WORD};
    for (size_t at = 0; word[at]; at++) {
        for (size_t sign = 0; sign < sizeof signs / sizeof signs[0]; sign++) {
            if (strncmp(word + at, signs[sign].sign, strlen(signs[sign].sign)) == 0)
                return parse_condition(term, word, at, (int)sign, status);
        }
    }
    snprintf(term->text, sizeof term->text, "%s", word);
    return true;
}

bool run_filter_parse(RunFilter *filter, const char *text, Status *status) {
    RunFilter parsed = {0};
    for (const char *at = text + strspn(text, " \t"); *at; at += strspn(at, " \t")) {
        char word[RUN_FILTER_TEXT];
        const size_t length = strcspn(at, " \t");
        if (length >= sizeof word || parsed.count == RUN_FILTER_TERMS)
            return status_fail(status, STATUS_USAGE,
                               "filter: expected at most %d terms of at most %zu characters",
                               RUN_FILTER_TERMS, sizeof word - 1);
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        if (!parse_word(&parsed.terms[parsed.count++], word, status))
            return false;
        at += length;
    }
    *filter = parsed;
    return true;
}

// ---- passing ----

static bool compare(Comparison comparison, double found, double wanted) {
    if (isnan(found))
        return false;
    switch (comparison) {
    case COMPARE_EQUAL:
        return found == wanted;
    case COMPARE_UNEQUAL:
        return found != wanted;
    case COMPARE_LESS:
        return found < wanted;
    case COMPARE_AT_MOST:
        return found <= wanted;
    case COMPARE_GREATER:
        return found > wanted;
    case COMPARE_AT_LEAST:
        return found >= wanted;
    case COMPARE_WORD:
        break;
    }
    return false;
}

static double figure_of(int figure, const RunReader *reader) {
    const OuterPoint *last = run_last_outer(reader);
    switch (figure) {
    case FIGURE_LOSS:
        return last ? last->meta_loss : NAN;
    case FIGURE_ACCURACY:
        return run_last_accuracy(reader);
    default:
        return (double)run_reader_outer_step(reader);
    }
}

static bool setting_passes(const FilterTerm *term, const RunReader *reader) {
    char value[SETTINGS_TEXT];
    double number;
    if (!reader->has_settings)
        return false;
    settings_value(&reader->settings, term->setting, value);
    if (term->setting->type == SETTING_TEXT)
        return (strcmp(value, term->text) == 0) == (term->comparison == COMPARE_EQUAL);
    return number_read(value, &number) && compare(term->comparison, number, term->number);
}

static bool word_passes(const FilterTerm *term, const char *name, const RunReader *reader) {
    return strcasestr(name, term->text) || strcasestr(reader->run.preset, term->text) ||
           strcasestr(run_status_word(&reader->status, reader->life), term->text);
}

bool run_filter_passes(const RunFilter *filter, const char *name, const RunReader *reader) {
    for (int i = 0; i < filter->count; i++) {
        const FilterTerm *term = &filter->terms[i];
        const bool passes =
            term->comparison == COMPARE_WORD ? word_passes(term, name, reader)
            : term->setting
                ? setting_passes(term, reader)
                : compare(term->comparison, figure_of(term->figure, reader), term->number);
        if (!passes)
            return false;
    }
    return true;
}
