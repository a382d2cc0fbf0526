#include "engine/data/image_process.h"

#include "engine/data/dataset.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 }; // its run-time needs memory and system calls of its own
#else
enum { SANITIZED = 0 };
#endif

// exit_group is not among the system calls of strict mode.
static void __attribute__((noreturn)) leave(void) {
    for (;;)
        syscall(SYS_exit, 1);
}

// ---- limits ----

static void limit(int resource, rlim_t value) {
    const struct rlimit both = {value, value};
    setrlimit(resource, &both);
}

// The signals of the program's own must neither reach its handlers (which know a terminal) nor end
// this process before the program does.
static void reset_signals(void) {
    sigset_t none;
    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        signal(signal_number, SIG_DFL);
    signal(SIGINT, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// The socket becomes file 0, all other files are closed.
static void close_files(int socket) {
    if (dup2(socket, 0) != 0)
        leave();
    close_range(SANITIZED ? 3 : 1, ~0U, 0);
}

static void give_up_rights(void) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    if (SANITIZED)
        return;
    limit(RLIMIT_DATA, 0); // what there is stays, more there will not be
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
}

// ---- memory ----

// One block, used from front to back and emptied for every picture.
typedef struct {
    unsigned char *start;
    size_t size, used;
} Block;

static void *block_take(void *context, size_t size) {
    Block *block = context;
    const size_t rounded = (size + 15) & ~(size_t)15;
    if (rounded < size || rounded > block->size - block->used)
        return NULL;
    void *taken = block->start + block->used;
    block->used += rounded;
    return taken;
}

// Whether `size` bytes at `start` were taken from it.
static bool block_holds(const Block *block, const unsigned char *start, uint64_t size) {
    const uintptr_t first = (uintptr_t)block->start, at = (uintptr_t)start;
    return at >= first && at - first <= block->used && size <= block->used - (at - first);
}

// Nothing of a picture may show in the next one, even if the decoder reads what it never wrote.
static void block_empty(Block *block) {
    memset(block->start, 0, block->used);
    block->used = 0;
}

// ---- the socket ----

static void read_all(void *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t count = read(0, (char *)bytes + done, size - done);
        if (count == 0 || (count < 0 && errno != EINTR))
            leave();
        done += count > 0 ? (size_t)count : 0;
    }
}

static void write_all(const void *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t count = write(0, (const char *)bytes + done, size - done);
        if (count < 0 && errno != EINTR)
            leave();
        done += count > 0 ? (size_t)count : 0;
    }
}

// ---- one picture ----

static void say(ImageReply *reply, const char *reason) {
    reply->good = 0;
    const size_t length = strnlen(reason, sizeof reply->reason - 1);
    memcpy(reply->reason, reason, length);
    reply->reason[length] = '\0';
}

static const unsigned char *resized(Block *block, const unsigned char *pixels, int side,
                                    ImageReply *reply) {
    if (side == 0)
        return pixels;
    uint32_t *sums = block_take(block, (size_t)reply->file_width * 3 * sizeof *sums);
    uint8_t *small = block_take(block, (size_t)side * (size_t)side * 3);
    if (!sums || !small) {
        say(reply, "too large to be resized");
        return NULL;
    }
    dataset_resize_image(pixels, reply->file_height, reply->file_width, 3, small, side, side, sums);
    return small;
}

static const unsigned char *make_reply(Block *block, const ImageRequest *request,
                                       const unsigned char *bytes, ImageDecode *decode,
                                       ImageReply *reply) {
    const char *reason = "cannot be decoded";
    bool colour = false;
    int width = 0, height = 0;
    const unsigned char *pixels =
        decode(bytes, (int)request->size, block_take, block, &width, &height, &colour, &reason);
    *reply = (ImageReply){.good = 1, .colour = colour, .file_height = height, .file_width = width};
    if (!pixels || width < 1 || height < 1 ||
        !block_holds(block, pixels, 3 * (uint64_t)width * (uint64_t)height)) {
        say(reply, reason);
        return NULL;
    }
    if (request->side == 0 && (width > IMAGE_MOST_SIDE || height > IMAGE_MOST_SIDE)) {
        say(reply, "more than 1024 pixels on a side, which needs size=N");
        return NULL;
    }
    reply->height = request->side ? request->side : height;
    reply->width = request->side ? request->side : width;
    return resized(block, pixels, request->side, reply);
}

void image_process_run(int socket, const ImageLimits *limits, ImageDecode *decode) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    reset_signals();
    close_files(socket);
    Block block = {.size = limits->memory};
    block.start = mmap(NULL, block.size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block.start == MAP_FAILED)
        leave();
    give_up_rights();
    for (;;) {
        ImageRequest request;
        ImageReply reply;
        read_all(&request, sizeof request);
        block_empty(&block);
        unsigned char *bytes = block_take(&block, request.size);
        if (!bytes)
            leave();
        read_all(bytes, request.size);
        const unsigned char *pixels = make_reply(&block, &request, bytes, decode, &reply);
        write_all(&reply, sizeof reply);
        if (pixels)
            write_all(pixels, (size_t)reply.height * (size_t)reply.width * 3);
    }
}
