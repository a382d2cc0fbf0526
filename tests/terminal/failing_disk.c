// LD_PRELOAD: a disk whose fsync and fdatasync fail with EIO for FAILING_SYNC of a hundred calls.
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fsync(int descriptor);
int fdatasync(int descriptor);

static int fails(void) {
    static unsigned state;
    const char *share = getenv("FAILING_SYNC");
    if (state == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        state = ((unsigned)now.tv_nsec ^ ((unsigned)getpid() << 12)) | 1;
    }
    state = state * 1664525 + 1013904223;
    return share && (state >> 16) % 100 < (unsigned)atoi(share);
}

static int sync_or_fail(long call, int descriptor) {
    if (fails()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(call, descriptor);
}

int fsync(int descriptor) {
    return sync_or_fail(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
    return sync_or_fail(SYS_fdatasync, descriptor);
}
