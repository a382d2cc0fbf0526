#include "app/export_runs.h"

#include "app/run_filter.h"
#include "app/run_list.h"
#include "engine/history.h"
#include "views/overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Those that pass, with their whole curves.  Returns how many pass, of which the first CHART_SERIES
// are taken.
static int take(const RunList *list, const RunFilter *filter, OverlayRun runs[CHART_SERIES]) {
    int count = 0;
    for (int i = 0; i < list->count; i++) {
        RunReader *reader = list->readers[i];
        const char *name = run_list_name(list, reader);
        if (!run_filter_passes(filter, name, reader) || count++ >= CHART_SERIES)
            continue;
        metrics_file_set_tail(&reader->metrics, 0);
        run_reader_look(reader);
        const History *history = reader->metrics.curves.history;
        runs[count - 1] = (OverlayRun){.name = name,
                                       .letter = (char)('a' + count - 1),
                                       .history = history,
                                       .outer_count = history_outer_count(history),
                                       .evaluation_count = history_evaluation_count(history)};
    }
    return count;
}

static bool export_list(const Options *options, RunList *list, Status *status) {
    RunFilter filter;
    OverlayRun runs[CHART_SERIES];
    bool changed;
    if (!run_filter_parse(&filter, options->filter ? options->filter : "", status) ||
        !run_list_scan(list, &changed, status))
        return false;
    run_list_look(list);
    const int count = take(list, &filter, runs);
    if (count > CHART_SERIES)
        fprintf(stderr, "rulesmith: %s: the first %d of %d runs are shown\n", list->folder,
                CHART_SERIES, count);
    const ChartView view = {.smoothing = 0.95};
    return overlay_export(OVERLAY_KINDS, runs, count > CHART_SERIES ? CHART_SERIES : count, &view,
                          options->out, options_scale(options), options_theme(options), status);
}

bool export_runs(const Options *options, Status *status) {
    RunList *list = malloc(sizeof *list);
    if (!list)
        return status_fail(status, STATUS_FAILURE, "no memory for the list of runs");
    run_list_init(list, options->run);
    const bool done = export_list(options, list, status);
    run_list_clear(list);
    free(list);
    return done;
}
