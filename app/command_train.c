// rulesmith train: meta-training under the screen, or headless.
#include "app/commands.h"
#include "app/headless.h"
#include "app/screen.h"
#include "app/session.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "app/training_thread.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

// The settings that a training would have; nothing is made or locked.
static bool settings_in_force(const Options *options, Settings *settings, Status *status) {
    if (!options->resume)
        return effective_settings(options, session_default_preset, settings, NULL, status);
    RunDirectory run;
    char config[PATH_MAX];
    return run_directory_look(&run, options->resume, status) &&
           run_directory_file(&run, "config.ini", config, status) &&
           effective_settings_of_run(options, config, settings, status);
}

static int dry_run(const Options *options, Status *status) {
    Settings settings;
    if (!settings_in_force(options, &settings, status))
        return report_error(status);
    DataSources data;
    if (!data_sources_init(&data, &settings, options->data_path, status))
        return report_error(status);
    const size_t bytes = meta_training_memory(&settings, data_sources_inputs(&data, &settings));
    const size_t held = data_sources_bytes(&data);
    data_sources_clear(&data);
    printf("# memory of the engine: %zu.%zu MiB\n", bytes >> 20, (bytes & 0xfffff) * 10 >> 20);
    printf("# memory of the data sets: %zu.%zu MiB\n", held >> 20, (held & 0xfffff) * 10 >> 20);
    if (!settings_write(&settings, stdout) || fflush(stdout) != 0) {
        status_fail(status, STATUS_FAILURE, "stdout: cannot be written");
        return report_error(status);
    }
    return STATUS_OK;
}

static bool watch(const Options *options, Session *session, TrainingThread *thread,
                  bool *broken_pipe, Status *status) {
    if (options->headless) {
        headless_run(thread, session->board, stdout, broken_pipe);
        return true;
    }
    char words[512];
    snprintf(words, sizeof words,
             "rulesmith: crashed; 'rulesmith --resume %.400s' goes on from the last checkpoint\n",
             session->run.path);
    terminal_set_last_words(words);
    const ScreenPlan plan = {.thread = thread,
                             .board = session->board,
                             .run = &session->run,
                             .settings = &session->settings,
                             .data_path = options->data_path,
                             .colour = options_color(options, stdout)};
    if (screen_run(&plan, status))
        return true;
    training_thread_send(thread, TRAINING_QUIT, 0);
    return false;
}

// The exit code of a training that ended well.
static int code_of_end(bool broken_pipe) {
    if (signals_end())
        return 128 + signals_end();
    return broken_pipe ? 128 + SIGPIPE : STATUS_OK;
}

static int run_training(const Options *options, Session *session, Status *status) {
    TrainingThread *thread;
    const TrainingPlan plan = {.training = session->training,
                               .run = &session->run,
                               .settings = &session->settings,
                               .board = session->board,
                               .keep_unsaved = !options->headless,
                               .talk = session->talk};
    if (!training_thread_start(&thread, &plan, status))
        return report_error(status);
    bool broken_pipe = false;
    Status ended;
    status_clear(&ended);
    const bool watched = watch(options, session, thread, &broken_pipe, status);
    const bool saved = training_thread_join(thread, &ended);
    if (!watched)
        return report_error(status);
    if (!saved)
        return report_error(&ended);
    if (!broken_pipe)
        fprintf(stderr, "rulesmith: saved in %s; 'rulesmith --resume %s' goes on\n",
                session->run.path, session->run.path);
    return code_of_end(broken_pipe);
}

int command_train(const Options *options) {
    Status status;
    status_clear(&status);
    if (options->dry_run)
        return dry_run(options, &status);
    // What is wrong on the command line is told first, whatever the terminal.
    Settings settings;
    if (!settings_in_force(options, &settings, &status) ||
        (!options->headless && !terminal_check(&status)))
        return report_error(&status);
    Session session;
    if (!signals_init(&status) ||
        !session_begin(&session, options, options->headless ? stderr : NULL, &status))
        return report_error(&status);
    const int code = run_training(options, &session, &status);
    session_end(&session);
    return code;
}
