// A run directory read while another process writes it: curves as they grow, a writer that ends or
// is killed, a resume that cuts, the tail of the log, damaged files.
#include "app/run_reader.h"
#include "tests/unit/check.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void make_run(RunDirectory *run, const char *folder) {
    Status status;
    Settings settings;
    settings_default(&settings);
    settings.seed = 77;
    check(run_directory_create(run, folder, "small", &status) &&
              run_directory_write_config(run, &settings, &status),
          &status);
}

static void add_outer(RunDirectory *run, long step) {
    char text[256];
    Status status;
    snprintf(text, sizeof text,
             "{\"kind\":\"outer\",\"outer_step\":%ld,\"seconds\":%ld,\"meta_loss\":0.5}", step,
             2 * step);
    check(run_directory_metric(run, text, &status), &status);
}

static void add_evaluation(RunDirectory *run, long step, const char *data) {
    char text[256];
    Status status;
    snprintf(text, sizeof text,
             "{\"kind\":\"evaluation\",\"outer_step\":%ld,\"data\":\"%s\",\"accuracy_0\":0.25,"
             "\"accuracy_2\":0.3,\"accuracy_4\":0.4,\"accuracy_8\":0.5,\"raw_pixels\":0.75}",
             step, data);
    check(run_directory_metric(run, text, &status), &status);
}

static void set_state(const RunDirectory *run, const char *state, long step) {
    Status status;
    check(run_directory_set_state(run, state, "", step, &status), &status);
}

static void begin(RunReader *reader, const char *folder) {
    Status status;
    check(run_reader_init(reader, folder, &status), &status);
}

static void test_no_run(void **state) {
    (void)state;
    RunReader reader;
    Status status;
    assert_false(run_reader_init(&reader, temporary_folder(), &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_non_null(strstr(status.text, "config.ini"));
}

static void test_grows_as_it_is_written(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    RunReader reader;
    Snapshot snapshot;
    make_run(&run, folder);
    begin(&reader, folder);
    assert_true(run_reader_look(&reader));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.outer_count, 0);
    assert_int_equal(snapshot.state, ENGINE_STARTING);
    assert_int_equal(snapshot.seed, 77);
    assert_true(snapshot.watched);
    assert_false(run_reader_look(&reader));

    set_state(&run, "training", 0);
    add_evaluation(&run, 0, "toy");
    for (long step = 1; step <= 40; step++) {
        add_outer(&run, step);
        assert_true(run_reader_look(&reader));
        run_reader_show(&reader, &snapshot);
        assert_int_equal(snapshot.outer_count, step);
        assert_int_equal(snapshot.outer_step, step);
        assert_int_equal(snapshot.state, ENGINE_TRAINING);
    }
    assert_false(run_reader_look(&reader));
    assert_true(fabs(snapshot.outer_steps_per_second - 0.5) < 1e-9);
    assert_true(snapshot.seconds == 80);
    assert_int_equal(snapshot.evaluation_count, 1);
    assert_string_equal(snapshot.held_out[0], "toy");
    assert_true(snapshot.random_accuracy[0] == 0.25 && snapshot.raw_pixel_accuracy[0] == 0.75);
    assert_int_equal(snapshot.marks[3], 8);
    assert_string_equal(snapshot.preset, "small");
    assert_true(strlen(snapshot.kernels) > 0);

    // The last evaluation waits for further sets until a look brings nothing.
    add_evaluation(&run, 40, "toy");
    assert_true(run_reader_look(&reader));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.evaluation_count, 1);
    assert_true(run_reader_look(&reader));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.evaluation_count, 2);

    set_state(&run, "finished", 40);
    run_directory_close(&run);
    assert_true(run_reader_look(&reader));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.state, ENGINE_FINISHED);
    assert_true(isnan(snapshot.outer_steps_per_second));
    run_reader_clear(&reader);
}

// While a child writes lines of every length in pieces, no look sees half of one.
static void test_follows_another_process(void **state) {
    (void)state;
    enum { STEPS = 300 };
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    RunReader reader;
    make_run(&run, folder);
    begin(&reader, folder);
    const pid_t child = fork();
    if (child == 0) {
        for (long step = 1; step <= STEPS; step++) {
            char text[256];
            const int length =
                snprintf(text, sizeof text,
                         "{\"kind\":\"outer\",\"outer_step\":%ld,\"meta_loss\":%ld}\n", step, step);
            const int half = (int)(step * 7 % length);
            if (write(run.metrics.file, text, (size_t)half) != half ||
                write(run.metrics.file, text + half, (size_t)(length - half)) != length - half)
                _exit(1);
        }
        _exit(0);
    }
    assert_true(child > 0);
    long seen = 0;
    bool ended = false;
    while (!ended) {
        int result;
        ended = waitpid(child, &result, WNOHANG) == child;
        assert_true(!ended || (WIFEXITED(result) && WEXITSTATUS(result) == 0));
        run_reader_look(&reader);
        const MetricCurves *curves = &reader.metrics.curves;
        const long count = (long)history_outer_count(curves->history);
        assert_int_equal(curves->bad_lines, 0);
        assert_true(count >= seen);
        for (; seen < count; seen++)
            assert_true(history_outer(curves->history, (size_t)seen)->meta_loss ==
                        (double)(seen + 1));
    }
    assert_int_equal(seen, STEPS);
    run_reader_clear(&reader);
    run_directory_close(&run);
}

static void test_resume_cuts(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    RunReader reader;
    Snapshot snapshot;
    Status status;
    long superseded;
    make_run(&run, folder);
    begin(&reader, folder);
    for (long step = 1; step <= 10; step++)
        add_outer(&run, step);
    run_reader_look(&reader);
    run_directory_close(&run);
    check(run_directory_open(&run, folder, &status) &&
              run_directory_resume_metrics(&run, 6, 1, &superseded, &status),
          &status);
    assert_int_equal(superseded, 4);
    assert_true(run_reader_look(&reader));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.outer_count, 6);
    add_outer(&run, 7);
    assert_true(run_reader_look(&reader));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.outer_count, 7);
    assert_int_equal(history_outer(snapshot.history, 6)->outer_step, 7);
    run_reader_clear(&reader);
    run_directory_close(&run);
}

// The state of a run whose writer is another process: as it says while it lives, "killed" when it
// has gone without a word.
static void test_killed_writer(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    int ready[2];
    char byte;
    RunReader reader;
    Snapshot snapshot;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        RunDirectory run;
        make_run(&run, folder);
        set_state(&run, "training", 3);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    begin(&reader, folder);
    run_reader_look(&reader);
    assert_int_equal(reader.life, RUN_WRITTEN);
    assert_int_equal(reader.status.pid, child);
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.state, ENGINE_TRAINING);
    assert_int_equal(snapshot.outer_step, 3);
    // Asking for the lock keeps nobody from taking it afterwards, and the writer still has it.
    RunDirectory second;
    Status status;
    assert_false(run_directory_open(&second, folder, &status));

    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(run_reader_look(&reader));
    assert_int_equal(reader.life, RUN_ABANDONED);
    assert_string_equal(run_status_word(&reader.status, reader.life), "killed");
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.state, ENGINE_KILLED);
    check(run_directory_open(&second, folder, &status), &status);
    run_directory_close(&second);
    run_reader_clear(&reader);
}

static void test_other_host(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    RunReader reader;
    make_run(&run, folder);
    run_directory_close(&run);
    write_file(in_folder(folder, "status.json"),
               "{\"pid\":1,\"host\":\"not.this.one\",\"state\":\"training\",\"outer_step\":5}");
    begin(&reader, folder);
    run_reader_look(&reader);
    assert_int_equal(reader.life, RUN_ELSEWHERE);
    assert_string_equal(run_status_word(&reader.status, reader.life), "elsewhere");
    assert_int_equal(run_reader_outer_step(&reader), 5);
    run_reader_clear(&reader);
}

static void test_log_tail(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    RunReader reader;
    Snapshot snapshot;
    char line[64];
    make_run(&run, folder);
    begin(&reader, folder);
    const double before = (double)time(NULL);
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "this is line %d of the log", i);
        run_directory_log(&run, line);
    }
    assert_true(run_reader_look(&reader));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.log_count, SNAPSHOT_LOG_LINES);
    for (int i = 0; i < SNAPSHOT_LOG_LINES; i++) {
        snprintf(line, sizeof line, " this is line %d of the log", 1000 - SNAPSHOT_LOG_LINES + i);
        assert_int_equal(strlen(snapshot.log[i]), strlen("08:17:22") + strlen(line));
        assert_string_equal(snapshot.log[i] + strlen("08:17:22"), line);
    }
    assert_true(reader.started >= before - 1 && reader.started <= before + 60);
    run_reader_clear(&reader);
    run_directory_close(&run);
}

static void test_damaged_files(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    RunReader reader;
    Snapshot snapshot;
    make_run(&run, folder);
    add_outer(&run, 1);
    run_directory_close(&run);
    write_file(in_folder(folder, "config.ini"), "[outer]\nno_such_key = 1\n");
    write_file(in_folder(folder, "status.json"), "{\"pid\":");
    begin(&reader, folder);
    assert_true(run_reader_look(&reader));
    assert_false(run_reader_look(&reader));
    assert_false(reader.has_settings);
    assert_non_null(strstr(reader.trouble, "status.json"));
    run_reader_show(&reader, &snapshot);
    assert_int_equal(snapshot.outer_count, 1);
    assert_int_equal(snapshot.state, ENGINE_STARTING);
    run_reader_clear(&reader);

    unlink(in_folder(folder, "status.json"));
    unlink(in_folder(folder, "metrics.jsonl"));
    assert_int_equal(mkfifo(in_folder(folder, "metrics.jsonl"), 0600), 0);
    begin(&reader, folder);
    run_reader_look(&reader);
    assert_non_null(strstr(reader.trouble, "metrics.jsonl: expected a regular file"));
    run_reader_clear(&reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_run),
        cmocka_unit_test(test_grows_as_it_is_written),
        cmocka_unit_test(test_follows_another_process),
        cmocka_unit_test(test_resume_cuts),
        cmocka_unit_test(test_killed_writer),
        cmocka_unit_test(test_other_host),
        cmocka_unit_test(test_log_tail),
        cmocka_unit_test(test_damaged_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
