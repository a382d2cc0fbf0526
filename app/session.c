#include "app/session.h"

#include "app/checkpoints.h"
#include "app/commands.h"
#include "app/rule_series.h"
#include "engine/blas.h"
#include "engine/kernels.h"
#include "engine/real.h"

#include <string.h>

const char session_default_preset[] = "default";

// -- What the engine tells; on the thread that drives it
// ---------------------------------------------

static void hear_log(void *context, const char *line) {
    Session *session = context;
    run_directory_log(&session->run, line);
    if (session->talk)
        fprintf(session->talk, "rulesmith: %s\n", line);
}

static void hear_metric(void *context, const char *json) {
    Session *session = context;
    Status status;
    status_clear(&status);
    const bool written = run_directory_metric(&session->run, json, &status);
    if (!written && !session->metrics_failed)
        hear_log(session, status.text);
    session->metrics_failed = !written;
}

// -- Putting together
// --------------------------------------------------------------------------------

static void clear(Session *session) {
    memset(session, 0, sizeof *session);
    session->run.lock = session->run.log = session->run.metrics.file = -1;
}

void session_end(Session *session) {
    if (session->training)
        meta_training_free(session->training);
    if (session->board)
        snapshot_board_free(session->board);
    data_sources_clear(&session->data);
    run_directory_close(&session->run);
    clear(session);
}

static bool make_engine(Session *session, bool writes, Status *status) {
    session->board = snapshot_board_new();
    if (!session->board)
        return status_fail(status, STATUS_FAILURE, "no memory for snapshots");
    MetaTrainingInputs inputs = {
        .sources = session->data.sources,
        .source_weights = session->data.weights,
        .source_count = session->data.source_count,
        .held_out = session->data.held_out,
        .held_out_count = session->data.held_out_count,
        .held_out_is_fallback = session->data.held_out_is_fallback,
        .board = session->board,
        .log = writes ? hear_log : NULL,
        .log_context = session,
        .metric = writes ? hear_metric : NULL,
        .metric_context = session,
    };
    snprintf(inputs.run, sizeof inputs.run, "%.95s", session->run.path);
    snprintf(inputs.preset, sizeof inputs.preset, "%s", session->run.preset);
    return meta_training_new(&session->training, &session->settings, &inputs, status);
}

static bool remake_engine(Session *session, bool writes, Status *status) {
    meta_training_free(session->training);
    snapshot_board_free(session->board);
    session->training = NULL;
    session->board = NULL;
    return make_engine(session, writes, status);
}

// Loads the newest checkpoint that can be read.  writes: one that cannot and is newer is set aside.
static bool load_checkpoint(Session *session, bool writes, Status *status) {
    long outer_steps[CHECKPOINTS_LISTED];
    const int count = checkpoints_list(&session->run, outer_steps);
    Status first;
    status_clear(&first);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        status_clear(status);
        if (!checkpoint_path(&session->run, outer_steps[i], path, status))
            return false;
        if (meta_training_load(session->training, path, status)) {
            for (int bad = 0; writes && bad < i; bad++)
                checkpoint_set_aside(&session->run, outer_steps[bad]);
            if (writes && i > 0)
                hear_log(session, first.text);
            return true;
        }
        if (i == 0)
            first = *status;
        // After a failed load an engine is good for nothing.
        if (!remake_engine(session, writes, status))
            return false;
    }
    if (count > 0) {
        *status = first;
        return false;
    }
    return status_fail(status, STATUS_BAD_DATA,
                       "%s/checkpoints: expected a checkpoint to go on from, found none",
                       session->run.path);
}

// The settings that may change while training goes on are the checkpoint's, but for what the
// command line says now.
static bool take_live_settings(Session *session, const Options *options, Status *status) {
    session->settings = *meta_training_settings(session->training);
    return command_line_settings(options, &session->settings, status) &&
           meta_training_change(session->training, &session->settings, status);
}

static bool resume(Session *session, const Options *options, Status *status) {
    long superseded = 0;
    if (!load_checkpoint(session, true, status) || !take_live_settings(session, options, status))
        return false;
    const long outer_step = meta_training_outer_step(session->training);
    const long lines = meta_training_metrics_of_step(session->training);
    if (!run_directory_resume_metrics(&session->run, outer_step, lines, &superseded, status))
        return false;
    rule_series_cut(&session->run, outer_step);
    char line[128];
    snprintf(line, sizeof line, "resumed at outer step %ld; %ld later metrics superseded",
             outer_step, superseded);
    hear_log(session, line);
    return true;
}

// Settings, data and run directory: of a new run the directory last, so that nothing is made for a
// typing error.
static bool open_run(Session *session, const Options *options, Status *status) {
    char preset[48];
    char config[PATH_MAX];
    if (!options->resume)
        return effective_settings(options, session_default_preset, &session->settings, preset,
                                  status) &&
               data_sources_init(&session->data, &session->settings, options->data_path, status) &&
               run_directory_create(&session->run, options->run, preset, status);
    return run_directory_open(&session->run, options->resume, status) &&
           run_directory_file(&session->run, "config.ini", config, status) &&
           effective_settings_of_run(options, config, &session->settings, status) &&
           data_sources_init(&session->data, &session->settings, options->data_path, status);
}

// Who computes with what, as the first line of a session in the log.
static void log_beginning(const Session *session) {
    char line[512];
    snprintf(line, sizeof line,
             "session begins: preset %s, seed %lld, " REAL_NAME
             ", kernels %s, 1 thread per call of %s",
             session->run.preset, (long long)session->settings.seed, kernels_best()->name,
             blas_description());
    run_directory_log(&session->run, line);
}

// What the data sets lack.
static void log_data(Session *session) {
    DataSources *data = &session->data;
    char *rest = data->notes;
    char line[96];
    if (*data->missing)
        hear_log(session, data->missing);
    for (char *note; (note = strsep(&rest, "\n"));)
        if (*note)
            hear_log(session, note);
    snprintf(line, sizeof line, "data: %d such lines more", data->notes_lost);
    if (data->notes_lost > 0)
        hear_log(session, line);
    *data->notes = '\0';
}

static bool begin(Session *session, const Options *options, Status *status) {
    if (!open_run(session, options, status) || !make_engine(session, true, status))
        return false;
    log_beginning(session); // the engine has read OpenBLAS's thread count back
    log_data(session);
    if (options->resume)
        return resume(session, options, status);
    // With config.ini the folder becomes a run; then it has a checkpoint already, so that a run
    // that is killed in its first minute opens again.
    return (!options->rule || meta_training_load_rule(session->training, options->rule, status)) &&
           checkpoint_write(&session->run, session->training, status);
}

bool session_begin(Session *session, const Options *options, FILE *talk, Status *status) {
    clear(session);
    session->talk = talk;
    if (begin(session, options, status) &&
        run_directory_write_config(&session->run, &session->settings, status))
        return true;
    if (!options->resume)
        run_directory_discard(&session->run);
    session_end(session);
    return false;
}

bool session_look(Session *session, const Options *options, const char *folder, Status *status) {
    clear(session);
    char config[PATH_MAX];
    if (run_directory_look(&session->run, folder, status) &&
        run_directory_file(&session->run, "config.ini", config, status) &&
        effective_settings_of_run(options, config, &session->settings, status) &&
        data_sources_init(&session->data, &session->settings, options->data_path, status) &&
        make_engine(session, false, status) && load_checkpoint(session, false, status))
        return true;
    session_end(session);
    return false;
}
