// rulesmith export: the figures of a run as PNG, the same that the screen shows.
//
// Curves are read from what the run has written, to its last outer step.  For what only the engine
// knows, the weights of now, it is brought to the run's last checkpoint; the figures of features
// (export_features.h) are computed from a rule.  Nothing of the run is written.
#include "app/commands.h"
#include "app/export_features.h"
#include "app/export_runs.h"
#include "app/export_steps.h"
#include "app/run_reader.h"
#include "app/session.h"
#include "views/dashboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CURVES_WIDTH = 100, CURVE_HEIGHT = 20, GROUP_HEIGHT = 14 }; // cells

// Loss, transfer accuracy, gradient norm and learning rate, one below the other.
static bool export_curves(const Snapshot *snapshot, const DashboardView *view,
                          const Options *options, const PictureOptions *picture, Status *status) {
    static const PanelKind kinds[] = {PANEL_LOSS, PANEL_TRANSFER, PANEL_GRADIENT, PANEL_RATE};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    Scene whole;
    scene_init(&whole, CURVES_WIDTH, KINDS * CURVE_HEIGHT);
    for (int i = 0; i < KINDS; i++) {
        Scene part;
        const Heading heading = {0};
        scene_init(&part, CURVES_WIDTH, CURVE_HEIGHT);
        dashboard_panel(&part, kinds[i], snapshot, view, &heading);
        scene_append(&whole, &part, 0, i * CURVE_HEIGHT);
        scene_clear(&part);
    }
    const bool done = picture_export(&whole, options->out, picture, status);
    scene_clear(&whole);
    return done;
}

// Every group's percentiles over time, two abreast.
static bool export_weights(const Snapshot *snapshot, const DashboardView *view,
                           const Options *options, const PictureOptions *picture, Status *status) {
    const int groups = dashboard_weight_groups(snapshot);
    if (groups == 0)
        return status_fail(status, STATUS_FAILURE,
                           "%s: no evaluation of this run has kept percentiles of weights",
                           options->run);
    const int rows = (groups + 1) / 2;
    const int width = CURVES_WIDTH / 2 - 1;
    DashboardView each = *view;
    Scene whole;
    scene_init(&whole, CURVES_WIDTH, rows * GROUP_HEIGHT);
    for (int i = 0; i < groups; i++) {
        Scene part;
        const Heading heading = {0};
        each.histogram = i;
        const int row = i / 2;
        const int column = i % 2 * (width + 2);
        scene_init(&part, width, GROUP_HEIGHT);
        dashboard_panel(&part, PANEL_WEIGHTS, snapshot, &each, &heading);
        scene_append(&whole, &part, column, row * GROUP_HEIGHT);
        scene_clear(&part);
    }
    const bool done = picture_export(&whole, options->out, picture, status);
    scene_clear(&whole);
    return done;
}

// The index of options->group, the first without it.
static bool find_group(const Options *options, const Snapshot *snapshot, PanelKind kind, int *index,
                       Status *status) {
    const WeightNames *names = history_weight_names(snapshot->history);
    const bool weights = kind == PANEL_WEIGHTS;
    const int count = weights ? names->count : snapshot->histogram_count;
    char all[SNAPSHOT_HISTOGRAMS * (sizeof names->names[0] + 2)] = "none";
    size_t length = 0;
    *index = 0;
    for (int i = 0; options->group && i < count; i++) {
        const char *name = weights ? names->names[i] : snapshot->histograms[i].name;
        *index = i;
        if (strcmp(name, options->group) == 0)
            return true;
        length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", i ? ", " : "", name);
    }
    return !options->group ||
           status_fail(status, STATUS_USAGE, "--group '%.40s': expected one of %s", options->group,
                       all);
}

static bool export_figure(const Options *options, const Snapshot *snapshot, Status *status) {
    const int scale = options_scale(options);
    const Theme theme = options_theme(options);
    DashboardView view;
    dashboard_view_init(&view);
    const bool curves = strcmp(options->operand, "curves") == 0;
    const bool sheet = strcmp(options->operand, "weights") == 0 && !options->group;
    if (!curves && !sheet) {
        PanelKind kind;
        if (!panel_from_name(options->operand, &kind))
            return status_fail(status, STATUS_USAGE, "'%s' is no figure", options->operand);
        if (!find_group(options, snapshot, kind, &view.histogram, status))
            return false;
        return dashboard_export(kind, snapshot, &view, options->out, scale, theme, status);
    }
    char outer_step[32];
    char seed[32];
    snprintf(outer_step, sizeof outer_step, "%ld", snapshot->outer_step);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)snapshot->seed);
    const PictureNote notes[] = {
        {"run", snapshot->run}, {"outer step", outer_step}, {"seed", seed}};
    const PictureOptions picture = {
        .scale = scale, .theme = theme, .notes = notes, .note_count = 3};
    return sheet ? export_weights(snapshot, &view, options, &picture, status)
                 : export_curves(snapshot, &view, options, &picture, status);
}

static bool export_read(const Options *options, RunReader *reader, Snapshot *snapshot,
                        Status *status) {
    run_reader_look(reader);
    run_reader_look(reader); // no news: the last evaluation is whole
    run_reader_show(reader, snapshot);
    if (snapshot->outer_count == 0 && snapshot->evaluation_count == 0)
        return status_fail(status, STATUS_FAILURE, "%s: expected outer steps of the run, found %s",
                           reader->metrics.path,
                           reader->trouble[0] ? reader->trouble : "none that can be read");
    if (reader->trouble[0])
        fprintf(stderr, "rulesmith: %s\n", reader->trouble);
    return export_figure(options, snapshot, status);
}

static bool export_of_curves(const Options *options, Status *status) {
    RunReader *reader = malloc(sizeof *reader);
    Snapshot *snapshot = malloc(sizeof *snapshot);
    bool done = false;
    if (!reader || !snapshot) {
        status_fail(status, STATUS_FAILURE, "no memory to read '%.400s'", options->run);
    } else if (run_reader_init(reader, options->run, status)) {
        done = export_read(options, reader, snapshot, status);
        run_reader_clear(reader);
    }
    free(snapshot);
    free(reader);
    return done;
}

static bool export_session(const Options *options, Session *session, Status *status) {
    meta_training_publish(session->training, ENGINE_PAUSED);
    const Snapshot *snapshot = snapshot_board_acquire(session->board);
    if (!snapshot)
        return status_fail(status, STATUS_FAILURE, "no memory for a snapshot");
    const bool done = export_figure(options, snapshot, status);
    snapshot_release(session->board, snapshot);
    return done;
}

static bool export_of_engine(const Options *options, Status *status) {
    Session session;
    if (!session_look(&session, options, options->run, status))
        return false;
    const bool done = export_session(options, &session, status);
    session_end(&session);
    return done;
}

int command_export(const Options *options) {
    Status status;
    status_clear(&status);
    const bool features = is_feature_figure(options->operand);
    const bool steps = is_step_figure(options->operand);
    const bool of_rule = features || steps;
    const bool source = options->run || (of_rule && options->rule);
    if (!source || !options->out) {
        status_fail(&status, STATUS_USAGE, "'export %s' needs --%s", options->operand,
                    source    ? "out FILE"
                    : of_rule ? "run DIR or --rule FILE"
                              : "run DIR");
        return report_error(&status);
    }
    if (features)
        return export_features(options);
    if (steps)
        return export_steps(options, &status) ? STATUS_OK : report_error(&status);
    const bool done = strcmp(options->operand, "runs") == 0 ? export_runs(options, &status)
                      : strcmp(options->operand, "histogram") == 0
                          ? export_of_engine(options, &status)
                          : export_of_curves(options, &status);
    return done ? STATUS_OK : report_error(&status);
}
