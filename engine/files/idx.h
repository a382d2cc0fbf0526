// IDX files, in which MNIST and its relatives come (format: the MNIST page of LeCun, Cortes and
// Burges), plain or compressed by gzip whatever the name says:
//
//     00 00               two zero bytes
//     type                08 unsigned byte; 09 signed byte, 0B short, 0C int, 0D float and 0E
//     double
//                         are recognised and refused
//     dimensions          one byte
//     size                u32 big-endian, one per dimension, the number of examples first
//     data                row-major, exactly the product of the sizes
//
// Images have 3 dimensions (height, width) or 4 (channels last), vectors 2; labels have 1.  Errors
// are STATUS_BAD_DATA: path, byte, what was expected and found. Memory: the compressed file and
// what it announces, which is checked against what it could hold.
#ifndef ENGINE_FILES_IDX_H
#define ENGINE_FILES_IDX_H

#include "engine/data/dataset.h"

// A data set, indexed, with max + 1 classes.  labels_path NULL: all labels 0, one class.
// On failure there is nothing to clear.
bool idx_read(Dataset *dataset, const char *name, const char *images_path, const char *labels_path,
              Status *status);

// The same from bytes; labels may be NULL.  The names stand for the paths in errors.
bool idx_parse(Dataset *dataset, const char *name, const char *images_name, const void *images,
               size_t images_size, const char *labels_name, const void *labels, size_t labels_size,
               Status *status);

// Any IDX file: *labels > 0 says that it holds so many, of *classes classes; otherwise *dataset is
// the images or vectors, all of one class.  On failure there is nothing to clear.
bool idx_read_any(Dataset *dataset, int *labels, int *classes, const char *path, Status *status);

// Finds the pair of files of `fashion` or `mnist`: train- (test_part: t10k-) images-idx3-ubyte and
// labels-idx1-ubyte, also written with .idx, also with .gz.  Looks in each folder (unless it is
// named after the other set) and then in its sub-folder fashion-mnist (mnist), in the order given;
// after them where Debian's package dataset-fashion-mnist puts its files.  images and labels hold
// `size` bytes each; false: not found.
bool idx_find(const char *short_name, bool test_part, const char *const *folders, int folder_count,
              char *images, char *labels, size_t size);

// Names the classes of `fashion` as its authors do; leaves others, whose names are their numbers.
bool idx_name_classes(Dataset *dataset, const char *short_name, Status *status);

#endif
