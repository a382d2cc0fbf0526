// IDX, the format of MNIST and its kin, plain or compressed by gzip (told by content):
//
//     00 00 TYPE RANK         TYPE 08 = unsigned byte, the only one that images and labels use here
//     RANK sizes              32 bits each, big-endian
//     values                  as many as the product of the sizes says, and nothing behind them
//
// Images are rank 3 [count, height, width], 4 [count, height, width, channels] or 2 [count, width];
// labels rank 1.  Errors name the file, the byte (after decompression), what was expected and
// found.
#ifndef ENGINE_FILES_IDX_H
#define ENGINE_FILES_IDX_H

#include "engine/data/dataset.h"

// An indexed data set; classes = greatest label + 1.  labels_path may be NULL: then all labels are
// 0.
bool idx_read(Dataset *dataset, const char *name, const char *images_path, const char *labels_path,
              Status *status);

// The same from memory (fuzzing); labels may be NULL.
bool idx_parse(Dataset *dataset, const char *name, const void *images, size_t images_size,
               const void *labels, size_t labels_size, Status *status);

// Finds the files of `fashion` or `mnist` in the folders, in their order: FOLDER itself or its
// sub-folder fashion-mnist (mnist), and at last where Debian's dataset-fashion-mnist puts them.
// test_part: the t10k files, else the train files.  images and labels receive paths of less than
// `size` characters.  False: not found.
bool idx_find(const char *short_name, bool test_part, const char *const *folders, int folder_count,
              char *images, char *labels, size_t size);

#endif
