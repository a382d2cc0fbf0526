#include "app/metric_curves.h"

#include "app/json_object.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget_sets(MetricCurves *curves) {
    curves->set_count = 0;
    for (int set = 0; set < SNAPSHOT_HELD_OUT; set++)
        curves->raw_pixel_accuracy[set] = NAN;
}

bool metric_curves_init(MetricCurves *curves, Status *status) {
    memset(curves, 0, sizeof *curves);
    curves->outer_step = -1;
    forget_sets(curves);
    curves->history = history_new();
    return curves->history || status_fail(status, STATUS_FAILURE, "no memory for curves");
}

void metric_curves_clear(MetricCurves *curves) {
    history_free(curves->history);
    free(curves->rest);
    memset(curves, 0, sizeof *curves);
}

// ---- one object ----

static const cJSON *field(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static double number(const cJSON *object, const char *key) {
    return json_number(field(object, key));
}

// A whole number from 0 up to most; -1 if there is none.
static double whole(const cJSON *object, const char *key, double most) {
    const double found = number(object, key);
    return found >= 0 && found <= most && found == floor(found) ? found : -1;
}

static bool read_outer(const cJSON *object, OuterPoint *point) {
    const double step = whole(object, "outer_step", 9007199254740992.0); // 2^53
    const double dropped = whole(object, "dropped", 1 << 20);
    *point = (OuterPoint){.outer_step = (long)step,
                          .seconds = number(object, "seconds"),
                          .meta_loss = number(object, "meta_loss"),
                          .accuracy = number(object, "accuracy"),
                          .gradient_norm = number(object, "gradient_norm"),
                          .clipped_norm = number(object, "clipped_norm"),
                          .rate = number(object, "rate"),
                          .dropped = dropped < 0 ? 0 : (long)dropped};
    return step >= 1;
}

// The index of a held-out set, a new one for a new name; -1 if there are too many or no name.
static int set_of(MetricCurves *curves, const char *name) {
    char text[sizeof curves->sets[0]];
    if (!name || !*name)
        return -1;
    snprintf(text, sizeof text, "%s", name);
    for (int set = 0; set < curves->set_count; set++)
        if (strcmp(curves->sets[set], text) == 0)
            return set;
    if (curves->set_count == SNAPSHOT_HELD_OUT)
        return -1;
    memcpy(curves->sets[curves->set_count], text, sizeof text);
    return curves->set_count++;
}

// The marks of an evaluation, from its keys accuracy_T; false unless there are all of them.
static bool read_marks(const cJSON *object, int marks[SNAPSHOT_MARKS]) {
    static const char prefix[] = "accuracy_";
    int count = 0;
    for (const cJSON *item = object->child; item; item = item->next) {
        char *end;
        if (!item->string || strncmp(item->string, prefix, sizeof prefix - 1) != 0)
            continue;
        const char *digits = item->string + sizeof prefix - 1;
        const long mark = strtol(digits, &end, 10);
        if (end == digits || *end || mark < 0 || mark > 1 << 30 || count == SNAPSHOT_MARKS)
            return false;
        marks[count++] = (int)mark;
    }
    return count == SNAPSHOT_MARKS;
}

// ---- into the history ----

bool metric_curves_settle(MetricCurves *curves) {
    if (!curves->has_pending)
        return false;
    curves->has_pending = false;
    return history_append_evaluation(&curves->history, &curves->pending);
}

// A resume went back to before outer step `first`: points from there on are superseded.  Of an
// evaluation only those after it are.  A point that stands for steps on both sides goes as well: it
// is more than HISTORY_OUTER / 2 steps back, where no resume of ours goes.
static bool cut(MetricCurves *curves, long first) {
    History *kept = history_new();
    const History *old = curves->history;
    bool good = kept != NULL;
    curves->dropped = 0;
    for (size_t i = 0; good && i < history_outer_count(old); i++) {
        const OuterPoint *point = history_outer(old, i);
        if (point->outer_step >= first) {
            curves->superseded++;
            continue;
        }
        good = history_append_outer(&kept, point);
        curves->dropped += point->dropped;
    }
    for (size_t i = 0; good && i < history_evaluation_count(old); i++) {
        const EvaluationPoint *point = history_evaluation(old, i);
        if (point->outer_step >= first)
            curves->superseded++;
        else
            good = history_append_evaluation(&kept, point);
    }
    if (good && history_weight_count(old) > 0)
        history_begin_weights(kept, history_weight_names(old));
    for (size_t i = 0; good && i < history_weight_count(old); i++) {
        const double *row = history_weights(old, i);
        if ((long)row[0] >= first)
            curves->superseded++;
        else
            good = history_append_weights(&kept, row);
    }
    if (!good) {
        history_free(kept);
        return false;
    }
    history_free(curves->history);
    curves->history = kept;
    return true;
}

static long last_outer_step(const MetricCurves *curves) {
    const size_t count = history_outer_count(curves->history);
    return count > 0 ? history_outer(curves->history, count - 1)->outer_step : 0;
}

static bool take_outer(MetricCurves *curves, const cJSON *object, bool *good) {
    OuterPoint point;
    *good = read_outer(object, &point);
    if (!*good)
        return true;
    metric_curves_settle(curves);
    const bool back =
        point.outer_step <= last_outer_step(curves) || point.outer_step < curves->outer_step;
    if (back && !cut(curves, point.outer_step))
        return false;
    curves->outer_step = point.outer_step;
    curves->dropped += point.dropped;
    return history_append_outer(&curves->history, &point);
}

// Makes room in `pending` for a set of an evaluation after outer_step.
static bool open_evaluation(MetricCurves *curves, long outer_step, double seconds, int set) {
    const bool same = curves->has_pending && curves->pending.outer_step == outer_step &&
                      !(curves->pending_sets & 1u << set);
    if (same)
        return true;
    metric_curves_settle(curves);
    if (outer_step < curves->outer_step && !cut(curves, outer_step + 1))
        return false;
    curves->has_pending = true;
    curves->pending_sets = 0;
    curves->outer_step = outer_step;
    curves->pending = (EvaluationPoint){.outer_step = outer_step, .seconds = seconds};
    return true;
}

// Sets before `set` that this evaluation has not told of are unknown.
static void grow_point(EvaluationPoint *point, int set) {
    for (; point->set_count <= set; point->set_count++)
        for (int m = 0; m < SNAPSHOT_MARKS; m++)
            point->accuracy_mean[point->set_count][m] = point->accuracy_error[point->set_count][m] =
                NAN;
}

static bool take_evaluation(MetricCurves *curves, const cJSON *object, bool *good) {
    int marks[SNAPSHOT_MARKS];
    const double step = whole(object, "outer_step", 9007199254740992.0);
    *good = step >= 0 && read_marks(object, marks);
    const int set = *good ? set_of(curves, cJSON_GetStringValue(field(object, "data"))) : -1;
    *good = set >= 0;
    if (!*good)
        return true;
    if (!open_evaluation(curves, (long)step, number(object, "seconds"), set))
        return false;
    EvaluationPoint *point = &curves->pending;
    grow_point(point, set);
    for (int m = 0; m < SNAPSHOT_MARKS; m++) {
        char key[32];
        snprintf(key, sizeof key, "accuracy_%d", marks[m]);
        point->accuracy_mean[set][m] = number(object, key);
        snprintf(key, sizeof key, "stderr_%d", marks[m]);
        point->accuracy_error[set][m] = number(object, key);
    }
    memcpy(curves->marks, marks, sizeof marks);
    curves->raw_pixel_accuracy[set] = number(object, "raw_pixels");
    curves->pending_sets |= 1u << set;
    return true;
}

// The names of the first line with percentiles are those of all.
static void begin_weights(MetricCurves *curves, const cJSON *groups) {
    WeightNames names = {0};
    for (const cJSON *item = groups->child; item && names.count < SNAPSHOT_HISTOGRAMS;
         item = item->next)
        snprintf(names.names[names.count++], sizeof names.names[0], "%s", item->string);
    history_begin_weights(curves->history, &names);
}

// What the line does not tell of a name is unknown.
static void read_weights(const cJSON *groups, const WeightNames *names, double *row) {
    for (int i = 0; i < names->count; i++) {
        double *columns = row + 1 + i * WEIGHT_COLUMNS;
        const cJSON *numbers = field(groups, names->names[i]);
        const cJSON *item = cJSON_IsArray(numbers) ? numbers->child : NULL;
        for (int k = 0; k < WEIGHT_COLUMNS; k++, item = item ? item->next : NULL)
            columns[k] = json_number(item);
        if (!(columns[SNAPSHOT_PERCENTILES] >= 0))
            columns[SNAPSHOT_PERCENTILES] = 0;
    }
}

static bool take_weights(MetricCurves *curves, const cJSON *object, bool *good) {
    double row[1 + SNAPSHOT_HISTOGRAMS * WEIGHT_COLUMNS];
    const double step = whole(object, "outer_step", 9007199254740992.0);
    const cJSON *groups = field(object, "groups");
    *good = step >= 0 && cJSON_IsObject(groups) && groups->child;
    if (!*good)
        return true;
    if ((long)step < curves->outer_step) {
        metric_curves_settle(curves);
        if (!cut(curves, (long)step + 1))
            return false;
    }
    curves->outer_step = (long)step;
    if (history_weight_count(curves->history) == 0)
        begin_weights(curves, groups);
    row[0] = step;
    read_weights(groups, history_weight_names(curves->history), row);
    return history_append_weights(&curves->history, row);
}

// False without memory.
static bool take_line(MetricCurves *curves, const char *line, size_t length) {
    cJSON *object = cJSON_ParseWithLength(line, length);
    const char *kind = cJSON_GetStringValue(field(object, "kind"));
    bool good = false;
    bool kept = true;
    if (kind && strcmp(kind, "outer") == 0)
        kept = take_outer(curves, object, &good);
    else if (kind && strcmp(kind, "evaluation") == 0)
        kept = take_evaluation(curves, object, &good);
    else if (kind && strcmp(kind, "weights") == 0)
        kept = take_weights(curves, object, &good);
    cJSON_Delete(object);
    curves->lines++;
    curves->bad_lines += !good;
    return kept;
}

// ---- lines out of bytes ----

static bool keep_rest(MetricCurves *curves, const char *bytes, size_t count) {
    if (curves->too_long || count > METRIC_LINE - curves->rest_length) {
        curves->too_long = true;
        curves->rest_length = 0;
        return true;
    }
    if (curves->rest_length + count > curves->rest_capacity) {
        const size_t capacity = 2 * (curves->rest_length + count);
        char *rest = realloc(curves->rest, capacity);
        if (!rest)
            return false;
        curves->rest = rest;
        curves->rest_capacity = capacity;
    }
    if (count > 0)
        memcpy(curves->rest + curves->rest_length, bytes, count);
    curves->rest_length += count;
    return true;
}

static bool end_line(MetricCurves *curves, const char *bytes, size_t count) {
    bool kept = true;
    if (curves->rest_length == 0 && !curves->too_long && count <= METRIC_LINE) {
        kept = take_line(curves, bytes, count);
    } else {
        kept = keep_rest(curves, bytes, count);
        if (kept && !curves->too_long)
            kept = take_line(curves, curves->rest, curves->rest_length);
        else if (kept) {
            curves->lines++;
            curves->bad_lines++;
        }
    }
    curves->rest_length = 0;
    curves->too_long = false;
    return kept;
}

bool metric_curves_feed(MetricCurves *curves, const char *bytes, size_t count, Status *status) {
    bool kept = true;
    while (kept && count > 0) {
        const char *line_break = memchr(bytes, '\n', count);
        const size_t length = line_break ? (size_t)(line_break - bytes) : count;
        kept = line_break ? end_line(curves, bytes, length) : keep_rest(curves, bytes, length);
        bytes += length + (line_break ? 1 : 0);
        count -= length + (line_break ? 1 : 0);
    }
    return kept ||
           status_fail(status, STATUS_FAILURE, "no memory for curves of %ld lines", curves->lines);
}
