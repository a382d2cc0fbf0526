// What `--data SPEC` says (interface.md): a kind of data set, its files, options.
//
//     fashion   glyphs-held-out   idx:IMAGES:LABELS   fashion?size=14&classes=0-4,7&part=train
//
// A SPEC is KIND[:PATH[:PATH]][?OPTION[&OPTION]...].  In a path %3A stands for ':', %3F for '?',
// %2C for ',' and %25 for '%'.  In a list of SPECs a comma begins the next one where what follows
// is the name of a kind; elsewhere it belongs to a path or to a list of classes.
//
// Two tables, of kinds and of options, are all that is known here; they make the help as well.
// open.h turns a SPEC into a data set.
#ifndef ENGINE_DATA_SPEC_H
#define ENGINE_DATA_SPEC_H

#include "engine/data/dataset.h"
#include "engine/status.h"

#include <limits.h>
#include <stdint.h>

// PART_TEST is the held-out part: examples that nothing was trained on.
typedef enum { PART_UNSAID, PART_TRAIN, PART_TEST } DataPart;

enum { DATA_OPTION_TEXT = 256 };

// The options with their defaults, as a SPEC leaves them.
typedef struct {
    int size;                         // height = width of the images; 0: as they come
    bool grey, colour;                // one channel, three channels; neither: as they come
    char classes[DATA_OPTION_TEXT];   // "0-4,7" or names; "": all
    char part[DATA_OPTION_TEXT];      // "train", "test" or "held-out"; "": not said
    double split;                     // share of every class that is held out; 0: no split
    int seed;                         // of the split, and of data that are drawn
    int permute;                      // 0 or 1; -1: as the settings of the task say
    int examples;                     // of data that are drawn
    int worlds;                       // of data that are drawn in worlds
    char look[DATA_OPTION_TEXT];      // of silhouettes: "dim" or "bright"; "" is dim
    double noise;                     // of data that are drawn
    int words, features, index_base;  // of bags of words; 0: all, and what the file has
    char value[DATA_OPTION_TEXT];     // "tf", "log-tf" or "binary"
    char normalise[DATA_OPTION_TEXT]; // "none", "range" or "standard"
    char labels[DATA_OPTION_TEXT];    // "fine" or "coarse"
    char bad[DATA_OPTION_TEXT];       // "skip" or "refuse"
    char empty[DATA_OPTION_TEXT];     // "refuse" or "allow"
} DataOptions;

typedef enum {
    DATA_GLYPHS,
    DATA_GLYPHS_HELD_OUT,
    DATA_FASHION,
    DATA_MNIST,
    DATA_MOONS,
    DATA_CIFAR_10,
    DATA_CIFAR_100,
    DATA_IDX,
    DATA_SHAPES,
    DATA_SILHOUETTES,
    DATA_NPY,
    DATA_LIBSVM,
    DATA_IMAGES,
    DATA_KINDS
} DataKindId;

enum { DATA_PATHS = 2, DATA_SPEC_TEXT = 2048 };

typedef struct {
    const char *name;     // the first word of a SPEC
    const char *operands; // as usage shows them: ":IMAGES[:LABELS]"; "" for none
    int least, most;      // paths
    bool has_parts;       // comes as a training and a test part of its own
    const char *options;  // names of the options that it takes, with blanks between
    const char *help;     // one line
} DataKind;

typedef struct {
    DataKindId id;
    char path[DATA_PATHS][PATH_MAX]; // "" where the SPEC names none
    DataOptions options;
    char name[DATASET_NAME]; // to show: the SPEC without the folders of its paths
} DataSpec;

typedef struct {
    const char *name;
    const char *argument; // "N"; NULL for a flag
    const char *help;     // one line
} DataOptionHelp;

const DataKind *data_kind(DataKindId id);
// The options of all kinds, one after the other; NULL behind the last.
const DataOptionHelp *data_option(size_t index);

// STATUS_USAGE names the SPEC, what is unknown or out of range, and the nearest known word.
bool data_spec_parse(DataSpec *spec, const char *text, Status *status);

// The part that a SPEC asks for.
DataPart data_spec_part(const DataSpec *spec);

// Copies the first SPEC of a list ([size] bytes) and moves *list behind it; false at its end.  One
// that is too long is cut, which data_spec_parse refuses.
bool data_spec_next(const char **list, char *spec, size_t size);

// Takes ":WEIGHT" off the end of a SPEC of a mixture ("glyphs:0.5"); 1 where there is none.  A
// number behind the last colon is a weight, so a file of such a name is written ./0.5.
// STATUS_USAGE: a weight that is not above 0.
bool data_spec_weight(char *spec, double *weight, Status *status);

#endif
