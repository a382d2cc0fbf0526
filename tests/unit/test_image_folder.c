// Folders of pictures and the process that decodes them: order, sizes, colours; and pictures and
// decoders that crash, hang, want all memory or lie.
#include "engine/data/image_folder.h"
#include "engine/data/image_process.h"

#include "tests/unit/temporary_folder.h"

#include <png.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 64 };

static void make_folder(const char *path) {
    assert_int_equal(mkdir(path, 0700), 0);
}

// A picture whose bytes are start, start + 1 ...
static void write_png(const char *path, unsigned width, unsigned height, bool colour, int start) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = width,
                       .height = height,
                       .format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    unsigned char pixels[MOST * MOST * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(start + (int)i);
    assert_true(png_image_write_to_file(&image, path, 0, pixels, 0, NULL) != 0);
}

static void note(void *context, const char *line) {
    Status *notes = context; // a text of some length
    const size_t used = strlen(notes->text);
    snprintf(notes->text + used, sizeof notes->text - used, "%s\n", line);
}

static bool read_folder(Dataset *dataset, const char *folder, ImageFolderOptions *options,
                        Status *status) {
    status_clear(status);
    return image_folder_read(dataset, "test", folder, options, status);
}

static Dataset opened(const char *folder, ImageFolderOptions *options) {
    Dataset dataset;
    Status status;
    if (!read_folder(&dataset, folder, options, &status))
        fail_msg("%s", status.text);
    return dataset;
}

static void expect_refusal(const char *folder, ImageFolderOptions *options, const char *part) {
    Dataset dataset;
    Status status;
    assert_false(read_folder(&dataset, folder, options, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (!strstr(status.text, part))
        fail_msg("'%s' should name '%s'", status.text, part);
    assert_null(dataset.pixels);
    assert_null(dataset.labels);
}

// ---- folders ----

static void order_is_that_of_bytes(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    ImageFolderOptions options;
    image_folder_options_init(&options);
    static const char *const folders[] = {"b", "B", "\xc3\xa4", "b/z", "b/z/y", ".hidden"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(in_folder(folder, folders[i]));
    static const struct {
        const char *path;
        int start;
    } pictures[] = {{"b/z/y/q.png", 30},    {"b/10.png", 10},      {"b/9.PNG", 20}, {"B/x.png", 5},
                    {"\xc3\xa4/x.png", 40}, {".hidden/x.png", 99}, {"b/.x.png", 98}};
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        write_png(in_folder(folder, pictures[i].path), 3, 2, false, pictures[i].start);
    write_file(in_folder(folder, "b/notes.txt"), "no picture");
    write_file(in_folder(folder, "LICENSE.png"), "in no class");
    Dataset dataset = opened(folder, &options);
    static const int labels[5] = {0, 1, 1, 1, 2}, starts[5] = {5, 10, 20, 30, 40};
    assert_int_equal(dataset.count, 5);
    assert_int_equal(dataset.channels, 1);
    assert_int_equal(dataset.height, 2);
    assert_int_equal(dataset.width, 3);
    assert_string_equal(dataset.class_names[0], "B");
    assert_string_equal(dataset.class_names[1], "b");
    assert_string_equal(dataset.class_names[2], "\xc3\xa4");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(dataset.labels[i], labels[i]);
        for (int k = 0; k < 6; k++)
            assert_int_equal(dataset_example(&dataset, i)[k], starts[i] + k);
    }
    dataset_clear(&dataset);
}

// Within a character never: 59 bytes and dots.
static void long_names_of_classes_are_cut(void **state) {
    (void)state;
    static const char most[] = "01234567890123456789012345678901234567890123456789012345678";
    const char *folder = temporary_folder();
    char class[100], picture[120], cut[100];
    ImageFolderOptions options;
    image_folder_options_init(&options);
    snprintf(class, sizeof class, "%s\xc3\xa4\xc3\xa4\xc3\xa4", most);
    snprintf(picture, sizeof picture, "%s/x.png", class);
    snprintf(cut, sizeof cut, "%s...", most);
    make_folder(in_folder(folder, class));
    write_png(in_folder(folder, picture), 3, 2, false, 0);
    Dataset dataset = opened(folder, &options);
    assert_string_equal(dataset.class_names[0], cut);
    dataset_clear(&dataset);
}

static void sizes_are_brought_together(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    ImageFolderOptions options;
    image_folder_options_init(&options);
    make_folder(in_folder(folder, "a"));
    write_png(in_folder(folder, "a/1.png"), 8, 6, true, 0);
    write_png(in_folder(folder, "a/2.png"), 5, 9, false, 100);
    expect_refusal(folder, &options, "a/2.png: expected 8 x 6 pixels as");
    expect_refusal(folder, &options, "found 5 x 9; size=N");
    options.size = 4;
    Dataset dataset = opened(folder, &options), whole, resized;
    Status status;
    assert_int_equal(dataset.channels, 3); // one of them has colours
    assert_int_equal(dataset.height, 4);
    assert_int_equal(dataset.width, 4);
    // The same as resizing the picture here.
    assert_true(dataset_init(&whole, "whole", 1, 6, 8, 3, &status));
    for (int i = 0; i < 6 * 8 * 3; i++)
        whole.pixels[i] = (uint8_t)i;
    assert_true(dataset_resized(&resized, &whole, 4, 4, &status));
    assert_memory_equal(dataset.pixels, resized.pixels, 4 * 4 * 3);
    const uint8_t *grey = dataset_example(&dataset, 1);
    assert_int_equal(grey[0], grey[1]);
    assert_int_equal(grey[0], grey[2]);
    dataset_clear(&dataset);
    dataset_clear(&whole);
    dataset_clear(&resized);
}

static void empty_classes_are_an_error_unless_allowed(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    ImageFolderOptions options;
    image_folder_options_init(&options);
    expect_refusal("/nonexistent", &options, "/nonexistent");
    expect_refusal(folder, &options, "expected one sub-folder for each class, found none");
    make_folder(in_folder(folder, "a"));
    make_folder(in_folder(folder, "b"));
    write_png(in_folder(folder, "b/1.png"), 2, 2, false, 0);
    expect_refusal(folder, &options,
                   "/a: expected pictures of this class, found none; empty=allow");
    options.allow_empty = true;
    Dataset dataset = opened(folder, &options);
    assert_int_equal(dataset.classes, 2);
    assert_int_equal(dataset.labels[0], 1);
    assert_int_equal(dataset.class_start[1], 0);
    dataset_clear(&dataset);
    assert_int_equal(unlink(in_folder(folder, "b/1.png")), 0);
    expect_refusal(folder, &options, "expected pictures, found none");
}

static void loops_of_links_end(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    ImageFolderOptions options;
    image_folder_options_init(&options);
    make_folder(in_folder(folder, "a"));
    write_png(in_folder(folder, "a/1.png"), 2, 2, false, 0);
    assert_int_equal(symlink("nowhere", in_folder(folder, "a/dead.png")), 0); // passed over
    Dataset dataset = opened(folder, &options);
    assert_int_equal(dataset.count, 1);
    dataset_clear(&dataset);
    assert_int_equal(symlink(".", in_folder(folder, "a/loop")), 0);
    expect_refusal(folder, &options, "expected at most 16 folders inside each other");
}

// ---- bad pictures ----

static void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *stream = fopen(path, "wbe");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    fclose(stream);
}

// What a decoder of pictures has to fear: nothing, nonsense, ends anywhere, claims of any size.
static void write_bad_pictures(const char *folder) {
    static const unsigned char
        huge[] =
            "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0abcd",
        large[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x40\0\0\0\x40\0\x10\x06\0\0\0abcd"
                  "\0\0\0\x04IDATabcdabcd\0\0\0\0IEND",
        bitmap[] =
            "BM____\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\xff\x7f\x01\0\0\0\x01\0\x18\0\0\0\0\0",
        gif[] = "GIF89a\xff\xff\xff\xff\xf7\0\0,\0\0\0\0\xff\xff\xff\xff\0\x0c\xff\xff",
        pnm[] = "P6 999999999999 1 255\n";
    write_bytes(in_folder(folder, "a/empty.png"), "", 0);
    write_bytes(in_folder(folder, "a/nonsense.jpg"), "nonsense", 8);
    write_bytes(in_folder(folder, "a/huge.png"), huge, sizeof huge - 1);
    write_bytes(in_folder(folder, "a/large.png"), large, sizeof large - 1);
    write_bytes(in_folder(folder, "a/bitmap.bmp"), bitmap, sizeof bitmap - 1);
    write_bytes(in_folder(folder, "a/gif.gif"), gif, sizeof gif - 1);
    write_bytes(in_folder(folder, "a/pnm.pnm"), pnm, sizeof pnm - 1);
    write_png(in_folder(folder, "a/whole.png"), 40, 40, true, 0);
    char *whole = malloc(8192);
    FILE *stream = fopen(in_folder(folder, "a/whole.png"), "rbe");
    const size_t size = fread(whole, 1, 8192, stream);
    fclose(stream);
    write_bytes(in_folder(folder, "a/cut.png"), whole, size / 2);
    free(whole);
}

static void bad_pictures_are_named_and_skipped_or_refused(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    Status notes = {0};
    ImageFolderOptions options;
    image_folder_options_init(&options);
    options.note = note;
    options.note_context = &notes;
    make_folder(in_folder(folder, "a"));
    write_bad_pictures(folder);
    Dataset dataset = opened(folder, &options);
    assert_int_equal(dataset.count, 1);
    dataset_clear(&dataset);
    static const char *const skipped[] = {"empty.png",  "nonsense.jpg", "huge.png", "large.png",
                                          "bitmap.bmp", "gif.gif",      "pnm.pnm",  "cut.png"};
    for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
        if (!strstr(notes.text, skipped[i]))
            fail_msg("%s is not named in: %s", skipped[i], notes.text);
    options.refuse_bad = true;
    expect_refusal(folder, &options, "a/bitmap.bmp: expected a picture, found:");
    options.refuse_bad = false;
    assert_int_equal(unlink(in_folder(folder, "a/whole.png")), 0);
    expect_refusal(folder, &options, "a: expected pictures of this class, found none");
}

// ---- bad decoders ----

static unsigned char *one_pixel(ImageAllocate *allocate, void *context, int *width, int *height) {
    unsigned char *pixels = allocate(context, 3);
    *width = *height = 1;
    memset(pixels, 7, 3);
    return pixels;
}

// The first byte of the file says what happens.
static unsigned char *misbehave(const unsigned char *bytes, int size, ImageAllocate *allocate,
                                void *context, int *width, int *height, bool *colour,
                                const char **reason) {
    (void)size;
    *colour = true;
    switch (bytes[0]) {
    case 'c':
        __builtin_trap();
    case 'k': // in strict mode to ask for it is enough
        kill(getpid(), SIGKILL);
        break;
    case 's':
        for (;;) // processor time
            *(volatile bool *)colour = true;
    case 'm':
        while (allocate(context, 1 << 20))
            continue;
        *reason = "wanted all memory";
        return NULL;
    case 'e':
        *reason = "";
        return NULL;
    case 'q':
        syscall(SYS_exit, 0);
        break;
    case 'l': // a picture that is not there
        *width = *height = 1000;
        return allocate(context, 3);
    case 'n':
        *width = -1;
        *height = 5;
        return allocate(context, 3);
    case 'g':
        syscall(SYS_write, 0,
                "garbage garbage garbage garbage garbage garbage garbage garbage "
                "garbage garbage garbage garbage garbage garbage garbage garbage "
                "garbage garbage garbage garbage",
                145);
        break;
    default:
        break;
    }
    return one_pixel(allocate, context, width, height);
}

static ImageResult take(ImageDecoder *decoder, const char *bytes, DecodedImage *image,
                        char reason[IMAGE_REASON]) {
    Status status;
    const ImageResult result = image_decoder_take(decoder, (const unsigned char *)bytes,
                                                  strlen(bytes), 0, image, reason, &status);
    if (result == IMAGE_UNDONE)
        fail_msg("%s", status.text);
    return result;
}

static void expect_bad(ImageDecoder *decoder, const char *bytes, const char *part) {
    DecodedImage image;
    char reason[IMAGE_REASON] = "";
    assert_int_equal(take(decoder, bytes, &image, reason), IMAGE_BAD);
    if (!strstr(reason, part))
        fail_msg("%s: '%s' should name '%s'", bytes, reason, part);
    // The next picture is decoded as if nothing had been.
    assert_int_equal(take(decoder, "fine", &image, reason), IMAGE_DECODED);
    assert_int_equal(image.height, 1);
    assert_int_equal(image.pixels[0], 7);
    assert_true(image.colour);
}

static void whatever_a_decoder_does_is_a_bad_picture(void **state) {
    (void)state;
    const ImageLimits limits = {.memory = 8 << 20, .seconds = 1, .waiting_seconds = 30};
    ImageDecoder decoder;
    image_decoder_init(&decoder, &limits, misbehave);
    expect_bad(&decoder, "crash", "the decoder crashed (");
    expect_bad(&decoder, "kill", "ended without an answer");
    expect_bad(&decoder, "memory", "wanted all memory");
    expect_bad(&decoder, "empty", "cannot be decoded");
    expect_bad(&decoder, "quit", "ended without an answer");
    expect_bad(&decoder, "negative", "cannot be decoded");
    expect_bad(&decoder, "garbage", "decoder");
    expect_bad(&decoder, "spin", "more than 1 s of processor time");
    expect_bad(&decoder, "", "expected 1 to");
    image_decoder_clear(&decoder);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); // no process is left behind
}

static void waiting_has_an_end(void **state) {
    (void)state;
    const ImageLimits limits = {.memory = 8 << 20, .seconds = 100, .waiting_seconds = 1};
    ImageDecoder decoder;
    image_decoder_init(&decoder, &limits, misbehave);
    expect_bad(&decoder, "spin", "took longer than 1 s");
    image_decoder_clear(&decoder);
}

// More pixels than the decoder has made are not sent.
static void pictures_of_too_few_pixels_are_bad(void **state) {
    (void)state;
    const ImageLimits limits = {.memory = 1 << 20, .seconds = 10, .waiting_seconds = 30};
    ImageDecoder decoder;
    DecodedImage image;
    char reason[IMAGE_REASON];
    image_decoder_init(&decoder, &limits, misbehave);
    assert_int_equal(take(&decoder, "lie", &image, reason), IMAGE_BAD);
    image_decoder_clear(&decoder);
}

// What a picture left in the block is not seen by the next.
static unsigned char *peep(const unsigned char *bytes, int size, ImageAllocate *allocate,
                           void *context, int *width, int *height, bool *colour,
                           const char **reason) {
    unsigned char *pixels = allocate(context, 300);
    (void)size;
    (void)reason;
    *width = 100;
    *height = 1;
    *colour = false;
    if (bytes[0] == 'w')
        memset(pixels, 9, 300);
    return pixels;
}

static void pictures_do_not_see_each_other(void **state) {
    (void)state;
    ImageDecoder decoder;
    DecodedImage image;
    char reason[IMAGE_REASON];
    image_decoder_init(&decoder, &image_limits_usual, peep);
    assert_int_equal(take(&decoder, "write", &image, reason), IMAGE_DECODED);
    assert_int_equal(image.pixels[299], 9);
    assert_int_equal(take(&decoder, "read", &image, reason), IMAGE_DECODED);
    for (int i = 0; i < 300; i++)
        assert_int_equal(image.pixels[i], 0);
    image_decoder_clear(&decoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_that_of_bytes),
        cmocka_unit_test(long_names_of_classes_are_cut),
        cmocka_unit_test(sizes_are_brought_together),
        cmocka_unit_test(empty_classes_are_an_error_unless_allowed),
        cmocka_unit_test(loops_of_links_end),
        cmocka_unit_test(bad_pictures_are_named_and_skipped_or_refused),
        cmocka_unit_test(whatever_a_decoder_does_is_a_bad_picture),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(pictures_of_too_few_pixels_are_bad),
        cmocka_unit_test(pictures_do_not_see_each_other),
    };
    return cmocka_run_group_tests_name("image_folder", tests, NULL, NULL);
}
