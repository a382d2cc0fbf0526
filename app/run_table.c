#include "app/run_table.h"

#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const TableColumn columns[RUN_COLUMNS] = {
    {"", 0, ALIGN_LEFT, 0},         {"run", 10, ALIGN_LEFT, 0},    {"state", 0, ALIGN_LEFT, 1},
    {"step", 0, ALIGN_RIGHT, 2},    {"loss", 0, ALIGN_RIGHT, 3},   {"accuracy", 0, ALIGN_RIGHT, 3},
    {"time", 0, ALIGN_RIGHT, 5},    {"started", 0, ALIGN_LEFT, 6}, {"preset", 6, ALIGN_LEFT, 4},
    {"settings", 8, ALIGN_LEFT, 7},
};
enum { MARKS, NAME, STATE, STEP, LOSS, ACCURACY, TIME, STARTED, PRESET, SETTINGS };

static Ink ink_of_state(const char *word) {
    static const struct {
        const char *word;
        Ink ink;
    } inks[] = {{"training", INK_GOOD},
                {"paused", INK_WARNING},
                {"failed", INK_ERROR},
                {"killed", INK_ERROR},
                {"elsewhere", INK_WARNING}};
    for (size_t i = 0; i < sizeof inks / sizeof inks[0]; i++)
        if (strcmp(inks[i].word, word) == 0)
            return inks[i].ink;
    return INK_TEXT;
}

static void write_time(double seconds, char *out) {
    const bool representable = fabs(seconds) < 1e15; // NaN is not, and a year has an end
    const time_t time = representable ? (time_t)seconds : 0;
    struct tm local;
    if (representable && localtime_r(&time, &local))
        strftime(out, RUN_ENTRY, "%Y-%m-%d %H:%M", &local);
    else
        snprintf(out, RUN_ENTRY, "-");
}

static void fill(RunRow *row, const char *name, const char *marks, const RunReader *reader) {
    const OuterPoint *outer = run_last_outer(reader);
    const double accuracy = run_last_accuracy(reader);
    const char *word = run_status_word(&reader->status, reader->life);
    snprintf(row->entries[MARKS], RUN_ENTRY, "%s", marks);
    snprintf(row->entries[NAME], RUN_ENTRY, "%.*s", RUN_ENTRY - 1, name);
    snprintf(row->entries[STATE], RUN_ENTRY, "%s", word);
    format_count(row->entries[STEP], RUN_ENTRY, run_reader_outer_step(reader));
    if (outer)
        format_fixed(row->entries[LOSS], RUN_ENTRY, outer->meta_loss, 4);
    else
        snprintf(row->entries[LOSS], RUN_ENTRY, "-");
    if (isnan(accuracy))
        snprintf(row->entries[ACCURACY], RUN_ENTRY, "-");
    else
        format_fixed(row->entries[ACCURACY], RUN_ENTRY, accuracy, 3);
    format_duration(row->entries[TIME], RUN_ENTRY, outer ? outer->seconds : NAN);
    write_time(reader->started, row->entries[STARTED]);
    snprintf(row->entries[PRESET], RUN_ENTRY, "%s", reader->run.preset);
    snprintf(row->entries[SETTINGS], RUN_ENTRY, "%.*s", RUN_ENTRY - 1, reader->changes);
    row->ink = ink_of_state(word);
}

bool run_rows_init(RunRows *rows, int most) {
    const size_t count = (size_t)most + 1; // never nothing
    *rows = (RunRows){.most = most,
                      .rows = calloc(count, sizeof *rows->rows),
                      .entries = calloc(count * RUN_COLUMNS, sizeof *rows->entries),
                      .inks = calloc(count, sizeof *rows->inks)};
    if (rows->rows && rows->entries && rows->inks)
        return true;
    run_rows_clear(rows);
    return false;
}

void run_rows_clear(RunRows *rows) {
    free(rows->rows);
    free(rows->entries);
    free(rows->inks);
    *rows = (RunRows){0};
}

void run_rows_add(RunRows *rows, const char *name, const char *marks, const RunReader *reader) {
    if (rows->count == rows->most)
        return;
    RunRow *row = &rows->rows[rows->count];
    fill(row, name, marks, reader);
    rows->inks[rows->count] = row->ink;
    for (int c = 0; c < RUN_COLUMNS; c++)
        rows->entries[rows->count * RUN_COLUMNS + c] = row->entries[c];
    rows->count++;
}

void run_rows_table(const RunRows *rows, const char *title, const char *empty, Table *table) {
    *table = (Table){.title = title,
                     .empty = empty,
                     .column_count = RUN_COLUMNS,
                     .entries = rows->entries,
                     .inks = rows->inks,
                     .row_count = rows->count,
                     .selected = -1};
    memcpy(table->columns, columns, sizeof columns);
}
