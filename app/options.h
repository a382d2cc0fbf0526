// The command line, read from two tables: the subcommands and the options.  The same tables make
// --help and the usage errors, so that nothing is accepted without being told and the reverse.
//
// Only what works is in the tables.  A subcommand is the first word of the command line; without
// one it is `train`.
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "engine/status.h"
#include "views/cells.h"

#include <stddef.h>
#include <stdio.h>

typedef struct Options Options;

typedef struct {
    const char *name;
    const char *operand; // what must follow it, as usage shows it: "FILE", "RUN RUN"; "[FILE]":
                         // may; "" for nothing
    const char *choices; // "filters|curves" if it is one of these words, else NULL
    const char *help;    // one line
    int (*run)(const Options *options); // returns the exit code; see commands.h
} CommandEntry;

typedef enum {
    OPTION_FLAG,    // no argument; a bool of Options
    OPTION_TEXT,    // a const char * of Options; the last one given counts
    OPTION_CHOICE,  // the same, one of `choices`
    OPTION_SETTING, // an assignment to the setting `setting`
    OPTION_SET,     // an assignment written section.key=value
} OptionType;

typedef struct {
    const char *name;
    char letter; // its short form, or 0
    OptionType type;
    size_t offset;        // in Options (FLAG, TEXT, CHOICE)
    const char *setting;  // "run.seed" (SETTING)
    const char *argument; // as usage shows it: "DIR"
    const char *choices;  // "auto|always|never" (CHOICE)
    const char *commands; // names of the subcommands that take it, with blanks between; "*" for all
    const char *help;     // one line
} OptionEntry;

// One change of a setting, in the order of the command line.
typedef struct {
    const char *origin;  // "--seed", "--set"; opens an error
    const char *setting; // "run.seed", or NULL if value is "section.key=value"
    const char *value;
} Assignment;

// All texts are borrowed from argv (or the tables).
struct Options {
    const CommandEntry *command;
    const char *operand;        // the first operand, or NULL
    const char *second_operand; // likewise

    bool help, version;
    const char *color; // "auto", "always", "never"

    const char *preset; // name of an embedded preset or a .ini file; NULL: the default
    const char *run;    // folder of a new run; NULL: runs/TIME-ID
    const char *filter; // which runs to list, or NULL
    const char *resume; // folder of a run to go on with, or NULL
    const char *rule;   // rule file to start from, or NULL
    const char *data_path;
    bool headless, dry_run, json;

    const char *data;                        // transfer, experiment, step, export
    const char *methods, *shots;             // transfer, experiment
    bool same_problem;                       // transfer: see the table
    const char *vae_steps, *prototype_steps; // transfer, experiment
    const char *points;                      // experiment

    const char *theta, *phi, *inputs, *out; // metagrad, export
    const char *base, *script;              // step
    const char *theme, *scale;              // export: "light" or "dark", "1" or "2"
    const char *weight, *when;              // export: "W" or "V"; "before", "now", "difference"
    const char *tensor;                     // export: of a step figure; NULL: the stage's first
    const char *group;                      // export: of weights or histogram; NULL: all, the first
    const char *layer;                      // export: of the activations; NULL: the first
    const char *components;                 // export: of the embedding, "1,2"; NULL: these
    bool grey;                              // export: weights in greys
    bool per_unit;                          // export: filters in files of their own besides

    Assignment *assignments; // [assignment_count]; owned
    int assignment_count;
};

const CommandEntry *options_commands(size_t *count);
const OptionEntry *options_table(size_t *count);

// Reads argv.  With --help or --version nothing else is checked.  A usage error (STATUS_USAGE)
// names the word and the nearest known one.
bool options_parse(Options *options, int argc, char **argv, Status *status);
void options_clear(Options *options);

// --help: of one subcommand, or of the program if command is NULL.
void options_print_help(FILE *stream, const CommandEntry *command);
// --version: version, commit, build and number type, kernels, BLAS.
void options_print_version(FILE *stream);

// Whether escape codes may go to a stream: --color, then NO_COLOR, then whether it is a terminal.
bool options_color(const Options *options, FILE *stream);

// Whether a subcommand takes an option.
bool options_applies(const OptionEntry *option, const CommandEntry *command);

// --scale and --theme, of the pictures that a command writes.
int options_scale(const Options *options);
Theme options_theme(const Options *options);

#endif
