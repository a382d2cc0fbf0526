#include "app/run_reader.h"

#include "app/settings_diff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool run_reader_init(RunReader *reader, const char *folder, Status *status) {
    char metrics[PATH_MAX];
    memset(reader, 0, sizeof *reader);
    reader->started = reader->status.updated = NAN;
    reader->life = RUN_AT_REST;
    return run_directory_look(&reader->run, folder, status) &&
           run_directory_file(&reader->run, "metrics.jsonl", metrics, status) &&
           metrics_file_init(&reader->metrics, metrics, status);
}

void run_reader_clear(RunReader *reader) {
    metrics_file_clear(&reader->metrics);
}

static void note_trouble(RunReader *reader, const Status *status) {
    snprintf(reader->trouble, sizeof reader->trouble, "%.*s", (int)sizeof reader->trouble - 1,
             status->text);
}

// ---- config.ini ----

static bool look_at_config(RunReader *reader) {
    char path[PATH_MAX];
    Status status;
    if (!run_directory_file(&reader->run, "config.ini", path, &status) ||
        !file_stamp_renew(&reader->config_stamp, path))
        return false;
    settings_default(&reader->settings);
    reader->has_settings = settings_read(&reader->settings, path, &status);
    if (!reader->has_settings)
        note_trouble(reader, &status);
    Settings preset;
    settings_default(&preset);
    if (!settings_read_preset(&preset, reader->run.preset, &status))
        settings_default(&preset); // a file of the user's own
    reader->changes[0] = '\0';
    if (reader->has_settings)
        settings_changes(&preset, &reader->settings, reader->changes, sizeof reader->changes);
    run_directory_config_note(&reader->run, "kernels", reader->kernels, sizeof reader->kernels);
    return true;
}

// ---- status.json ----

static bool look_at_status(RunReader *reader) {
    char path[PATH_MAX];
    Status status;
    if (!run_directory_file(&reader->run, "status.json", path, &status))
        return false;
    const bool changed = file_stamp_renew(&reader->status_stamp, path);
    if (changed && !run_status_read(&reader->status, path, &status) &&
        reader->status_stamp.inode != 0)
        note_trouble(reader, &status);
    if (changed && *reader->status.preset)
        memcpy(reader->run.preset, reader->status.preset, sizeof reader->run.preset);
    const RunLife before = reader->life;
    reader->life = run_status_life(&reader->status, reader->run.path);
    return changed || reader->life != before;
}

// ---- log.txt ----

enum { LOG_STAMP = sizeof "2026-11-25 08:17:22 " - 1, LOG_DATE = sizeof "2026-11-25 " - 1 };

static double time_of_line(const char *line) {
    struct tm local = {.tm_isdst = -1};
    if (!strptime(line, "%Y-%m-%d %H:%M:%S ", &local))
        return NAN;
    const time_t seconds = mktime(&local);
    return seconds == (time_t)-1 ? NAN : (double)seconds;
}

// Without its date, which says little and takes room.
static void keep_line(RunReader *reader, const char *line, size_t length) {
    char whole[2 * SNAPSHOT_LOG_TEXT];
    snprintf(whole, sizeof whole, "%.*s", (int)(length < sizeof whole ? length : sizeof whole - 1),
             line);
    const size_t skipped =
        strlen(whole) > LOG_STAMP && isfinite(time_of_line(whole)) ? LOG_DATE : 0;
    if (reader->log_count == SNAPSHOT_LOG_LINES)
        memmove(reader->log[0], reader->log[1], sizeof reader->log - SNAPSHOT_LOG_TEXT);
    else
        reader->log_count++;
    snprintf(reader->log[reader->log_count - 1], SNAPSHOT_LOG_TEXT, "%.*s", SNAPSHOT_LOG_TEXT - 1,
             whole + skipped);
}

// The whole lines of the end of the file.
static void read_tail(RunReader *reader, FILE *stream) {
    enum { TAIL = 8192 };
    char text[TAIL];
    const bool beginning = reader->log_stamp.size <= TAIL;
    if (!beginning && fseek(stream, -(long)TAIL, SEEK_END) != 0)
        return;
    const size_t length = fread(text, 1, sizeof text, stream);
    const char *line = text;
    const char *end = text + length;
    bool whole = beginning; // else the first may be half a line
    reader->log_count = 0;
    for (const char *line_break; (line_break = memchr(line, '\n', (size_t)(end - line)));) {
        if (whole)
            keep_line(reader, line, (size_t)(line_break - line));
        whole = true;
        line = line_break + 1;
    }
}

static bool look_at_log(RunReader *reader) {
    char path[PATH_MAX];
    char first[64] = "";
    Status ignored;
    if (!run_directory_file(&reader->run, "log.txt", path, &ignored) ||
        !file_stamp_renew(&reader->log_stamp, path))
        return false;
    FILE *stream = fopen(path, "re");
    if (!stream)
        return false;
    if (isnan(reader->started) && fgets(first, sizeof first, stream))
        reader->started = time_of_line(first);
    rewind(stream);
    read_tail(reader, stream);
    fclose(stream);
    return true;
}

// ---- all of it ----

static bool look_at_metrics(RunReader *reader) {
    bool changed;
    Status status;
    if (metrics_file_look(&reader->metrics, &changed, &status))
        return changed;
    const bool news = strncmp(reader->trouble, status.text, sizeof reader->trouble - 1) != 0;
    note_trouble(reader, &status);
    return news;
}

bool run_reader_look(RunReader *reader) {
    bool changed = !reader->looked;
    reader->looked = true;
    changed |= look_at_config(reader);
    changed |= look_at_metrics(reader);
    changed |=
        look_at_status(reader); // after the metrics: an end that is told comes with its steps
    changed |= look_at_log(reader);
    return changed;
}

long run_reader_outer_step(const RunReader *reader) {
    const long metrics = reader->metrics.curves.outer_step;
    return metrics > reader->status.outer_step ? metrics : reader->status.outer_step;
}

// ---- as a snapshot ----

static EngineState state_of(const RunReader *reader) {
    static const struct {
        const char *word;
        EngineState state;
    } states[] = {
        {"training", ENGINE_TRAINING}, {"paused", ENGINE_PAUSED},
        {"finished", ENGINE_FINISHED}, {"interrupted", ENGINE_INTERRUPTED},
        {"failed", ENGINE_FAILED},     {"killed", ENGINE_KILLED},
        {"elsewhere", ENGINE_UNKNOWN},
    };
    const char *word = run_status_word(&reader->status, reader->life);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i].word, word) == 0)
            return states[i].state;
    return ENGINE_STARTING;
}

// Outer steps in a second, over the last ten seconds of training or so.
static double pace(const History *history, size_t count) {
    if (count < 2)
        return NAN;
    const double last = history_outer(history, count - 1)->seconds;
    size_t first = count - 1;
    while (first > 0 && !(last - history_outer(history, first)->seconds >= 10) &&
           count - first < 64)
        first--;
    const OuterPoint *begin = history_outer(history, first),
                     *end = history_outer(history, count - 1);
    const double seconds = end->seconds - begin->seconds;
    return seconds > 0 ? (double)(end->outer_step - begin->outer_step) / seconds : NAN;
}

static void show_held_out(const RunReader *reader, Snapshot *snapshot) {
    const MetricCurves *curves = &reader->metrics.curves;
    const size_t evaluations = snapshot->evaluation_count;
    const EvaluationPoint *last =
        evaluations > 0 ? history_evaluation(curves->history, evaluations - 1) : NULL;
    snapshot->held_out_count = curves->set_count;
    memcpy(snapshot->marks, curves->marks, sizeof snapshot->marks);
    for (int set = 0; set < SNAPSHOT_HELD_OUT; set++) {
        snapshot->raw_pixel_accuracy[set] = curves->raw_pixel_accuracy[set];
        snapshot->random_accuracy[set] =
            last && set < last->set_count ? last->accuracy_mean[set][0] : NAN;
        memcpy(snapshot->held_out[set], curves->sets[set], sizeof snapshot->held_out[set]);
    }
}

void run_reader_show(const RunReader *reader, Snapshot *snapshot) {
    const MetricCurves *curves = &reader->metrics.curves;
    const size_t outer = history_outer_count(curves->history);
    *snapshot = (Snapshot){.state = state_of(reader),
                           .watched = true,
                           .outer_step = run_reader_outer_step(reader),
                           .outer_steps_per_second = NAN,
                           .inner_steps_per_second = NAN,
                           .gflops = NAN,
                           .non_finite = curves->dropped,
                           .history = curves->history,
                           .outer_count = outer,
                           .evaluation_count = history_evaluation_count(curves->history),
                           .weight_count = history_weight_count(curves->history),
                           .log_count = reader->log_count};
    if (reader->has_settings) {
        snapshot->seed = (uint64_t)reader->settings.seed;
        snapshot->threads = reader->settings.threads;
        snapshot->outer_step_goal = (long)reader->settings.outer_steps;
    }
    if (outer > 0)
        snapshot->seconds = history_outer(curves->history, outer - 1)->seconds;
    if (snapshot->state == ENGINE_TRAINING)
        snapshot->outer_steps_per_second = pace(curves->history, outer);
    snprintf(snapshot->run, sizeof snapshot->run, "%.95s", reader->run.path);
    memcpy(snapshot->preset, reader->run.preset, sizeof snapshot->preset);
    memcpy(snapshot->kernels, reader->kernels, sizeof snapshot->kernels);
    memcpy(snapshot->log, reader->log, sizeof snapshot->log);
    show_held_out(reader, snapshot);
}
