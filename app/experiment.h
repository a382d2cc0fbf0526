// The paper's experiments as commands: what one is, and what it is made of while it runs.
//
// An experiment plans
//
//   panels    of its figure, one below the other: curves over x or bars, each with a table, or a
//             picture of what a rule makes of features (experiment_pictures.h)
//   lots      what is measured once for each seed: a method on a data set with a base model
//             (engine/transfer/transfer.h), at the marks of its learning
//   entries   a value of a panel: the mean over the seeds at one mark of a lot
//
// and the rest is common to all: the lots are measured on all threads, seed by seed, each kept in
// a file as soon as it is there (experiment_items.h), then told as JSON, text and PNG
// (experiment_report.h).  What is interrupted goes on with what is missing.
#ifndef APP_EXPERIMENT_H
#define APP_EXPERIMENT_H

#include "app/transfer_inputs.h"
#include "engine/features.h"
#include "engine/filmstrip.h"

#include <limits.h>

enum {
    EXPERIMENT_PANELS = 32,
    EXPERIMENT_POINTS = 24, // of an axis
    EXPERIMENT_LOTS = 128,
    EXPERIMENT_ENTRIES = 512,
    EXPERIMENT_NAME = 48,
};

typedef struct ExperimentRun ExperimentRun;

typedef struct {
    const char *name;
    const char *help;          // one line
    TransferDefaults defaults; // for what the command line does not say
    const char *points;        // default of --points, or NULL
    const char *points_help;   // what they are: "units of each hidden layer"; NULL: it has none
    const char *data_help;     // an example of --data, where there is no default
    bool looks;                // at representations (look.h), and has pictures of them
    bool (*plan)(ExperimentRun *run, Status *status);
} Experiment;

// The last three are of looks.
typedef enum {
    MEASURE_ACCURACY,
    MEASURE_LOSS,
    MEASURE_EXPLAINED, // by the first components, as many as the entry's x
    MEASURE_DIMENSIONS,
    MEASURE_SMOOTHNESS,
    MEASURES
} ExperimentMeasure;

typedef enum {
    PICTURE_NONE,
    PICTURE_FILMSTRIP, // first-layer receptive fields over the rules of a run's past
    PICTURE_EMBEDDING, // two principal components, before and after
} ExperimentPicture;

typedef struct {
    char title[160];
    const char *x_name; // of curves; NULL: bars, whose points are words
    bool log_x;
    ExperimentMeasure measure;
    ExperimentPicture picture; // instead of curves or bars
    int dataset;               // of the picture
} ExperimentPanel;

typedef struct {
    int dataset; // of the inputs
    const Method *method;
    MethodPlan learning; // of the marks: as many as told, evenly
    bool permute;
} ExperimentLot;

// The mark of the best mean accuracy is chosen by the test itself, so in the method's favour.
enum { MARK_LAST = -1, MARK_BEST = -2 };

typedef struct {
    int panel, lot;
    int mark; // of the lot's curve, MARK_LAST or MARK_BEST
    char series[EXPERIMENT_NAME], point[EXPERIMENT_NAME];
    double x; // where the panel has curves; ascending in each series
} ExperimentEntry;

// Must stay where it is once planned.
struct ExperimentRun {
    const Experiment *experiment;
    const char *points;  // in force, or NULL
    const char *folder;  // of the run that --run names, or NULL
    char rule[PATH_MAX]; // file of the rule, "" if there is none
    TransferInputs inputs;
    Rule *series;                        // [series_count] of the run's past, once loaded; owned
    long series_step[EXPERIMENT_POINTS]; // the outer steps after which they were kept, ascending
    int series_count;
    int panel_count, lot_count, entry_count;
    ExperimentPanel panel[EXPERIMENT_PANELS];
    ExperimentLot lot[EXPERIMENT_LOTS];
    ExperimentEntry entry[EXPERIMENT_ENTRIES];
    bool *done;           // [lot][seed]; owned
    TransferScore *score; // [lot][seed][shots] of those that are done; owned
    // Of the panels with pictures, once made; owned.
    Features *features[EXPERIMENT_PANELS];
    Filmstrip filmstrip[EXPERIMENT_PANELS];
};

const Experiment *experiments_table(size_t *count);
const Experiment *experiment_named(const char *name); // or NULL

// For plans.  Each returns an index, or -1 if there are too many of them, which is the user's
// doing (too many data sets times points).
// A panel about a data set, "DATA: what", or "DATA" if what is "".
int experiment_panel(ExperimentRun *run, int dataset, const char *x_name, ExperimentMeasure measure,
                     const char *what, Status *status);
// A panel that is a picture, which has no table.
int experiment_picture(ExperimentRun *run, ExperimentPicture picture, int dataset, Status *status);
// Of the method, on the data set, otherwise as the inputs say.
int experiment_lot(ExperimentRun *run, const char *method, int dataset, Status *status);
// The entry with the names copied into it; false too if its panel or lot is such a -1.
bool experiment_entry(ExperimentRun *run, ExperimentEntry entry, const char *series,
                      const char *point, Status *status);

// Hidden layers of a lot: `count` of `units` each, before the embedding, which stays.
bool experiment_layers(ExperimentLot *lot, int count, int units, Status *status);

// The whole numbers of --points, ascending; their count, or -1.
int experiment_whole_points(const ExperimentRun *run, int low, int high,
                            int points[EXPERIMENT_POINTS], Status *status);

// Loads rules of the past of the run that --run names: those of --points, or a dozen of all.
bool experiment_load_series(ExperimentRun *run, Status *status);

// Reads what the command line names, and plans.  Without --rule the rule is the one of --run.  To
// be cleared in any case.
bool experiment_init(ExperimentRun *run, const Experiment *experiment, const Options *options,
                     Status *status);
void experiment_clear(ExperimentRun *run);

// Numbers of the items and the scores of one of them.
int experiment_seeds(const ExperimentRun *run);
int experiment_item(const ExperimentRun *run, int lot, int seed);
TransferScore *experiment_score(const ExperimentRun *run, int item); // [shots]

#endif
