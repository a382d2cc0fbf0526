// Which runs a list shows: words and conditions, all of which must hold.
//
//   fash 14x14            the words are in the run's name, preset or state (letters of either case)
//   outer.rate>=1e-3      a setting, compared as a number, or as text with = and !=
//   source=glyphs         the same by its key alone, if only one section has it
//   loss<0.5 accuracy>0.6 step>=100          of the last points
//
// Comparisons: = != < <= > >=.  What is not known fulfils no condition.
#ifndef APP_RUN_FILTER_H
#define APP_RUN_FILTER_H

#include "app/run_reader.h"

enum { RUN_FILTER_TERMS = 16, RUN_FILTER_TEXT = 256 };

typedef enum {
    COMPARE_WORD, // the text is in name, preset or state
    COMPARE_EQUAL,
    COMPARE_UNEQUAL,
    COMPARE_LESS,
    COMPARE_AT_MOST,
    COMPARE_GREATER,
    COMPARE_AT_LEAST,
} Comparison;

typedef struct {
    Comparison comparison;
    const SettingEntry *setting; // or NULL: `figure`, or a word
    int figure;                  // index of loss, accuracy, step
    bool is_number;              // the value is one
    double number;
    char text[RUN_FILTER_TEXT];
} FilterTerm;

typedef struct {
    int count;
    FilterTerm terms[RUN_FILTER_TERMS];
} RunFilter;

// The empty text lets every run pass.  Fails with STATUS_USAGE, naming the term, and leaves filter
// as it was.
bool run_filter_parse(RunFilter *filter, const char *text, Status *status);

// name: as the list shows it.
bool run_filter_passes(const RunFilter *filter, const char *name, const RunReader *reader);

#endif
