// Every setting of a run, in one table: INI section and key, default, range, unit and help text.
// The table drives presets, --set, config.ini, --help and the README; a test compares them.
#ifndef ENGINE_SETTINGS_H
#define ENGINE_SETTINGS_H

#include "engine/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Room for a text, and how many bytes one may have.
enum { SETTINGS_TEXT = 1024, SETTINGS_TEXT_MOST = 1000 };

typedef struct {
    // [rule] sizes of the update rule, spec 3.1
    int hidden;                // H
    int error_channels;        // D
    int readout_rank;          // R
    int top_hidden;            // T
    int embedding;             // E
    char start[SETTINGS_TEXT]; // "random" or "hebbian"

    // [task] the distribution of tasks, spec 5
    char source[SETTINGS_TEXT]; // a weighted mixture, "glyphs:0.5,fashion:0.5"
    int image_size;             // height = width of a task's inputs
    int classes_min, classes_max;
    int shots;        // labelled examples per class in each of the two batches
    double augmented; // share of tasks with rotation, shift and noise
    double rotation;  // greatest angle, degrees
    double shift;     // greatest shift, pixels of the image
    double noise;     // greatest standard deviation of the noise, of full scale 1
    int permute;      // 1: every task permutes its input dimensions
    int batch;        // B of an inner step
    int hidden_layers_min, hidden_layers_max; // before the embedding layer
    int width_min, width_max;                 // units of a hidden layer
    char activation[SETTINGS_TEXT];           // of a base model, one of "relu,elu"

    // [inner]
    double inner_rate;                  // lr of spec 3.4
    int horizon_min, horizon_max;       // inner steps of a task, log-uniform
    int truncation_min, truncation_max; // inner steps of an unroll, log-uniform

    // [outer]
    int workers;       // unrolls averaged in an outer step
    double outer_rate; // Adam's
    double beta1, beta2, epsilon;
    double clip;     // greatest global norm of the averaged gradient
    double average;  // factor of the moving average of theta that is evaluated and saved; 0: none
    int warmup;      // outer steps of linear warm-up
    double decay;    // the rate is multiplied by this over every decay_steps (exponential)
    int decay_steps; // 0 = no decay
    char non_finite[SETTINGS_TEXT]; // "skip", "halve-lr" or "stop"

    // [evaluate]
    int evaluate_every;                  // outer steps; 0 = never
    char evaluate_data[SETTINGS_TEXT];   // "fashion,glyphs-held-out" (what is missing is left out,
                                         // said in the log)
    char evaluate_layers[SETTINGS_TEXT]; // hidden layers of the base model: "64,64"
    char evaluate_activation[SETTINGS_TEXT];
    int evaluate_steps; // T
    int evaluate_seeds;
    int evaluate_shots;    // labelled examples per class
    int evaluate_examples; // test examples per seed

    // [run]
    int64_t seed;
    int threads;               // 0 = one for each core
    double memory;             // MiB for the values of unrolled inner steps that are kept
    int64_t outer_steps;       // 0 = until stopped
    double minutes;            // 0 = no limit
    double checkpoint_seconds; // between checkpoints
} Settings;

typedef enum { SETTING_INT, SETTING_INT64, SETTING_REAL, SETTING_TEXT } SettingType;

typedef struct {
    const char *section, *key;
    SettingType type;
    bool live;            // may change while training goes on; a checkpoint keeps it
    size_t offset;        // in Settings
    double low, high;     // range of a number
    const char *fallback; // default, as text
    const char *choices;  // "skip|halve-lr|stop", or NULL
    const char *unit;     // "" if none
    const char *help;     // one line
} SettingEntry;

const SettingEntry *settings_table(size_t *count);

const SettingEntry *settings_find(const char *section, const char *key); // or NULL

// One value as text that settings_set takes back exactly; returns out.
char *settings_value(const Settings *settings, const SettingEntry *entry, char out[SETTINGS_TEXT]);

void settings_default(Settings *settings);

// Sets one value from text.  origin names where it came from ("paper.ini:12", "--set") and opens
// the error, which names the nearest known key for an unknown one, or the range and what was found.
bool settings_set(Settings *settings, const char *section, const char *key, const char *value,
                  const char *origin, Status *status);

// Whether two settings have the same value.
bool settings_same(const Settings *a, const Settings *b, const SettingEntry *entry);

// "section.key=value", as --set takes it.
bool settings_assign(Settings *settings, const char *assignment, const char *origin,
                     Status *status);

// Reads an INI file over the present values; the first error stops it (STATUS_BAD_DATA, with file
// and line) and leaves settings unchanged.  A key may come once; lines have less than 200 bytes,
// and a value whose line ends in a backslash goes on in the next one, without the spaces before it.
bool settings_read(Settings *settings, const char *path, Status *status);

// The same from memory (presets are embedded in the program); name is used in errors.
bool settings_read_text(Settings *settings, const char *name, const char *text, size_t size,
                        Status *status);

// Presets one over the other, "default,glyphs-cifar10".  Each is a path (with a slash, or ending in
// .ini), or the name of one embedded in the program ("small" is assets/presets/small.ini); an
// unknown name is an error that lists the known ones.  On failure the settings stay as they were.
bool settings_read_preset(Settings *settings, const char *names, Status *status);

// Checks what no single value can: minima below maxima, shifts inside of the image.
bool settings_check(const Settings *settings, Status *status);

// How many bytes of a text fit on its line in a file (all, or as far as a comma if there is one);
// 0: it can be divided nowhere.
size_t settings_piece(const char *text);

// Writes every setting with its help as comment; text that settings_read takes back exactly.
// Decimal points whatever the locale, digits that round-trip.  False if the stream failed.
bool settings_write(const Settings *settings, FILE *stream);

#endif
