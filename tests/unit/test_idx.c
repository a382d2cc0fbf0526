// IDX files: what is right is read to the byte, and each rule of idx.h is broken once.
#include "engine/files/idx.h"

#include "tests/unit/temporary_folder.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { ROOM = 4096 };

typedef struct {
    unsigned char byte[ROOM];
    size_t size;
} Bytes;

static void put(Bytes *bytes, const void *data, size_t size) {
    assert_true(bytes->size + size <= ROOM);
    memcpy(bytes->byte + bytes->size, data, size);
    bytes->size += size;
}

// A header of `dimensions` sizes, then `count` bytes 0, 1, 2 ...
static Bytes file_of(int type, int dimensions, const uint32_t *sizes, int count) {
    Bytes bytes = {.size = 0};
    const unsigned char magic[4] = {0, 0, (unsigned char)type, (unsigned char)dimensions};
    put(&bytes, magic, sizeof magic);
    for (int i = 0; i < dimensions; i++) {
        const unsigned char size[4] = {(unsigned char)(sizes[i] >> 24),
                                       (unsigned char)(sizes[i] >> 16),
                                       (unsigned char)(sizes[i] >> 8), (unsigned char)sizes[i]};
        put(&bytes, size, sizeof size);
    }
    for (int i = 0; i < count; i++)
        put(&bytes, &(unsigned char){(unsigned char)i}, 1);
    return bytes;
}

static Bytes images_of(uint32_t count, uint32_t height, uint32_t width) {
    return file_of(8, 3, (uint32_t[]){count, height, width}, (int)(count * height * width));
}

static Bytes labels_of(const unsigned char *labels, uint32_t count) {
    Bytes bytes = file_of(8, 1, &count, 0);
    put(&bytes, labels, count);
    return bytes;
}

static Bytes compressed(const Bytes *plain) {
    Bytes bytes = {.size = 0};
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    Bytes source = *plain;
    stream.next_in = source.byte;
    stream.avail_in = (uInt)source.size;
    stream.next_out = bytes.byte;
    stream.avail_out = ROOM;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    bytes.size = ROOM - stream.avail_out;
    deflateEnd(&stream);
    return bytes;
}

static bool parse(Dataset *dataset, const Bytes *images, const Bytes *labels, Status *status) {
    // Copies of exactly the size, so that AddressSanitizer sees a byte too far.
    unsigned char *image_bytes = malloc(images->size ? images->size : 1), *label_bytes = NULL;
    memcpy(image_bytes, images->byte, images->size);
    if (labels) {
        label_bytes = malloc(labels->size ? labels->size : 1);
        memcpy(label_bytes, labels->byte, labels->size);
    }
    const bool done = idx_parse(dataset, "test", "images", image_bytes, images->size, "labels",
                                label_bytes, labels ? labels->size : 0, status);
    free(image_bytes);
    free(label_bytes);
    return done;
}

static void expect_refusal(const Bytes *images, const Bytes *labels, const char *part) {
    Dataset dataset;
    Status status;
    status_clear(&status);
    assert_false(parse(&dataset, images, labels, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    if (!strstr(status.text, part))
        fail_msg("expected \"%s\" in: %s", part, status.text);
    assert_non_null(strstr(status.text, labels ? "labels" : "images"));
    assert_null(dataset.pixels); // nothing left to clear
    assert_null(dataset.labels);
}

static void expect_size(const Bytes *images, int count, int height, int width, int channels) {
    Dataset dataset;
    Status status;
    if (!parse(&dataset, images, NULL, &status))
        fail_msg("%s", status.text);
    assert_int_equal(dataset.count, count);
    assert_int_equal(dataset.height, height);
    assert_int_equal(dataset.width, width);
    assert_int_equal(dataset.channels, channels);
    assert_int_equal(dataset.classes, 1);
    for (int i = 0; i < count * height * width * channels; i++)
        assert_int_equal(dataset.pixels[i], i);
    dataset_clear(&dataset);
}

// ---- what is right ----

static void every_rank_is_read(void **state) {
    (void)state;
    const Bytes vectors = file_of(8, 2, (uint32_t[]){3, 5}, 15);
    const Bytes images = images_of(2, 3, 4);
    const Bytes colour = file_of(8, 4, (uint32_t[]){2, 3, 4, 3}, 72);
    expect_size(&vectors, 3, 1, 5, 1);
    expect_size(&images, 2, 3, 4, 1);
    expect_size(&colour, 2, 3, 4, 3);
}

static void labels_become_classes(void **state) {
    (void)state;
    const Bytes images = images_of(4, 1, 2),
                labels = labels_of((const unsigned char[]){2, 0, 255, 2}, 4);
    Dataset dataset;
    Status status;
    assert_true(parse(&dataset, &images, &labels, &status));
    assert_int_equal(dataset.classes, 256);
    assert_int_equal(dataset.labels[2], 255);
    assert_int_equal(dataset.class_start[3] - dataset.class_start[2], 2);
    assert_int_equal(dataset.order[dataset.class_start[2] + 1], 3);
    dataset_clear(&dataset);
}

static void gzip_is_told_by_content(void **state) {
    (void)state;
    const Bytes plain = images_of(2, 3, 4), packed = compressed(&plain);
    expect_size(&packed, 2, 3, 4, 1);
    // The name does not matter: plain bytes under .gz, packed ones without.
    const char *folder = temporary_folder();
    const char *paths[2] = {in_folder(folder, "images.gz"), in_folder(folder, "images")};
    for (int i = 0; i < 2; i++) {
        FILE *stream = fopen(paths[i], "wb");
        const Bytes *bytes = i == 0 ? &plain : &packed;
        assert_non_null(stream);
        assert_int_equal(fwrite(bytes->byte, 1, bytes->size, stream), bytes->size);
        assert_int_equal(fclose(stream), 0);
        Dataset dataset;
        Status status;
        if (!idx_read(&dataset, "test", paths[i], NULL, &status))
            fail_msg("%s", status.text);
        assert_int_equal(dataset.count, 2);
        assert_int_equal(dataset.pixels[23], 23);
        dataset_clear(&dataset);
    }
}

// ---- what is wrong ----

static void the_start_is_checked(void **state) {
    (void)state;
    Bytes bytes = {.size = 0};
    expect_refusal(&bytes, NULL, "byte 0: expected more data");
    bytes = images_of(2, 3, 4);
    bytes.byte[1] = 7;
    expect_refusal(&bytes, NULL, "byte 0: expected an IDX file (00 00 08), found 00 07 08");
    bytes = images_of(2, 3, 4);
    bytes.byte[2] = 0x0a;
    expect_refusal(&bytes, NULL, "found 00 00 0a");
    static const struct {
        int type;
        const char *name;
    } types[] = {{0x09, "signed byte (09)"},
                 {0x0b, "short (0b)"},
                 {0x0c, "int (0c)"},
                 {0x0d, "float (0d)"},
                 {0x0e, "double (0e)"}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        bytes.byte[2] = (unsigned char)types[i].type;
        expect_refusal(&bytes, NULL, types[i].name);
    }
}

static void dimensions_are_checked(void **state) {
    (void)state;
    const uint32_t sizes[5] = {2, 3, 1, 1, 1};
    static const int wrong[] = {0, 1, 5};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const Bytes bytes = file_of(8, wrong[i], sizes, 6);
        expect_refusal(&bytes, NULL, "byte 3: expected 2 to 4 dimensions");
    }
    const Bytes images = images_of(2, 1, 1), labels = file_of(8, 2, sizes, 6);
    expect_refusal(&images, &labels, "byte 3: expected 1 to 1 dimensions, found 2");
}

static void sizes_are_checked(void **state) {
    (void)state;
    Bytes bytes = file_of(8, 3, (uint32_t[]){2, 0, 4}, 0);
    expect_refusal(&bytes, NULL, "byte 8: expected a size from 1 to 2147483647, found 0");
    bytes = file_of(8, 3, (uint32_t[]){2, 3, 0x80000000u}, 0);
    expect_refusal(&bytes, NULL, "byte 12: expected a size from 1 to 2147483647, found 2147483648");
    // 2^20 ^ 4 is 2^80; and 2^16 ^ 4 is 2^64, 0 if the product wrapped.
    bytes = file_of(8, 4, (uint32_t[]){1 << 20, 1 << 20, 1 << 20, 1 << 20}, 0);
    expect_refusal(&bytes, NULL, "byte 16: expected sizes whose product fits");
    bytes = file_of(8, 4, (uint32_t[]){1 << 16, 1 << 16, 1 << 16, 1 << 16}, 0);
    expect_refusal(&bytes, NULL, "byte 16: expected sizes whose product fits");
}

static void the_length_is_exact(void **state) {
    (void)state;
    Bytes bytes = images_of(2, 3, 4);
    bytes.size--;
    expect_refusal(&bytes, NULL,
                   "byte 16: expected 24 bytes of data as the header announces, "
                   "found 23");
    bytes.size += 2;
    expect_refusal(&bytes, NULL, "found 25");
    for (bytes.size = 0; bytes.size < 16; bytes.size++)
        expect_refusal(&bytes, NULL, "expected more data, found the end of the file");
}

static void the_decompressed_length_is_exact(void **state) {
    (void)state;
    Bytes plain = images_of(2, 3, 4);
    plain.size--;
    Bytes packed = compressed(&plain);
    expect_refusal(&packed, NULL, "found the end of the gzip stream after 39 decompressed bytes");
    plain.size += 2;
    packed = compressed(&plain);
    expect_refusal(&packed, NULL, "expected 40 decompressed bytes, found more");
    plain.size = 10;
    packed = compressed(&plain);
    expect_refusal(&packed, NULL, "found the end of the gzip stream after 10 decompressed bytes");
}

// A few bytes that announce 2^62: refused before memory is taken.
static void a_bomb_is_refused(void **state) {
    (void)state;
    const Bytes plain = file_of(8, 3, (uint32_t[]){1 << 30, 1 << 16, 1 << 16}, 100);
    const Bytes packed = compressed(&plain);
    expect_refusal(&packed, NULL, "a gzip stream that can hold no more than");
    expect_refusal(&plain, NULL, "found 100");
}

static void every_truncation_of_gzip_is_found(void **state) {
    (void)state;
    const Bytes plain = images_of(4, 5, 6);
    Bytes packed = compressed(&plain);
    const size_t whole = packed.size;
    for (packed.size = 2; packed.size < whole; packed.size++) {
        char place[96];
        snprintf(place, sizeof place, "byte %zu: expected more data in the gzip stream, found the",
                 packed.size);
        Dataset dataset;
        Status status;
        assert_false(parse(&dataset, &packed, NULL, &status));
        assert_int_equal(status.code, STATUS_BAD_DATA);
        // Short ones may be found too short for what the header announces.
        if (!strstr(status.text, place) && !strstr(status.text, "can hold no more than"))
            fail_msg("%s", status.text);
    }
}

// gzip carries a checksum: no changed bit may change a pixel.  (Nothing covers bytes 3 to 9, flags,
// time and system of the file, and the bits that fill up the last byte before the checksum.)
static void damage_in_gzip_is_found(void **state) {
    (void)state;
    const Bytes plain = images_of(4, 5, 6), packed = compressed(&plain);
    for (size_t i = 10; i < packed.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            Bytes damaged = packed;
            damaged.byte[i] ^= (unsigned char)(1 << bit);
            Dataset dataset;
            Status status;
            if (!parse(&dataset, &damaged, NULL, &status)) {
                assert_int_equal(status.code, STATUS_BAD_DATA);
                continue;
            }
            assert_int_equal(i, packed.size - 9);
            assert_int_equal(dataset.count, 4);
            assert_memory_equal(dataset.pixels, plain.byte + 16, 120);
            dataset_clear(&dataset);
        }
    Bytes longer = packed;
    put(&longer, "tail", 4);
    expect_refusal(&longer, NULL, "expected the end of the file, found 4 bytes more");
}

static void labels_are_checked(void **state) {
    (void)state;
    const Bytes images = images_of(3, 1, 1);
    Bytes labels = labels_of((const unsigned char[]){0, 1}, 2);
    expect_refusal(&images, &labels, "byte 4: expected 3 labels, one per image, found 2");
    labels = labels_of((const unsigned char[]){0, 1, 2}, 3);
    labels.size--;
    expect_refusal(&images, &labels, "byte 8: expected 3 bytes of data");
    labels.size = 0;
    expect_refusal(&images, &labels, "byte 0: expected more data");
}

static void paths_are_named(void **state) {
    (void)state;
    const char *folder = temporary_folder();
    const char *absent = in_folder(folder, "absent"), *pipe_path = in_folder(folder, "pipe");
    Dataset dataset;
    Status status;
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_false(idx_read(&dataset, "test", absent, NULL, &status));
    assert_int_equal(status.code, STATUS_BAD_DATA);
    assert_non_null(strstr(status.text, absent));
    assert_false(idx_read(&dataset, "test", folder, NULL, &status));
    assert_non_null(strstr(status.text, "expected a regular file, found a directory"));
    assert_false(idx_read(&dataset, "test", pipe_path, NULL, &status)); // and does not wait
    assert_non_null(strstr(status.text, "expected a regular file, found a special file"));
}

// ---- finding ----

static void files_are_found_in_order(void **state) {
    (void)state;
    const char *first = temporary_folder(), *second = temporary_folder();
    const char *const folders[] = {first, second};
    const char *sub = in_folder(second, "mnist");
    char images[PATH_MAX], labels[PATH_MAX];
    assert_false(idx_find("mnist", false, folders, 2, images, labels, PATH_MAX));
    assert_int_equal(mkdir(sub, 0700), 0);
    write_file(in_folder(sub, "train-images-idx3-ubyte"), "");
    assert_false(idx_find("mnist", false, folders, 2, images, labels, PATH_MAX)); // no labels
    write_file(in_folder(sub, "train-labels.idx1-ubyte.gz"), "");
    assert_true(idx_find("mnist", false, folders, 2, images, labels, PATH_MAX));
    assert_string_equal(images, in_folder(sub, "train-images-idx3-ubyte"));
    assert_string_equal(labels, in_folder(sub, "train-labels.idx1-ubyte.gz"));
    assert_false(idx_find("mnist", true, folders, 2, images, labels, PATH_MAX));
    assert_false(idx_find("mnist", false, folders, 2, images, labels, 8)); // no room
    write_file(in_folder(second, "train-images-idx3-ubyte.gz"), "");
    write_file(in_folder(second, "train-labels-idx1-ubyte.gz"), "");
    assert_true(idx_find("mnist", false, folders, 2, images, labels, PATH_MAX));
    assert_string_equal(images, in_folder(second, "train-images-idx3-ubyte.gz"));
    write_file(in_folder(first, "train-images-idx3-ubyte"), "");
    write_file(in_folder(first, "train-labels-idx1-ubyte"), "");
    assert_true(idx_find("mnist", false, folders, 2, images, labels, PATH_MAX));
    assert_string_equal(images, in_folder(first, "train-images-idx3-ubyte"));
    assert_true(idx_find("fashion", false, folders, 2, images, labels, PATH_MAX));
    assert_false(idx_find("cifar10", false, folders, 2, images, labels, PATH_MAX));
    // MNIST's folder holds files of the same names as Fashion-MNIST has, and they are not it.
    char ending[PATH_MAX];
    snprintf(ending, sizeof ending, "%s/", sub);
    const char *const others[] = {ending, sub};
    write_file(in_folder(sub, "t10k-images-idx3-ubyte"), "");
    write_file(in_folder(sub, "t10k-labels-idx1-ubyte"), "");
    assert_true(idx_find("mnist", true, others, 1, images, labels, PATH_MAX));
    assert_true(!idx_find("fashion", true, others, 2, images, labels, PATH_MAX) ||
                strncmp(images, "/usr/share", 10) == 0);
}

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Debian's dataset-fashion-mnist.
static void fashion_mnist_is_read(void **state) {
    (void)state;
    char images[PATH_MAX], labels[PATH_MAX];
    if (!idx_find("fashion", true, NULL, 0, images, labels, PATH_MAX)) {
        print_message("skipped: Debian's dataset-fashion-mnist is not installed\n");
        skip();
    }
    Dataset dataset;
    Status status;
    const double start = processor_seconds();
    if (!idx_read(&dataset, "fashion", images, labels, &status))
        fail_msg("%s", status.text);
    assert_true(processor_seconds() - start < 1);
    assert_int_equal(dataset.count, 10000);
    assert_int_equal(dataset.height, 28);
    assert_int_equal(dataset.width, 28);
    assert_int_equal(dataset.channels, 1);
    assert_int_equal(dataset.classes, 10);
    for (int c = 0; c < 10; c++)
        assert_int_equal(dataset.class_start[c + 1] - dataset.class_start[c], 1000);
    // Counted by a separate program in another language.
    uint64_t sum = 0;
    for (size_t i = 0; i < (size_t)10000 * 28 * 28; i++)
        sum += dataset.pixels[i];
    assert_int_equal(sum, 573469082u);
    assert_int_equal(dataset.labels[0], 9);
    assert_int_equal(dataset.labels[9999], 5);
    dataset_clear(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rank_is_read),
        cmocka_unit_test(labels_become_classes),
        cmocka_unit_test(gzip_is_told_by_content),
        cmocka_unit_test(the_start_is_checked),
        cmocka_unit_test(dimensions_are_checked),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(the_length_is_exact),
        cmocka_unit_test(the_decompressed_length_is_exact),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(every_truncation_of_gzip_is_found),
        cmocka_unit_test(damage_in_gzip_is_found),
        cmocka_unit_test(labels_are_checked),
        cmocka_unit_test(paths_are_named),
        cmocka_unit_test(files_are_found_in_order),
        cmocka_unit_test(fashion_mnist_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
