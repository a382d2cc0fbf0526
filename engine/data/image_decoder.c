#include "engine/data/image_decoder.h"

#include "engine/clock.h"
#include "engine/data/image_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const ImageLimits image_limits_usual = {
    .memory = (size_t)512 << 20, .seconds = 10, .waiting_seconds = 60};

void image_decoder_init(ImageDecoder *decoder, const ImageLimits *limits, ImageDecode *decode) {
    *decoder = (ImageDecoder){.limits = *limits, .decode = decode, .socket = -1};
}

// ---- the process ----

static bool start(ImageDecoder *decoder, Status *status) {
    int pair[2];
    if (decoder->process > 0)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return status_fail(status, STATUS_FAILURE, "no socket to the decoder of pictures: %s",
                           strerror(errno));
    decoder->process = fork();
    if (decoder->process == 0)
        image_process_run(pair[1], &decoder->limits, decoder->decode);
    const int error = errno;
    close(pair[1]);
    decoder->socket = pair[0];
    if (decoder->process > 0)
        return true;
    close(pair[0]);
    decoder->process = 0;
    return status_fail(status, STATUS_FAILURE, "no process to decode pictures: %s",
                       strerror(error));
}

// Ends it and tells how it had ended by itself, if it had.
static int stop(ImageDecoder *decoder) {
    int ended = 0;
    close(decoder->socket);
    // Gone by itself it is a zombie, to which a signal does nothing.
    kill(decoder->process, SIGKILL);
    while (waitpid(decoder->process, &ended, 0) < 0 && errno == EINTR)
        continue;
    decoder->process = 0;
    decoder->socket = -1;
    return ended;
}

void image_decoder_clear(ImageDecoder *decoder) {
    if (decoder->process > 0)
        stop(decoder);
    free(decoder->pixels);
    memset(decoder, 0, sizeof *decoder);
}

// So much processor time from now on.
static void allow_time(const ImageDecoder *decoder) {
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(decoder->process, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return;
    const rlim_t seconds = (rlim_t)used.tv_sec + 1 + (rlim_t)decoder->limits.seconds;
    const struct rlimit both = {seconds, RLIM_INFINITY};
    prlimit(decoder->process, RLIMIT_CPU, &both, NULL);
}

// ---- the socket ----

// Waits until the socket is ready; false once the time is over.
static bool wait_for(int socket, short events, double deadline) {
    struct pollfd waiting = {.fd = socket, .events = events};
    for (;;) {
        const double left = deadline - clock_seconds();
        const int ready = poll(&waiting, 1, left > 0 ? (int)(left * 1000) + 1 : 0);
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

static bool send_all(const ImageDecoder *decoder, const void *bytes, size_t size, double deadline) {
    for (size_t done = 0; done < size;) {
        if (!wait_for(decoder->socket, POLLOUT, deadline))
            return false;
        const ssize_t count = send(decoder->socket, (const char *)bytes + done, size - done,
                                   MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static bool receive_all(const ImageDecoder *decoder, void *bytes, size_t size, double deadline) {
    for (size_t done = 0; done < size;) {
        if (!wait_for(decoder->socket, POLLIN, deadline))
            return false;
        const ssize_t count =
            recv(decoder->socket, (char *)bytes + done, size - done, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN))
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

// ---- a picture ----

// Nothing of what comes back is believed.
static bool is_sound(const ImageReply *reply, int side) {
    const bool sized = side > 0 ? reply->height == side && reply->width == side
                                : reply->height >= 1 && reply->height <= IMAGE_MOST_SIDE &&
                                      reply->width >= 1 && reply->width <= IMAGE_MOST_SIDE;
    return reply->good ? sized && reply->file_height >= 1 && reply->file_width >= 1
                       : memchr(reply->reason, '\0', sizeof reply->reason) != NULL;
}

static bool make_room(ImageDecoder *decoder, size_t size, Status *status) {
    if (size <= decoder->room)
        return true;
    uint8_t *larger = realloc(decoder->pixels, size);
    if (!larger)
        return status_fail(status, STATUS_FAILURE, "no memory for a picture of %zu bytes", size);
    decoder->pixels = larger;
    decoder->room = size;
    return true;
}

// Why the process is of no use any more.
static void tell_end(ImageDecoder *decoder, bool late, char reason[IMAGE_REASON]) {
    const int ended = stop(decoder);
    if (late)
        snprintf(reason, IMAGE_REASON, "decoding took longer than %d s",
                 decoder->limits.waiting_seconds);
    else if (WIFSIGNALED(ended) && WTERMSIG(ended) == SIGXCPU)
        snprintf(reason, IMAGE_REASON, "decoding took more than %d s of processor time",
                 decoder->limits.seconds);
    else if (WIFSIGNALED(ended) && WTERMSIG(ended) != SIGKILL)
        snprintf(reason, IMAGE_REASON, "the decoder crashed (%s)", strsignal(WTERMSIG(ended)));
    else
        snprintf(reason, IMAGE_REASON, "the decoder ended without an answer");
}

// One request and its reply, up to the pixels.
static bool exchange(const ImageDecoder *decoder, const unsigned char *bytes, size_t size, int side,
                     ImageReply *reply, double deadline) {
    const ImageRequest request = {.size = (uint32_t)size, .side = side};
    return send_all(decoder, &request, sizeof request, deadline) &&
           send_all(decoder, bytes, size, deadline) &&
           receive_all(decoder, reply, sizeof *reply, deadline) && is_sound(reply, side);
}

ImageResult image_decoder_take(ImageDecoder *decoder, const unsigned char *bytes, size_t size,
                               int side, DecodedImage *image, char reason[IMAGE_REASON],
                               Status *status) {
    ImageReply reply;
    if (size == 0 || size > IMAGE_MOST_BYTES) {
        snprintf(reason, IMAGE_REASON, "expected 1 to %d bytes, found %zu", IMAGE_MOST_BYTES, size);
        return IMAGE_BAD;
    }
    if (!start(decoder, status))
        return IMAGE_UNDONE;
    allow_time(decoder);
    const double deadline = clock_seconds() + decoder->limits.waiting_seconds;
    if (!exchange(decoder, bytes, size, side, &reply, deadline)) {
        tell_end(decoder, clock_seconds() >= deadline, reason);
        return IMAGE_BAD;
    }
    if (!reply.good) {
        snprintf(reason, IMAGE_REASON, "%s", *reply.reason ? reply.reason : "cannot be decoded");
        return IMAGE_BAD;
    }
    const size_t count = (size_t)reply.height * (size_t)reply.width * 3;
    if (!make_room(decoder, count, status))
        return IMAGE_UNDONE;
    if (!receive_all(decoder, decoder->pixels, count, deadline)) {
        tell_end(decoder, clock_seconds() >= deadline, reason);
        return IMAGE_BAD;
    }
    *image = (DecodedImage){.file_height = reply.file_height,
                            .file_width = reply.file_width,
                            .height = reply.height,
                            .width = reply.width,
                            .colour = reply.colour != 0,
                            .pixels = decoder->pixels};
    return IMAGE_DECODED;
}
