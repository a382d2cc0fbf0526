// metrics.jsonl as curves: bytes in, as they come, a History out.
//
// The lines are those that the engine writes: one object per outer step ("kind":"outer"), one per
// evaluation and held-out set ("kind":"evaluation"), one per evaluation with percentiles of weights
// ("kind":"weights").  Numbers that are not finite are the strings "NaN", "Infinity" and
// "-Infinity".  A line without its line break is torn, or not yet whole: it waits for the rest.  A
// line that is no such object is counted and passed over.
//
// Where the outer steps go back, a resume has superseded what came after: a new History takes the
// place of the old one, with the points before it.  Whoever holds the old one keeps it
// (history_hold).  Appending may do the same (history.h).
//
// One thread uses a MetricCurves; the points of its history may be read from any (history.h).
#ifndef APP_METRIC_CURVES_H
#define APP_METRIC_CURVES_H

#include "engine/history.h"
#include "engine/snapshot.h"
#include "engine/status.h"

typedef struct {
    History *history; // owned

    // Of the evaluations so far, by held-out set in the order of appearance.
    int set_count;
    char sets[SNAPSHOT_HELD_OUT][48];
    double raw_pixel_accuracy[SNAPSHOT_HELD_OUT]; // NaN before it is known
    int marks[SNAPSHOT_MARKS];                    // inner steps of the four accuracies

    long outer_step; // that the last good line told; -1 before the first
    long superseded; // points that later lines made obsolete
    long dropped;    // workers whose loss or gradient was not finite, over all outer steps
    long bad_lines;  // whole lines that are no metrics
    long lines;      // whole lines so far

    // An evaluation whose further sets may still come.
    bool has_pending;
    unsigned pending_sets; // bit s: set s is in it
    EvaluationPoint pending;

    char *rest; // [rest_length] of a line that is not whole yet; owned
    size_t rest_length, rest_capacity;
    bool too_long; // that line is beyond METRIC_LINE bytes: passed over up to its end
} MetricCurves;

enum { METRIC_LINE = 1 << 16 };

bool metric_curves_init(MetricCurves *curves, Status *status);
void metric_curves_clear(MetricCurves *curves);

// The next bytes of the file.  False only without memory; what was read before stays.
bool metric_curves_feed(MetricCurves *curves, const char *bytes, size_t count, Status *status);

// No further set of the last evaluation is waited for: call it when the file has had no news for a
// while, or ends.  True if that brought a point.
bool metric_curves_settle(MetricCurves *curves);

#endif
