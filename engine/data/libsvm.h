// LIBSVM's text form of sparse vectors, bags of words above all (format: the README of LIBSVM):
//
//     label index:value index:value ...        one example a line, a comment may follow '#'
//
// Labels are whole numbers ("+1" too), the classes their different values in rising order.  Indices
// are counted from 1 (or, if asked for, from 0) and rise strictly; values are finite decimal
// numbers, 0 where an index is not named.  Vectors become dense: of all features up to the largest
// index of the training file, or of the `words` ones with the greatest sum of absolute values in
// it, kept in the order of their indices.  A test file never decides about features or classes.
//
// Errors are STATUS_BAD_DATA: path, line, what was expected and found.
#ifndef ENGINE_DATA_LIBSVM_H
#define ENGINE_DATA_LIBSVM_H

#include "engine/data/dataset.h"

typedef enum {
    LIBSVM_TF,     // values as they are: term frequencies
    LIBSVM_LOG_TF, // log(1 + value)
    LIBSVM_BINARY, // 1 where the value is not 0
} LibsvmValue;

typedef struct {
    int index_base; // 0 or 1
    int features;   // a larger index is an error; 0: the training file decides
    int words;      // so many features at most, and others are left out; 0: all
    LibsvmValue value;
} LibsvmOptions;

// training_path decides about features and classes.  The data set is the examples of the training
// file or, if test_path is not NULL, of that.  On failure there is nothing to clear.
bool libsvm_read(Dataset *dataset, const char *name, const char *training_path,
                 const char *test_path, const LibsvmOptions *options, Status *status);

// The same from texts of `size` bytes; test may be NULL.  Paths stand for the texts in errors.
bool libsvm_parse(Dataset *dataset, const char *name, const char *training_path,
                  const char *training, size_t training_size, const char *test_path,
                  const char *test, size_t test_size, const LibsvmOptions *options, Status *status);

#endif
