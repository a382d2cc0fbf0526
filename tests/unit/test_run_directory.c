// Run directories: what is in them, who may write, what a resume does, which checkpoints stay.
#include "app/checkpoints.h"
#include "app/run_directory.h"
#include "tests/unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static void make_run(RunDirectory *run, const char *folder) {
    Status status;
    Settings settings;
    settings_default(&settings);
    status_clear(&status);
    if (!run_directory_create(run, folder, "small", &status) ||
        !run_directory_write_config(run, &settings, &status))
        fail_msg("%s", status.text);
}

static void test_has_its_files(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    Status status;
    make_run(&run, folder);
    assert_true(run_directory_metric(&run, "{\"outer_step\":1}", &status));
    assert_true(run_directory_set_state(&run, "training", "because \"quotes\"", 1, &status));
    run_directory_log(&run, "a line\nwith a break");
    run_directory_close(&run);
    static const char *const names[] = {"config.ini", "metrics.jsonl", "checkpoints",
                                        "images",     "log.txt",       "status.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(exists(in_folder(folder, names[i])));

    char *text = read_file(in_folder(folder, "status.json"));
    assert_non_null(strstr(text, "\"state\":\"training\""));
    assert_non_null(strstr(text, "\"reason\":\"because \\\"quotes\\\"\""));
    free(text);
    text = read_file(in_folder(folder, "log.txt"));
    assert_non_null(strstr(text, "a line with a break\n"));
    free(text);
}

static void test_config_comes_back(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    Status status;
    status_clear(&status);
    assert_true(run_directory_create(&run, folder, "small", &status));
    Settings settings;
    Settings again;
    settings_default(&settings);
    assert_true(settings_assign(&settings, "run.seed=77", "--set", &status));
    assert_true(run_directory_write_config(&run, &settings, &status));
    assert_true(run_directory_set_state(&run, "paused", "", 3, &status));
    run_directory_close(&run);

    settings_default(&again);
    if (!settings_read(&again, in_folder(folder, "config.ini"), &status))
        fail_msg("%s", status.text);
    assert_memory_equal(&again, &settings, sizeof settings);
    assert_true(run_directory_look(&run, folder, &status));
    assert_string_equal(run.preset, "small");
    // A kill before the first status must not change what the next rule file says.
    assert_int_equal(unlink(in_folder(folder, "status.json")), 0);
    assert_true(run_directory_look(&run, folder, &status));
    assert_string_equal(run.preset, "small");
}

static void test_is_named_by_time(void **state) {
    (void)state;
    char before[PATH_MAX];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(temporary_folder()), 0);
    RunDirectory first;
    RunDirectory second;
    make_run(&first, NULL);
    make_run(&second, NULL);
    assert_string_not_equal(first.path, second.path);
    assert_memory_equal(first.path, "runs/2", 6);
    char target[PATH_MAX] = "";
    assert_true(readlink("runs/latest", target, sizeof target - 1) > 0);
    assert_string_equal(target, strrchr(second.path, '/') + 1);
    run_directory_close(&first);
    run_directory_close(&second);

    // Opened by the link, it stays that run when the link moves on.
    Status status;
    RunDirectory opened;
    RunDirectory third;
    assert_true(run_directory_open(&opened, "runs/latest", &status));
    make_run(&third, NULL);
    assert_string_equal(strrchr(opened.path, '/') + 1, target);
    run_directory_close(&opened);
    run_directory_close(&third);
    assert_int_equal(chdir(before), 0);
}

static void test_does_not_start_over_a_run(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    Status status;
    make_run(&run, folder);
    run_directory_close(&run);
    assert_false(run_directory_create(&run, folder, "small", &status));
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, "--resume"));
}

static void test_resume_needs_a_run(void **state) {
    (void)state;
    RunDirectory run;
    Status status;
    assert_false(run_directory_open(&run, temporary_folder(), &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_non_null(strstr(status.text, "config.ini"));
}

static void test_second_writer_is_refused(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    RunDirectory second;
    Status status;
    make_run(&run, folder);
    assert_false(run_directory_open(&second, folder, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    char pid[32];
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_non_null(strstr(status.text, pid));
    // A reader is welcome all the same.
    assert_true(run_directory_look(&second, folder, &status));
    run_directory_close(&run);
    assert_true(run_directory_open(&second, folder, &status));
    run_directory_close(&second);
}

// kill -9 of the writer leaves no lock behind.
static void test_crash_leaves_no_lock(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    const pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        RunDirectory run;
        make_run(&run, folder);
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    RunDirectory run;
    Status status;
    assert_false(run_directory_open(&run, folder, &status));
    kill(writer, SIGKILL);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_true(run_directory_open(&run, folder, &status));
    run_directory_close(&run);
}

static void test_resume_cuts_metrics(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    Status status;
    make_run(&run, folder);
    for (int i = 1; i <= 5; i++) {
        char line[64];
        snprintf(line, sizeof line, "{\"outer_step\":%d}", i);
        assert_true(run_directory_metric(&run, line, &status));
    }
    run_directory_close(&run);
    FILE *torn = fopen(in_folder(folder, "metrics.jsonl"), "a");
    fputs("{\"outer_step\":6,\"meta_l", torn);
    fclose(torn);

    long superseded;
    assert_true(run_directory_open(&run, folder, &status));
    assert_true(run_directory_resume_metrics(&run, 3, 1, &superseded, &status));
    assert_int_equal(superseded, 2);
    assert_true(run_directory_metric(&run, "{\"outer_step\":4,\"again\":true}", &status));
    run_directory_close(&run);
    char *text = read_file(in_folder(folder, "metrics.jsonl"));
    assert_string_equal(text, "{\"outer_step\":1}\n{\"outer_step\":2}\n{\"outer_step\":3}\n"
                              "{\"outer_step\":4,\"again\":true}\n");
    free(text);
    text = read_file(in_folder(folder, "metrics-superseded.jsonl"));
    assert_string_equal(text, "{\"outer_step\":4}\n{\"outer_step\":5}\n");
    free(text);
}

static void put_checkpoint(const RunDirectory *run, long outer_step) {
    char path[PATH_MAX];
    Status status;
    assert_true(checkpoint_path(run, outer_step, path, &status));
    write_file(path, "state");
}

static void test_newest_two_checkpoints_stay(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    make_run(&run, folder);
    put_checkpoint(&run, 5);
    checkpoints_keep(&run, 5);
    put_checkpoint(&run, 100);
    put_checkpoint(&run, 20);
    // What was set aside, and what is not ours.
    write_file(in_folder(folder, "checkpoints/outer-0000000003.safetensors.bad"), "bad");
    write_file(in_folder(folder, "checkpoints/notes.txt"), "mine");
    put_checkpoint(&run, 120);
    checkpoints_keep(&run, 120);

    long outer_steps[CHECKPOINTS_LISTED];
    assert_int_equal(checkpoints_list(&run, outer_steps), 2);
    assert_int_equal(outer_steps[0], 120);
    assert_int_equal(outer_steps[1], 100);
    assert_true(exists(in_folder(folder, "checkpoints/outer-0000000003.safetensors.bad")));
    assert_true(exists(in_folder(folder, "checkpoints/notes.txt")));
    char target[PATH_MAX] = "";
    assert_true(readlink(in_folder(folder, "checkpoints/latest"), target, sizeof target - 1) > 0);
    assert_string_equal(target, "outer-0000000120.safetensors");

    checkpoint_set_aside(&run, 120);
    assert_int_equal(checkpoints_list(&run, outer_steps), 1);
    assert_int_equal(outer_steps[0], 100);
    run_directory_close(&run);
}

static void test_open_removes_left_overs(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    Status status;
    make_run(&run, folder);
    put_checkpoint(&run, 30);
    run_directory_close(&run);
    const char *half = in_folder(folder, "checkpoints/outer-0000000040.safetensors.77-0.new");
    const char *config = in_folder(folder, "config.ini.77-0.new");
    write_file(half, "half");
    write_file(config, "half");
    assert_true(run_directory_open(&run, folder, &status));
    assert_false(exists(half));
    assert_false(exists(config));
    assert_true(exists(in_folder(folder, "config.ini")));
    long outer_steps[CHECKPOINTS_LISTED];
    assert_int_equal(checkpoints_list(&run, outer_steps), 1);
    run_directory_close(&run);
}

static void test_many_checkpoints_are_listed_newest_first(void **state) {
    (void)state;
    RunDirectory run;
    make_run(&run, in_folder(temporary_folder(), "run"));
    for (long i = 0; i < 3 * CHECKPOINTS_LISTED; i++)
        put_checkpoint(&run, (i * 37) % (3 * CHECKPOINTS_LISTED));
    long outer_steps[CHECKPOINTS_LISTED];
    assert_int_equal(checkpoints_list(&run, outer_steps), CHECKPOINTS_LISTED);
    for (int i = 0; i < CHECKPOINTS_LISTED; i++)
        assert_int_equal(outer_steps[i], 3 * CHECKPOINTS_LISTED - 1 - i);
    run_directory_close(&run);
}

static void test_discarded_run_leaves_nothing(void **state) {
    (void)state;
    const char *folder = in_folder(temporary_folder(), "run");
    RunDirectory run;
    Status status;
    assert_true(run_directory_create(&run, folder, "small", &status));
    run_directory_log(&run, "a reason");
    run_directory_discard(&run);
    assert_false(exists(folder));
    // A run that has begun is never removed.
    make_run(&run, folder);
    run_directory_discard(&run);
    assert_true(exists(in_folder(folder, "config.ini")));
    assert_true(exists(in_folder(folder, "log.txt")));
}

static void test_unwritable_place_is_named(void **state) {
    (void)state;
    const char *file = in_folder(temporary_folder(), "file");
    write_file(file, "");
    RunDirectory run;
    Status status;
    assert_false(run_directory_create(&run, in_folder(file, "run"), "small", &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, file));
    assert_non_null(strstr(status.text, strerror(ENOTDIR)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_its_files),
        cmocka_unit_test(test_config_comes_back),
        cmocka_unit_test(test_is_named_by_time),
        cmocka_unit_test(test_does_not_start_over_a_run),
        cmocka_unit_test(test_resume_needs_a_run),
        cmocka_unit_test(test_second_writer_is_refused),
        cmocka_unit_test(test_crash_leaves_no_lock),
        cmocka_unit_test(test_resume_cuts_metrics),
        cmocka_unit_test(test_newest_two_checkpoints_stay),
        cmocka_unit_test(test_open_removes_left_overs),
        cmocka_unit_test(test_many_checkpoints_are_listed_newest_first),
        cmocka_unit_test(test_discarded_run_leaves_nothing),
        cmocka_unit_test(test_unwritable_place_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
