// NumPy's .npy arrays as data sets (format: NEP 1, and numpy.lib.format):
//
//     93 4E 55 4D 50 59      "\x93NUMPY"
//     major, minor           1.0, 2.0 or 3.0
//     length                 of the header, little-endian: u16 in version 1, u32 in 2 and 3
//     header                 a Python dictionary with exactly the keys descr, fortran_order, shape,
//                            in any order, as numpy writes it; blanks and a line break may follow
//     values                 exactly the product of the shape
//
// Types: u1, i4, i8, f4, f8, little-endian, in C order.  Objects, big-endian values and Fortran
// order are refused.
//
//     shape [N, F]           vectors.  u1 stand for value / 255, others for themselves
//     shape [N, H, W]        grey images, [N, H, W, 1 or 3] with their channels.  Whole numbers are
//                            0 .. 255; f4 and f8 are 0 .. 1 and rounded to 255ths
//
// Labels are whole numbers [N] or [N, 1]; their different values in rising order are the classes.
//
// Errors are STATUS_BAD_DATA: path, byte, what was expected and found.
#ifndef ENGINE_DATA_NPY_H
#define ENGINE_DATA_NPY_H

#include "engine/data/dataset.h"

// labels_path NULL: one class.  On failure there is nothing to clear.
bool npy_read(Dataset *dataset, const char *name, const char *path, const char *labels_path,
              Status *status);

// The same from bytes; labels may be NULL.  Paths stand for them in errors.
bool npy_parse(Dataset *dataset, const char *name, const char *path, const void *data, size_t size,
               const char *labels_path, const void *labels, size_t labels_size, Status *status);

#endif
