// Metrics lines from anything: the curves are in order and depend only on the bytes, not on the
// pieces in which they come.
#include "app/metric_curves.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool promised) {
    if (!promised)
        abort();
}

static void expect_order(const MetricCurves *curves) {
    long last = 0;
    for (size_t i = 0; i < history_outer_count(curves->history); i++) {
        const long step = history_outer(curves->history, i)->outer_step;
        insist(step > last);
        last = step;
    }
    last = 0;
    for (size_t i = 0; i < history_evaluation_count(curves->history); i++) {
        const EvaluationPoint *point = history_evaluation(curves->history, i);
        insist(point->outer_step >= last && point->set_count >= 1 &&
               point->set_count <= curves->set_count);
        last = point->outer_step;
    }
    double row = 0;
    for (size_t i = 0; i < history_weight_count(curves->history); i++) {
        insist(history_weights(curves->history, i)[0] >= row);
        row = history_weights(curves->history, i)[0];
    }
    insist(history_weight_names(curves->history)->count <= SNAPSHOT_HISTOGRAMS);
    insist(curves->set_count <= SNAPSHOT_HELD_OUT && curves->bad_lines <= curves->lines);
}

static bool same_points(const History *a, const History *b) {
    bool same = history_outer_count(a) == history_outer_count(b) &&
                history_evaluation_count(a) == history_evaluation_count(b) &&
                history_weight_count(a) == history_weight_count(b);
    for (size_t i = 0; same && i < history_outer_count(a); i++)
        same = memcmp(history_outer(a, i), history_outer(b, i), sizeof(OuterPoint)) == 0;
    for (size_t i = 0; same && i < history_evaluation_count(a); i++)
        same = memcmp(history_evaluation(a, i), history_evaluation(b, i),
                      sizeof(EvaluationPoint)) == 0;
    const size_t columns = weight_row_columns(history_weight_names(a));
    for (size_t i = 0; same && i < history_weight_count(a); i++)
        same = memcmp(history_weights(a, i), history_weights(b, i), columns * sizeof(double)) == 0;
    return same;
}

static void read_all(MetricCurves *curves, const uint8_t *data, size_t size, size_t piece) {
    Status status;
    insist(metric_curves_init(curves, &status));
    for (size_t at = 0; at < size; at += piece) {
        const size_t count = size - at < piece ? size - at : piece;
        insist(metric_curves_feed(curves, (const char *)data + at, count, &status));
    }
    metric_curves_settle(curves);
    expect_order(curves);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    MetricCurves whole, pieces;
    read_all(&whole, data, size, size + 1);
    read_all(&pieces, data, size, 1 + size % 13);
    insist(same_points(whole.history, pieces.history));
    insist(whole.bad_lines == pieces.bad_lines && whole.lines == pieces.lines);
    metric_curves_clear(&whole);
    metric_curves_clear(&pieces);
    return 0;
}
