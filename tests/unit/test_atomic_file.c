// Files that appear whole or not at all: whatever goes wrong, what was there stays and nothing else
// is left.
#include "engine/files/atomic_file.h"

#include "tests/unit/temporary_folder.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

// ---- a device that fails when told to ----
//
// The program's own write and fsync stand before libc's, so that the module calls them.

static struct {
    int write_error, interruptions; // of the next write; that many EINTR before it goes on
    int fsync_error, syncs_before;  // of the fsync after that many good ones
    int syncs;
} device;

ssize_t write(int descriptor, const void *bytes, size_t size) {
    if (device.interruptions > 0 || device.write_error) {
        errno = device.interruptions > 0 ? EINTR : device.write_error;
        device.interruptions -= device.interruptions > 0;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, size);
}

int fsync(int descriptor) {
    if (device.interruptions > 0) {
        device.interruptions--;
        errno = EINTR;
        return -1;
    }
    if (device.fsync_error && device.syncs_before-- <= 0) {
        errno = device.fsync_error;
        return -1;
    }
    device.syncs++;
    return (int)syscall(SYS_fsync, descriptor);
}

static void mend_device(void) {
    memset(&device, 0, sizeof device);
}

static int entries_of(const char *folder) {
    DIR *directory = opendir(folder);
    int count = 0;
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void expect_content(const char *path, const char *text) {
    char *found = read_file(path);
    assert_non_null(found);
    assert_string_equal(found, text);
    free(found);
}

static void replace(const char *path, const char *text) {
    AtomicFile file;
    Status status;
    if (!atomic_file_open(&file, path, &status))
        fail_msg("%s", status.text);
    assert_true(atomic_file_write(&file, text, strlen(text)));
    if (!atomic_file_commit(&file, &status))
        fail_msg("%s", status.text);
}

static void a_file_appears_when_committed(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    AtomicFile file;
    Status status;
    assert_true(atomic_file_open(&file, path, &status));
    assert_true(atomic_file_write(&file, "one ", 4));
    assert_true(atomic_file_write(&file, "", 0));
    assert_true(atomic_file_write(&file, "two", 3));
    assert_int_equal(access(path, F_OK), -1);
    assert_true(atomic_file_commit(&file, &status));
    expect_content(path, "one two");
    assert_int_equal(entries_of(folder), 1);
}

static void the_old_file_stays_until_then(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    AtomicFile file;
    Status status;
    write_file(path, "old");
    assert_true(atomic_file_open(&file, path, &status));
    assert_true(atomic_file_write(&file, "new", 3));
    expect_content(path, "old");
    assert_true(atomic_file_commit(&file, &status));
    expect_content(path, "new");
    replace(path, "");
    expect_content(path, "");
    assert_int_equal(entries_of(folder), 1);
}

static void abandoning_leaves_no_trace(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    AtomicFile file;
    Status status;
    write_file(path, "old");
    assert_true(atomic_file_open(&file, path, &status));
    assert_true(atomic_file_write(&file, "new", 3));
    atomic_file_abandon(&file);
    expect_content(path, "old");
    assert_int_equal(entries_of(folder), 1);
}

static void the_mode_follows_the_umask(void **state) {
    (void)state;
    static const mode_t masks[] = {0022, 0027, 0077, 0};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        const char *path = in_folder(temporary_folder(), "file");
        struct stat found;
        const mode_t before = umask(masks[i]);
        replace(path, "text");
        umask(before);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0666 & ~masks[i]);
    }
}

// More than a write() may move at once, in one call.
static void large_files_are_whole(void **state) {
    (void)state;
    enum { SIZE = 3 << 20 };
    const char *path = in_folder(temporary_folder(), "file");
    char *text = malloc(SIZE + 1);
    for (int i = 0; i < SIZE; i++)
        text[i] = (char)('a' + i % 23);
    text[SIZE] = '\0';
    replace(path, text);
    expect_content(path, text);
    free(text);
}

// A limit on the size of files is like a full disk: a short write, then an error.
static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    const char text[1000] = "";
    AtomicFile file;
    Status status;
    struct rlimit before;
    write_file(path, "old");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 1500, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const bool opened = atomic_file_open(&file, path, &status),
               first = opened && atomic_file_write(&file, text, sizeof text),
               second = opened && atomic_file_write(&file, text, sizeof text),
               third = opened && atomic_file_write(&file, text, 1);
    const bool committed = opened && atomic_file_commit(&file, &status);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_true(first);
    assert_false(second);
    assert_false(third); // a failure is kept
    assert_false(committed);
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, path));
    assert_non_null(strstr(status.text, "File too large"));
    expect_content(path, "old");
    assert_int_equal(entries_of(folder), 1);
}

// Writes "new" over "old" on the device as it is told to fail; whether that succeeded.
static bool replace_on_device(const char *path, Status *status) {
    AtomicFile file;
    write_file(path, "old");
    assert_true(atomic_file_open(&file, path, status));
    atomic_file_write(&file, "new", 3);
    return atomic_file_commit(&file, status);
}

static void expect_old_file(const char *folder, const char *path, const Status *status,
                            const char *reason) {
    assert_int_equal(status->code, STATUS_FAILURE);
    assert_non_null(strstr(status->text, path));
    if (!strstr(status->text, reason))
        fail_msg("expected \"%s\" in: %s", reason, status->text);
    expect_content(path, "old");
    assert_int_equal(entries_of(folder), 1);
}

static void a_failing_device_leaves_the_old_file(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    Status status;
    device.write_error = ENOSPC;
    const bool written = replace_on_device(path, &status);
    mend_device();
    assert_false(written);
    expect_old_file(folder, path, &status, "No space left on device");

    device.fsync_error = EIO;
    const bool synced = replace_on_device(path, &status);
    mend_device();
    assert_false(synced);
    expect_old_file(folder, path, &status, "Input/output error");
}

// The file is in place then; that it may be lost in a power cut has to be told.
static void a_folder_that_cannot_be_synced_is_told(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    static const struct {
        int error;
        bool matters; // EINVAL: the file system has no such thing
    } cases[] = {{EIO, true}, {EINVAL, false}};
    for (size_t i = 0; i < 2; i++) {
        Status status = {0};
        device.fsync_error = cases[i].error;
        device.syncs_before = 1;
        const bool done = replace_on_device(path, &status);
        mend_device();
        assert_int_equal(done, !cases[i].matters);
        if (!done)
            assert_non_null(strstr(status.text, "the folder cannot be synced"));
        expect_content(path, "new");
        assert_int_equal(entries_of(folder), 1);
    }
}

static void file_and_folder_are_synced(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "file");
    Status status;
    mend_device();
    assert_true(replace_on_device(path, &status));
    assert_int_equal(device.syncs, 2);
}

static void interruptions_are_no_failures(void **state) {
    (void)state;
    const char *path = in_folder(temporary_folder(), "file");
    for (int part = 0; part < 2; part++) {
        AtomicFile file;
        Status status;
        assert_true(atomic_file_open(&file, path, &status));
        device.interruptions = part == 0 ? 3 : 0;
        const bool written = atomic_file_write(&file, "text", 4);
        device.interruptions = part == 1 ? 3 : 0;
        const bool done = atomic_file_commit(&file, &status);
        const int left = device.interruptions;
        mend_device();
        assert_true(written && done);
        assert_int_equal(left, 0);
        expect_content(path, "text");
    }
}

static void a_failing_rename_leaves_no_trace(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    AtomicFile file;
    Status status;
    assert_true(atomic_file_open(&file, path, &status));
    assert_true(atomic_file_write(&file, "new", 3));
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(atomic_file_commit(&file, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, path));
    assert_int_equal(entries_of(folder), 1);
}

static void expect_refusal(const char *path, const char *part) {
    AtomicFile file;
    Status status;
    assert_false(atomic_file_open(&file, path, &status));
    assert_int_equal(status.code, STATUS_FAILURE);
    assert_non_null(strstr(status.text, path));
    if (!strstr(status.text, part))
        fail_msg("expected \"%s\" in: %s", part, status.text);
}

static void what_is_no_file_is_not_replaced(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *pipe_path = in_folder(folder, "pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    expect_refusal(folder, "found a folder");
    expect_refusal(pipe_path, "found a special file");
    expect_refusal("/dev/null", "found a special file");
    expect_refusal(in_folder(folder, "absent/file"), "No such file or directory");
    assert_int_equal(entries_of(folder), 1);
}

static void a_link_is_replaced_not_followed(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *target = in_folder(folder, "target"),
               *path = in_folder(folder, "link");
    struct stat found;
    write_file(target, "target");
    assert_int_equal(symlink("target", path), 0);
    replace(path, "new");
    expect_content(target, "target");
    expect_content(path, "new");
    assert_int_equal(lstat(path, &found), 0);
    assert_true(S_ISREG(found.st_mode));
}

static void a_killed_writer_leaves_the_old_file(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    write_file(path, "old");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        AtomicFile file;
        Status status;
        if (atomic_file_open(&file, path, &status) && atomic_file_write(&file, "half", 4))
            raise(SIGKILL);
        _exit(1);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
    expect_content(path, "old");
    assert_int_equal(entries_of(folder), 2); // the temporary file, which nobody reads
    replace(path, "new");
    expect_content(path, "new");
}

static void writers_of_one_path_do_not_meet(void **state) {
    (void)state;
    const char *folder = temporary_folder(), *path = in_folder(folder, "file");
    AtomicFile one, two;
    Status status;
    assert_true(atomic_file_open(&one, path, &status));
    assert_true(atomic_file_open(&two, path, &status));
    assert_true(atomic_file_write(&one, "one", 3));
    assert_true(atomic_file_write(&two, "two", 3));
    assert_true(atomic_file_commit(&two, &status));
    expect_content(path, "two");
    assert_true(atomic_file_commit(&one, &status));
    expect_content(path, "one");
    assert_int_equal(entries_of(folder), 1);
}

// A path without a slash lies in the working directory.
static void a_bare_name_works(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    char *before = getcwd(NULL, 0);
    assert_non_null(before);
    assert_int_equal(chdir(folder), 0);
    replace("file", "text");
    expect_content("file", "text");
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_int_equal(entries_of(folder), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_appears_when_committed),
        cmocka_unit_test(the_old_file_stays_until_then),
        cmocka_unit_test(abandoning_leaves_no_trace),
        cmocka_unit_test(the_mode_follows_the_umask),
        cmocka_unit_test(large_files_are_whole),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(a_failing_device_leaves_the_old_file),
        cmocka_unit_test(a_folder_that_cannot_be_synced_is_told),
        cmocka_unit_test(file_and_folder_are_synced),
        cmocka_unit_test(interruptions_are_no_failures),
        cmocka_unit_test(a_failing_rename_leaves_no_trace),
        cmocka_unit_test(what_is_no_file_is_not_replaced),
        cmocka_unit_test(a_link_is_replaced_not_followed),
        cmocka_unit_test(a_killed_writer_leaves_the_old_file),
        cmocka_unit_test(writers_of_one_path_do_not_meet),
        cmocka_unit_test(a_bare_name_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
