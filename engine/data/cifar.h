// The binary form of CIFAR-10 and CIFAR-100 (format: the data sets' own page, Krizhevsky 2009):
// records without header or padding,
//
//     CIFAR-10    1 byte   label 0 .. 9
//     CIFAR-100   2 bytes  coarse label 0 .. 19, fine label 0 .. 99
//     both        3072 bytes: the planes red, green, blue of 32 x 32 pixels, row by row
//
// Training examples lie in data_batch_1.bin .. data_batch_5.bin (those that are there are read, in
// this order) or train.bin, test examples in test_batch.bin or test.bin.  The names of the classes
// come from batches.meta.txt, fine_label_names.txt or coarse_label_names.txt, one a line; without
// that file classes are numbered.
//
// Errors are STATUS_BAD_DATA: path, byte, what was expected and found.
#ifndef ENGINE_DATA_CIFAR_H
#define ENGINE_DATA_CIFAR_H

#include "engine/data/dataset.h"

typedef enum { CIFAR_10, CIFAR_100_FINE, CIFAR_100_COARSE, CIFAR_LABELS } CifarLabels;

// The training or test part of the files in a folder.  On failure there is nothing to clear.
bool cifar_read(Dataset *dataset, const char *name, const char *folder, CifarLabels labels,
                bool test_part, Status *status);

// The records of one file, from bytes; path stands for it in errors.
bool cifar_parse(Dataset *dataset, const char *name, const char *path, const void *data,
                 size_t size, CifarLabels labels, Status *status);

// Looks for a folder with files of the set: each folder itself, then its sub-folders cifar10 and
// cifar-10-batches-bin (cifar100 and cifar-100-binary), in the order given.
bool cifar_find(CifarLabels labels, bool test_part, const char *const *folders, int folder_count,
                char *folder, size_t size);

#endif
