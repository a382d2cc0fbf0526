#include "app/options.h"

#include "app/commands.h"
#include "engine/blas.h"
#include "engine/kernels.h"
#include "engine/real.h"
#include "engine/words.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef RULESMITH_VERSION
#define RULESMITH_VERSION "0.1"
#endif
#ifndef RULESMITH_COMMIT
#define RULESMITH_COMMIT "unknown"
#endif

static const CommandEntry commands[] = {
    {"train", "", NULL, "meta-train an update rule and watch it learn (the default)",
     command_train},
    {"export", "FIGURE",
     "features|filters|activations|filmstrip|embedding|variance|histogram|weights|curves|"
     "loss|transfer|gradient|rate|runs|step-accuracy|step-loss|step-anatomy|step-anatomy-curves|"
     "step-tensor|step-values|step-histogram|step-tensors|step-stages",
     "write a figure of a run or a rule as PNG, without a terminal", command_export},
    {"transfer", "", NULL, "few-shot accuracy of a rule and of its competitors on held-out data",
     command_transfer},
    {"experiment", "[NAME]", NULL,
     "an experiment of the paper, as table and figure; without NAME, which there are",
     command_experiment},
    {"metagrad", "", NULL, "one fixed unroll and its meta-gradient, from files to a file",
     command_metagrad},
    {"step", "", NULL, "step through inner-loop updates, forwards and backwards", command_step},
    {"bench", "", NULL, "measure inner steps and unrolls on this machine", command_bench},
    {"data", "[SPEC]", NULL, "say what a data set is; without SPEC, which data sets there are",
     command_data},
    {"watch", "DIR", NULL,
     "the workbench on a run that is live elsewhere, or finished, or on a folder of runs",
     command_watch},
    {"runs", "[FOLDER]", NULL,
     "list the runs under a folder (without it: runs): state, last figures", command_runs},
    {"diff", "RUN RUN", NULL, "the settings in which two runs differ", command_diff},
    {"verify", "FILE", NULL, "say what a file of ours is, or what is wrong with it",
     command_verify},
};

#define IN(member) offsetof(Options, member)

static const OptionEntry table[] = {
    {"preset", 0, OPTION_TEXT, IN(preset), NULL, "NAME|FILE.ini", NULL, "train bench step export",
     "settings to start from: an embedded preset or a file, or several with commas (bench: a "
     "name)"},
    {"set", 0, OPTION_SET, 0, NULL, "section.key=value", NULL,
     "train export transfer experiment step", "change one setting; may be repeated"},
    {"run", 0, OPTION_TEXT, IN(run), NULL, "DIR", NULL, "train export experiment",
     "the run directory (train: a new one; without it runs/TIME-ID; experiment: whose rule)"},
    {"resume", 0, OPTION_TEXT, IN(resume), NULL, "DIR", NULL, "train",
     "go on with the run in DIR from its last checkpoint"},
    {"rule", 0, OPTION_TEXT, IN(rule), NULL, "FILE", NULL, "train export transfer experiment step",
     "the rule file (train: to start from its theta; step: without it a random theta)"},
    {"data", 0, OPTION_TEXT, IN(data), NULL, "SPEC[,SPEC]...", NULL,
     "transfer experiment step export bench",
     "data sets (step, export: one; bench: how fast they load, instead of unrolls) "
     "(fashion?size=14); 'rulesmith data' tells what a SPEC may be"},
    {"methods", 0, OPTION_TEXT, IN(methods), NULL, "A,B...", NULL, "transfer",
     "of rule, vae, supervised, sgd, random, pixels, pca (these) and prototypes"},
    {"shots", 0, OPTION_TEXT, IN(shots), NULL, "K,K...", NULL, "transfer experiment",
     "labelled examples of each class (transfer: 1,5,10)"},
    {"seeds", 0, OPTION_SETTING, 0, "evaluate.seeds", "N", NULL, "transfer experiment",
     "repetitions, each with its own problem and phi_0 (transfer: 5)"},
    {"same-problem", 0, OPTION_FLAG, IN(same_problem), NULL, NULL, NULL, "transfer",
     "all repetitions have the first one's problem: only phi_0 and the order of examples differ"},
    {"tests", 0, OPTION_SETTING, 0, "evaluate.examples", "N", NULL, "transfer experiment",
     "test examples of each seed, at most (transfer: 2000)"},
    {"layers", 0, OPTION_SETTING, 0, "evaluate.layers", "N,N...", NULL, "transfer experiment",
     "hidden layers of the base model (as the rule was tried)"},
    {"activation", 0, OPTION_SETTING, 0, "evaluate.activation", "NAME", NULL, "transfer experiment",
     "activation of the base model (as the rule was tried)"},
    {"steps", 0, OPTION_SETTING, 0, "evaluate.steps", "N", NULL, "transfer experiment step export",
     "inner steps of the rule (as it was tried)"},
    {"rate", 0, OPTION_SETTING, 0, "inner.rate", "R", NULL, "transfer experiment step",
     "learning rate of the rule's inner steps (as it was trained)"},
    {"batch", 0, OPTION_SETTING, 0, "task.batch", "N", NULL, "transfer experiment step",
     "examples of an inner step (as the rule was trained)"},
    {"vae-steps", 0, OPTION_TEXT, IN(vae_steps), NULL, "N", NULL, "transfer experiment",
     "updates of the variational autoencoder (2000)"},
    {"prototype-steps", 0, OPTION_TEXT, IN(prototype_steps), NULL, "N", NULL, "transfer experiment",
     "updates of the prototypical network (2000)"},
    {"outer-steps", 0, OPTION_SETTING, 0, "run.outer_steps", "N", NULL, "train",
     "stop after N outer steps (0: run until stopped)"},
    {"minutes", 0, OPTION_SETTING, 0, "run.minutes", "M", NULL, "train experiment",
     "stop after M minutes (0: no limit)"},
    {"threads", 0, OPTION_SETTING, 0, "run.threads", "N", NULL, "train transfer experiment bench",
     "threads (0: one for each core)"},
    {"seed", 0, OPTION_SETTING, 0, "run.seed", "S", NULL, "train transfer experiment step",
     "seed of the whole run"},
    {"data-path", 0, OPTION_TEXT, IN(data_path), NULL, "DIR", NULL,
     "train export transfer experiment data step bench", "look for data sets here first"},
    {"weight", 0, OPTION_CHOICE, IN(weight), NULL, "W|V", "W|V", "export",
     "filters, filmstrip: forward weights W (the default) or backward weights V"},
    {"when", 0, OPTION_CHOICE, IN(when), NULL, "WHEN", "before|now|difference", "export",
     "filters, activations: before the inner loop, after it (now, the default) or the difference"},
    {"group", 0, OPTION_TEXT, IN(group), NULL, "NAME", NULL, "export",
     "weights, histogram: one group, as 'theta top' or 'phi layer1.W' (weights: without it all)"},
    {"tensor", 0, OPTION_TEXT, IN(tensor), NULL, "NAME", NULL, "export",
     "step-tensor, step-values, step-histogram: as layer1.W (the first of the stage)"},
    {"layer", 0, OPTION_TEXT, IN(layer), NULL, "L", NULL, "export",
     "activations: 0 for the inputs, 1 (the default) and up for the layers"},
    {"components", 0, OPTION_TEXT, IN(components), NULL, "I,J", NULL, "export",
     "embedding: two of the first six principal components (default 1,2)"},
    {"grey", 0, OPTION_FLAG, IN(grey), NULL, NULL, NULL, "export",
     "features, filters, filmstrip: in greys, zero in their middle"},
    {"per-unit", 0, OPTION_FLAG, IN(per_unit), NULL, NULL, NULL, "export",
     "filters: besides the sheet a file for each unit, FILE-001.png ..."},
    {"headless", 0, OPTION_FLAG, IN(headless), NULL, NULL, NULL, "train",
     "no screen: lines of progress on stdout"},
    {"dry-run", 0, OPTION_FLAG, IN(dry_run), NULL, NULL, NULL, "train",
     "print the effective settings and the memory they need, and stop"},
    {"filter", 0, OPTION_TEXT, IN(filter), NULL, "TEXT", NULL, "runs export",
     "only the runs that pass, as in 'fashion outer.rate>=1e-3 loss<0.5' (export: of --run)"},
    {"theta", 0, OPTION_TEXT, IN(theta), NULL, "FILE", NULL, "metagrad", "the rule"},
    {"phi", 0, OPTION_TEXT, IN(phi), NULL, "FILE", NULL, "metagrad", "the base model, phi_0"},
    {"inputs", 0, OPTION_TEXT, IN(inputs), NULL, "FILE", NULL, "metagrad",
     "the batches of every inner step"},
    {"base", 0, OPTION_TEXT, IN(base), NULL, "LAYERS[:ACTIVATION]", NULL, "step",
     "hidden layers of the base model, as in 64,64:tanh"},
    {"script", 0, OPTION_TEXT, IN(script), NULL, "FILE", NULL, "step",
     "commands, one a line (- or none: stdin; 'help' lists them)"},
    {"json", 0, OPTION_FLAG, IN(json), NULL, NULL, NULL, "bench transfer experiment data runs diff",
     "one JSON object on stdout"},
    {"out", 0, OPTION_TEXT, IN(out), NULL, "FILE", NULL, "metagrad export experiment",
     "the file to write (experiment: the folder; experiments/NAME)"},
    {"points", 0, OPTION_TEXT, IN(points), NULL, "A,B...", NULL, "experiment",
     "points of the figure: widths, depths, activations ('rulesmith experiment' tells)"},
    {"theme", 0, OPTION_CHOICE, IN(theme), NULL, "THEME", "light|dark", "export experiment",
     "background of the picture: light (the default) or dark"},
    {"scale", 0, OPTION_CHOICE, IN(scale), NULL, "N", "1|2", "export experiment",
     "size of the picture: 1 or 2 (the default)"},
    {"color", 0, OPTION_CHOICE, IN(color), NULL, "WHEN", "auto|always|never", "*",
     "colours: auto (the default, heeds NO_COLOR), always or never"},
    {"help", 'h', OPTION_FLAG, IN(help), NULL, NULL, NULL, "*", "tell this and stop"},
    {"version", 'V', OPTION_FLAG, IN(version), NULL, NULL, NULL, "*",
     "tell version, build and libraries, and stop"},
};

enum {
    COMMAND_COUNT = sizeof commands / sizeof commands[0],
    OPTION_COUNT = sizeof table / sizeof table[0],
};

const CommandEntry *options_commands(size_t *count) {
    *count = COMMAND_COUNT;
    return commands;
}

const OptionEntry *options_table(size_t *count) {
    *count = OPTION_COUNT;
    return table;
}

bool options_applies(const OptionEntry *option, const CommandEntry *command) {
    return strcmp(option->commands, "*") == 0 || word_in_list(command->name, option->commands, ' ');
}

static const CommandEntry *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

// "; did you mean 'NEAREST'?", or where to find all of them.
static bool fail_unknown(const char *what, const char *word, const char *dashes,
                         const char *nearest, Status *status) {
    if (nearest)
        return status_fail(status, STATUS_USAGE, "unknown %s '%s', the nearest is '%s%s'", what,
                           word, dashes, nearest);
    return status_fail(status, STATUS_USAGE, "unknown %s '%s'; 'rulesmith --help' lists them", what,
                       word);
}

static bool fail_unknown_command(const char *word, Status *status) {
    const char *nearest = NULL;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        word_nearest(word, commands[i].name, &nearest);
    return fail_unknown("command", word, "", nearest, status);
}

// word is the option as written, with its dashes and perhaps "=value".
static bool fail_unknown_option(const Options *options, const char *word, Status *status) {
    char name[64];
    const char *start = word + strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(start, "="), start);
    const char *nearest = NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (options_applies(&table[i], options->command))
            word_nearest(name, table[i].name, &nearest);
        else if (strcmp(table[i].name, name) == 0)
            return status_fail(status, STATUS_USAGE, "'%s' has no option --%s (it belongs to: %s)",
                               options->command->name, name, table[i].commands);
    }
    char what[64];
    snprintf(what, sizeof what, "option of '%s'", options->command->name);
    return fail_unknown(what, word, "--", nearest, status);
}

static void assign(Options *options, const char *origin, const char *setting, const char *value) {
    Assignment *assignment = &options->assignments[options->assignment_count++];
    assignment->origin = origin;
    assignment->setting = setting;
    assignment->value = value;
}

static bool take_option(Options *options, const OptionEntry *option, const char *value,
                        Status *status) {
    void *member = (char *)options + option->offset;
    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)member = true;
        return true;
    case OPTION_CHOICE:
        if (!word_in_list(value, option->choices, '|'))
            return status_fail(status, STATUS_USAGE, "--%s is '%s', expected one of %s",
                               option->name, value, option->choices);
        *(const char **)member = value;
        return true;
    case OPTION_TEXT:
        *(const char **)member = value;
        return true;
    case OPTION_SETTING:
        assign(options, option->name, option->setting, value);
        return true;
    case OPTION_SET:
        assign(options, option->name, NULL, value);
        return true;
    }
    return false;
}

// getopt's own tables for one command: long_options [OPTION_COUNT + 1], letters ":hV".
static void getopt_tables(const CommandEntry *command, struct option *long_options, char *letters) {
    *letters++ = ':'; // a missing argument is told apart from an unknown option
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!options_applies(&table[i], command))
            continue;
        const bool flag = table[i].type == OPTION_FLAG;
        *long_options++ = (struct option){table[i].name, flag ? no_argument : required_argument,
                                          NULL, 1000 + (int)i};
        if (table[i].letter)
            *letters++ = table[i].letter;
    }
    *letters = '\0';
    *long_options = (struct option){0};
}

static const OptionEntry *option_of_code(int code) {
    if (code >= 1000)
        return &table[code - 1000];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (table[i].letter == code)
            return &table[i];
    }
    return NULL;
}

static bool take_all(Options *options, int argc, char **argv, Status *status) {
    struct option long_options[OPTION_COUNT + 1];
    char letters[OPTION_COUNT + 2];
    getopt_tables(options->command, long_options, letters);
    opterr = 0;
    optind = 0; // glibc: start anew
    for (;;) {
        const int before = optind ? optind : 1;
        const int code = getopt_long(argc, argv, letters, long_options, NULL);
        if (code == -1)
            return true;
        const char *word = argv[optind > before ? optind - 1 : before];
        if (code == ':')
            return status_fail(status, STATUS_USAGE, "%s needs an argument", word);
        if (code == '?' && optopt >= 1000)
            return status_fail(status, STATUS_USAGE, "--%s takes no argument, found '%s'",
                               table[optopt - 1000].name, word);
        if (code == '?')
            return fail_unknown_option(options, word, status);
        if (!take_option(options, option_of_code(code), optarg, status))
            return false;
        if (options->help || options->version)
            return true;
    }
}

static bool take_operands(Options *options, int count, char **words, Status *status) {
    const CommandEntry *command = options->command;
    const int wanted = !*command->operand ? 0 : strchr(command->operand, ' ') ? 2 : 1;
    const int needed = *command->operand == '[' ? 0 : wanted;
    if (count > wanted)
        return status_fail(status, STATUS_USAGE, "'%s' is too much for '%s'%s", words[wanted],
                           command->name,
                           find_command(words[wanted]) ? "; a command stands first" : "");
    if (count < needed)
        return status_fail(status, STATUS_USAGE, "'%s' needs %s%s", command->name,
                           command->choices ? "one of "
                           : wanted > 1     ? ""
                                            : "a ",
                           command->choices ? command->choices : command->operand);
    options->operand = count > 0 ? words[0] : NULL;
    options->second_operand = count > 1 ? words[1] : NULL;
    if (command->choices && options->operand && !word_in_list(words[0], command->choices, '|'))
        return status_fail(status, STATUS_USAGE, "'%s' is no %s, expected one of %s", words[0],
                           command->operand, command->choices);
    return true;
}

static bool check_together(const Options *options, Status *status) {
    if (options->resume && (options->preset || options->run || options->rule))
        return status_fail(status, STATUS_USAGE, "--resume and --%s exclude each other",
                           options->preset ? "preset"
                           : options->run  ? "run"
                                           : "rule");
    return true;
}

bool options_parse(Options *options, int argc, char **argv, Status *status) {
    memset(options, 0, sizeof *options);
    options->command = &commands[0];
    options->color = "auto";
    options->theme = "light";
    options->scale = "2";
    options->weight = "W";
    options->when = "now";
    options->assignments = calloc((size_t)argc + 1, sizeof *options->assignments);
    if (!options->assignments)
        return status_fail(status, STATUS_FAILURE, "no memory for the command line");

    if (argc > 1 && argv[1][0] != '-') {
        options->command = find_command(argv[1]);
        if (!options->command) {
            options->command = &commands[0];
            return fail_unknown_command(argv[1], status);
        }
        // getopt skips the first word, which is now the command's name.
        argc--;
        argv++;
    }
    if (!take_all(options, argc, argv, status))
        return false;
    if (options->help || options->version)
        return true;
    return take_operands(options, argc - optind, argv + optind, status) &&
           check_together(options, status);
}

void options_clear(Options *options) {
    free(options->assignments);
    options->assignments = NULL;
    options->assignment_count = 0;
}

bool options_color(const Options *options, FILE *stream) {
    if (strcmp(options->color, "auto") != 0)
        return strcmp(options->color, "always") == 0;
    const char *no_color = getenv("NO_COLOR");
    return !(no_color && *no_color) && isatty(fileno(stream)) == 1;
}

static void print_options(FILE *stream, const CommandEntry *command) {
    fprintf(stream, "\nOptions:\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!options_applies(&table[i], command))
            continue;
        char name[64];
        snprintf(name, sizeof name, "%s%c%s--%s%s%s", table[i].letter ? "-" : "",
                 table[i].letter ? table[i].letter : ' ', table[i].letter ? ", " : "   ",
                 table[i].name, table[i].argument ? " " : "",
                 table[i].argument ? table[i].argument : "");
        fprintf(stream, "  %-30s %s\n", name, table[i].help);
    }
}

static void print_command_help(FILE *stream, const CommandEntry *command) {
    fprintf(stream, "Usage: rulesmith %s%s%s [OPTION]...\n\n%s.\n", command->name,
            *command->operand ? " " : "", command->operand, command->help);
    if (command->choices)
        fprintf(stream, "%s is one of %s.\n", command->operand, command->choices);
    print_options(stream, command);
}

void options_print_help(FILE *stream, const CommandEntry *command) {
    if (command) {
        print_command_help(stream, command);
        return;
    }
    fprintf(stream, "Usage: rulesmith [COMMAND] [OPTION]...\n\n"
                    "Meta-trains an unsupervised update rule and shows it learning.\n\n"
                    "Commands ('rulesmith COMMAND --help' tells their options):\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "%s%s%s", commands[i].name, *commands[i].operand ? " " : "",
                 commands[i].operand);
        fprintf(stream, "  %-18s %s\n", usage, commands[i].help);
    }
    print_options(stream, &commands[0]);
    fprintf(stream, "\nExit codes: 0 done, 1 failure, 2 usage, 3 bad input data, 4 diverged,\n"
                    "130/143 interrupted (after saving).\n");
}

void options_print_version(FILE *stream) {
    fprintf(
        stream, "rulesmith %s\ncommit:  %s\nbuild:   %s, " REAL_NAME "\nkernels: %s\nblas:    %s\n",
        RULESMITH_VERSION, RULESMITH_COMMIT, __VERSION__, kernels_best()->name, blas_description());
}

int options_scale(const Options *options) {
    return *options->scale - '0';
}

Theme options_theme(const Options *options) {
    return strcmp(options->theme, "dark") == 0 ? THEME_DARK : THEME_LIGHT;
}
