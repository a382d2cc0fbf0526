#include "engine/data/libsvm.h"

#include "engine/data/class_list.h"
#include "engine/data/value_table.h"
#include "engine/files/shown_text.h"
#include "engine/files/whole_file.h"
#include "engine/number.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOKEN = 64,           // a number has less characters
    MOST_INDEX = 1 << 24, // of a feature
    MOST_DENSE = 1 << 30, // bytes of a dense data set
};

typedef struct {
    int32_t feature; // from 0
    float value;
} Entry;

typedef struct {
    int64_t label;
    size_t end;  // behind its entries
    size_t line; // in the file, from 1
} Row;

typedef struct {
    Entry *entry;
    size_t entries, entry_room;
    Row *row;
    size_t rows, row_room;
    int features; // largest one and 1
} Sparse;

static void sparse_clear(Sparse *sparse) {
    free(sparse->entry);
    free(sparse->row);
    memset(sparse, 0, sizeof *sparse);
}

// Room for one more element of an array; false for want of memory.
static bool grow(void **array, size_t count, size_t *room, size_t element) {
    if (count < *room)
        return true;
    const size_t wanted = *room ? 2 * *room : 1024;
    void *larger = wanted <= SIZE_MAX / element ? realloc(*array, wanted * element) : NULL;
    if (!larger)
        return false;
    *array = larger;
    *room = wanted;
    return true;
}

// ---- text to sparse rows ----

typedef struct {
    const char *path;
    const char *next, *end;
    size_t line; // of next
    const LibsvmOptions *options;
    Status *status;
} Reader;

static bool fail(const Reader *reader, const char *expected, const char *found) {
    char shown[SHOWN_TEXT];
    return status_fail(reader->status, STATUS_BAD_DATA, "%s: line %zu: expected %s, found '%s'",
                       reader->path, reader->line, expected, shown_text(found, shown));
}

static bool fail_memory(const Reader *reader) {
    return status_fail(reader->status, STATUS_FAILURE, "%s: no memory to read it", reader->path);
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r';
}

// The next word of the line, up to a blank or `stop`; false if it cannot be a number because it is
// too long or has a zero byte in it.
static bool take_word(Reader *reader, char stop, char word[TOKEN]) {
    size_t length = 0;
    bool possible = true;
    while (possible && reader->next < reader->end && !is_blank(*reader->next) &&
           *reader->next != '\n' && *reader->next != '#' && *reader->next != stop) {
        possible = length + 1 < TOKEN && *reader->next != '\0';
        if (possible)
            word[length++] = *reader->next++;
    }
    word[length] = '\0';
    return possible;
}

static void skip_blanks(Reader *reader) {
    while (reader->next < reader->end && is_blank(*reader->next))
        reader->next++;
}

// At the end of the line, or where a comment starts.
static bool at_end(const Reader *reader) {
    return reader->next == reader->end || *reader->next == '\n' || *reader->next == '#';
}

static void next_line(Reader *reader) {
    const char *break_at = reader->next < reader->end
                               ? memchr(reader->next, '\n', (size_t)(reader->end - reader->next))
                               : NULL;
    reader->next = break_at ? break_at + 1 : reader->end;
    reader->line++;
}

// Plain decimals of up to 15 digits, most of what there is: the quotient of two exact doubles is
// the double nearest to the decimal (Clinger 1990).  False: number_read has to look at it.
static bool read_plain(const char *word, double *number) {
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *digit = word + (*word == '-');
    int64_t all = 0;
    int digits = 0, behind = -1; // digits behind the point
    for (; *digit; digit++) {
        if (*digit == '.' && behind < 0 && digits > 0) {
            behind = 0;
            continue;
        }
        if (*digit < '0' || *digit > '9' || digits == 15)
            return false;
        all = 10 * all + (*digit - '0');
        digits++;
        behind += behind >= 0;
    }
    *number = (double)all / powers[behind > 0 ? behind : 0];
    if (*word == '-')
        *number = -*number;
    return digits > 0 && behind != 0;
}

static bool read_index(Reader *reader, int last, int *feature) {
    const int base = reader->options->index_base, most = reader->options->features;
    char word[TOKEN], expected[160];
    double number;
    if (!take_word(reader, ':', word) || reader->next == reader->end || *reader->next != ':')
        return fail(reader, "index:value", word);
    reader->next++;
    if (!read_plain(word, &number) || number < 0 || number > MOST_INDEX || floor(number) != number)
        return fail(reader, "a whole number from 0 to 16777216 as index", word);
    *feature = (int)number - base;
    if (*feature < 0)
        return fail(reader,
                    "an index from 1 on (files that count from 0 need the option index-base=0)",
                    word);
    if (*feature <= last) {
        snprintf(expected, sizeof expected, "an index above the one before it, %d", last + base);
        return fail(reader, expected, word);
    }
    if (most > 0 && *feature >= most) {
        snprintf(expected, sizeof expected, "an index of at most %d, as features=%d says",
                 most - 1 + base, most);
        return fail(reader, expected, word);
    }
    return true;
}

static bool read_value(Reader *reader, float *value) {
    char word[TOKEN];
    double number;
    if (!take_word(reader, ' ', word) ||
        (!read_plain(word, &number) && !number_read(word, &number)) || !isfinite((float)number))
        return fail(reader, "a finite number as value", word);
    if (reader->options->value == LIBSVM_LOG_TF && number < 0)
        return fail(reader, "values of at least 0 for their logarithms", word);
    *value = (float)number;
    return true;
}

static bool read_label(Reader *reader, int64_t *label) {
    char word[TOKEN];
    if (!take_word(reader, ' ', word) || !number_read_whole(word, label))
        return fail(reader, "a label that is a whole number", word);
    return true;
}

static bool read_row(Reader *reader, Sparse *sparse) {
    Row row = {.line = reader->line};
    int last = -1;
    if (!read_label(reader, &row.label))
        return false;
    for (skip_blanks(reader); !at_end(reader); skip_blanks(reader)) {
        Entry entry;
        if (!read_index(reader, last, &last) || !read_value(reader, &entry.value))
            return false;
        if (!grow((void **)&sparse->entry, sparse->entries, &sparse->entry_room, sizeof entry))
            return fail_memory(reader);
        entry.feature = last;
        sparse->entry[sparse->entries++] = entry;
    }
    if (last >= sparse->features)
        sparse->features = last + 1;
    row.end = sparse->entries;
    if (sparse->rows == INT_MAX ||
        !grow((void **)&sparse->row, sparse->rows, &sparse->row_room, sizeof row))
        return fail_memory(reader);
    sparse->row[sparse->rows++] = row;
    return true;
}

// sparse starts zeroed; whatever happens it can be cleared.
static bool read_text(Sparse *sparse, const char *path, const char *text, size_t size,
                      const LibsvmOptions *options, Status *status) {
    Reader reader = {.path = path,
                     .next = text,
                     .end = text + size,
                     .line = 1,
                     .options = options,
                     .status = status};
    for (; reader.next < reader.end; next_line(&reader)) {
        skip_blanks(&reader);
        if (!at_end(&reader) && !read_row(&reader, sparse))
            return false;
    }
    if (sparse->rows > 0 && sparse->features > 0)
        return true;
    return status_fail(status, STATUS_BAD_DATA,
                       "%s: line %zu: expected examples with at least one index:value, found %s",
                       path, reader.line, sparse->rows > 0 ? "none with one" : "no example");
}

// ---- which features, which classes ----

typedef struct {
    int features; // of the training file, or of the options
    int *column;  // [features] 1 and the column where a feature goes, 0: nowhere; NULL: all stay
    int columns;  // features that are kept
    ClassList classes;
} Plan;

typedef struct {
    double weight; // sum of absolute values
    int feature;
} Word;

static int heavier(const void *a, const void *b) {
    const Word *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->feature < y->feature ? -1 : x->feature > y->feature;
}

// Words of the training file with the sum of their values; NULL for want of memory.
static Word *weigh_words(const Sparse *training, int features, int *count) {
    double *weight = calloc((size_t)features, sizeof *weight);
    Word *word = NULL;
    for (size_t i = 0; weight && i < training->entries; i++)
        weight[training->entry[i].feature] += fabs((double)training->entry[i].value);
    *count = 0;
    for (int i = 0; weight && i < features; i++)
        *count += weight[i] > 0;
    if (weight)
        word = calloc((size_t)*count + 1, sizeof *word);
    for (int i = 0, next = 0; word && next < *count; i++)
        if (weight[i] > 0)
            word[next++] = (Word){.weight = weight[i], .feature = i};
    free(weight);
    return word;
}

// Fills plan->column and columns.  Where fewer words occur than are wanted, the first others join.
static bool choose_words(Plan *plan, const Sparse *training, int words) {
    int count;
    Word *word = weigh_words(training, plan->features, &count);
    plan->column = calloc((size_t)plan->features, sizeof *plan->column);
    if (!word || !plan->column) {
        free(word);
        return false;
    }
    qsort(word, (size_t)count, sizeof *word, heavier);
    for (int i = 0; i < count && i < words; i++)
        plan->column[word[i].feature] = 1;
    free(word);
    for (int i = 0; count < words; i++) {
        count += plan->column[i] == 0;
        plan->column[i] = 1;
    }
    for (int i = 0; i < plan->features; i++)
        if (plan->column[i] > 0)
            plan->column[i] = ++plan->columns;
    return true;
}

static void plan_clear(Plan *plan) {
    free(plan->column);
    class_list_clear(&plan->classes);
    memset(plan, 0, sizeof *plan);
}

static bool choose_classes(Plan *plan, const Sparse *training) {
    int64_t *labels = calloc(training->rows, sizeof *labels);
    for (size_t i = 0; labels && i < training->rows; i++)
        labels[i] = training->row[i].label;
    const bool done = labels && class_list_init(&plan->classes, labels, (int)training->rows);
    free(labels);
    return done;
}

// plan starts zeroed; whatever happens it can be cleared.
static bool make_plan(Plan *plan, const Sparse *training, const LibsvmOptions *options,
                      const char *path, Status *status) {
    plan->features = options->features > 0 ? options->features : training->features;
    plan->columns = plan->features;
    bool done = true;
    if (options->words > 0 && options->words < plan->features) {
        plan->columns = 0;
        done = choose_words(plan, training, options->words);
    }
    if (done && choose_classes(plan, training))
        return true;
    return status_fail(status, STATUS_FAILURE, "%s: no memory for %d features", path,
                       plan->features);
}

// ---- sparse to dense ----

static float transformed(float value, LibsvmValue as) {
    switch (as) {
    case LIBSVM_LOG_TF:
        return log1pf(value);
    case LIBSVM_BINARY:
        return value != 0 ? 1 : 0;
    case LIBSVM_TF:
        break;
    }
    return value;
}

// What both stages of making a data set work on.
typedef struct {
    const Sparse *sparse;
    const Plan *plan;
    const char *path; // of sparse
    const LibsvmOptions *options;
} Source;

// The column of an entry, -1: it is left out.
static int column_of(const Source *source, const Entry *entry) {
    if (entry->feature >= source->plan->features)
        return -1;
    return source->plan->column ? source->plan->column[entry->feature] - 1 : entry->feature;
}

// A test file may use words that the training file has not, where some words are left out anyway.
static bool check_features(const Source *source, const char *training_path, Status *status) {
    const int features = source->plan->features;
    if (source->options->words > 0)
        return true;
    size_t i = 0;
    for (size_t row = 0; row < source->sparse->rows; row++)
        for (; i < source->sparse->row[row].end; i++)
            if (source->sparse->entry[i].feature >= features)
                return status_fail(
                    status, STATUS_BAD_DATA,
                    "%s: line %zu: expected an index of at most %d, the largest of %s, found %d; "
                    "with words=N others are left out",
                    source->path, source->sparse->row[row].line,
                    features - 1 + source->options->index_base, training_path,
                    source->sparse->entry[i].feature + source->options->index_base);
    return true;
}

// Whether bytes can hold the values; zero, which is not in the file, is the byte 0.
static bool tabulate(const Source *source, ValueTable *table) {
    value_table_init(table);
    value_table_code(table, 0);
    for (size_t i = 0; i < source->sparse->entries; i++) {
        const Entry *entry = &source->sparse->entry[i];
        if (column_of(source, entry) >= 0 &&
            value_table_code(table, transformed(entry->value, source->options->value)) < 0)
            return false;
    }
    return true;
}

static bool allocate(Dataset *dataset, const char *name, const Source *source, bool bytes,
                     Status *status) {
    const int rows = (int)source->sparse->rows, columns = source->plan->columns;
    const uint64_t size = (uint64_t)rows * (uint64_t)columns * (bytes ? 1 : sizeof(float));
    if (size > MOST_DENSE)
        return status_fail(status, STATUS_BAD_DATA,
                           "%s: expected vectors that take at most %d bytes when they are dense, "
                           "found %d examples of %d features, %llu bytes; words=N keeps less of "
                           "them",
                           source->path, MOST_DENSE, rows, columns, (unsigned long long)size);
    return bytes ? dataset_init_bytes(dataset, name, rows, columns, status)
                 : dataset_init_floats(dataset, name, rows, columns, status);
}

static bool take_table(Dataset *dataset, const ValueTable *table, Status *status) {
    dataset->table = calloc(DATASET_TABLE, sizeof *dataset->table);
    if (!dataset->table)
        return status_fail(status, STATUS_FAILURE, "data set %s: no memory for a table",
                           dataset->name);
    memcpy(dataset->table, table->value, (size_t)table->count * sizeof *table->value);
    return true;
}

static void fill(Dataset *dataset, const Source *source, ValueTable *table) {
    size_t i = 0;
    for (size_t row = 0; row < source->sparse->rows; row++)
        for (; i < source->sparse->row[row].end; i++) {
            const Entry *entry = &source->sparse->entry[i];
            const int column = column_of(source, entry);
            if (column < 0)
                continue;
            const float value = transformed(entry->value, source->options->value);
            const size_t at = row * (size_t)dataset->width + (size_t)column;
            if (dataset->values)
                dataset->values[at] = value;
            else
                dataset->pixels[at] = (uint8_t)value_table_code(table, value);
        }
}

static bool label(Dataset *dataset, const Source *source, Status *status) {
    for (int i = 0; i < dataset->count; i++) {
        const Row *row = &source->sparse->row[i];
        dataset->labels[i] = class_list_find(&source->plan->classes, row->label);
        if (dataset->labels[i] < 0)
            return status_fail(status, STATUS_BAD_DATA,
                               "%s: line %zu: expected a label of the training file, found %lld",
                               source->path, row->line, (long long)row->label);
    }
    return class_list_apply(&source->plan->classes, dataset, status);
}

static bool make(Dataset *dataset, const char *name, const Source *source, Status *status) {
    ValueTable table;
    const bool bytes = tabulate(source, &table);
    if (!allocate(dataset, name, source, bytes, status))
        return false;
    fill(dataset, source, &table);
    if ((!bytes || take_table(dataset, &table, status)) && label(dataset, source, status))
        return true;
    dataset_clear(dataset);
    return false;
}

bool libsvm_parse(Dataset *dataset, const char *name, const char *training_path,
                  const char *training, size_t training_size, const char *test_path,
                  const char *test, size_t test_size, const LibsvmOptions *options,
                  Status *status) {
    Sparse sparse[2] = {{0}, {0}};
    Plan plan = {0};
    const Source source = {&sparse[test != NULL], &plan, test ? test_path : training_path, options};
    memset(dataset, 0, sizeof *dataset);
    const bool done =
        read_text(&sparse[0], training_path, training, training_size, options, status) &&
        (!test || read_text(&sparse[1], test_path, test, test_size, options, status)) &&
        make_plan(&plan, &sparse[0], options, training_path, status) &&
        check_features(&source, training_path, status) && make(dataset, name, &source, status);
    sparse_clear(&sparse[0]);
    sparse_clear(&sparse[1]);
    plan_clear(&plan);
    return done;
}

bool libsvm_read(Dataset *dataset, const char *name, const char *training_path,
                 const char *test_path, const LibsvmOptions *options, Status *status) {
    unsigned char *training = NULL, *test = NULL;
    size_t training_size = 0, test_size = 0;
    memset(dataset, 0, sizeof *dataset);
    const bool done =
        whole_file_read(training_path, &training, &training_size, status) &&
        (!test_path || whole_file_read(test_path, &test, &test_size, status)) &&
        libsvm_parse(dataset, name, training_path, (const char *)training, training_size, test_path,
                     (const char *)test, test_size, options, status);
    free(training);
    free(test);
    return done;
}
