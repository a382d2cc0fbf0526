// rulesmith experiment: the paper's experiments at the size of this machine, from a rule file.
#include "app/commands.h"
#include "app/experiment_items.h"
#include "app/experiment_pictures.h"
#include "app/experiment_report.h"
#include "app/signals.h"
#include "engine/blas.h"
#include "engine/files/atomic_file.h"
#include "engine/words.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usual_folder[] = "experiments";

// ---- without a name ----

static int list_all(void) {
    size_t count;
    const Experiment *table = experiments_table(&count);
    printf("Experiments (rulesmith experiment NAME --rule FILE):\n");
    for (size_t i = 0; i < count; i++) {
        const Experiment *experiment = &table[i];
        printf("  %-12s %s\n", experiment->name, experiment->help);
        printf("  %-12s --data %s --seeds %s --shots %s --tests %s\n", "",
               experiment->data_help ? experiment->data_help : experiment->defaults.data,
               experiment->defaults.seeds, experiment->defaults.shots, experiment->defaults.tests);
        if (experiment->points_help)
            printf("  %-12s --points %s (%s)\n", "",
                   experiment->points ? experiment->points : "N,N...", experiment->points_help);
    }
    return STATUS_OK;
}

static const Experiment *find(const char *name, Status *status) {
    const Experiment *found = experiment_named(name);
    const char *nearest = NULL;
    size_t count;
    const Experiment *table = experiments_table(&count);
    for (size_t i = 0; i < count; i++)
        word_nearest(name, table[i].name, &nearest);
    if (!found && nearest)
        status_fail(status, STATUS_USAGE, "unknown experiment '%s', the nearest is '%s'", name,
                    nearest);
    else if (!found)
        status_fail(status, STATUS_USAGE,
                    "unknown experiment '%s'; 'rulesmith experiment' lists them", name);
    return found;
}

// ---- files ----

static bool make_folder(const char *path, Status *status) {
    return mkdir(path, 0777) == 0 || errno == EEXIST ||
           status_fail(status, STATUS_FAILURE, "%s: cannot be made: %s", path, strerror(errno));
}

// The folder of the results, made if need be.
static bool open_folder(const Options *options, char folder[PATH_MAX], Status *status) {
    if (!options->out && !make_folder(usual_folder, status))
        return false;
    const int length = options->out
                           ? snprintf(folder, PATH_MAX, "%s", options->out)
                           : snprintf(folder, PATH_MAX, "%s/%s", usual_folder, options->operand);
    if (length < 0 || length >= PATH_MAX - 32)
        return status_fail(status, STATUS_USAGE, "--out: the path is too long");
    return make_folder(folder, status);
}

static bool write_text(const ExperimentRun *run, const char *path, Status *status) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return status_fail(status, STATUS_FAILURE, "%s: no memory for its text", path);
    experiment_print_tables(run, stream);
    AtomicFile file;
    bool done = fclose(stream) == 0 ||
                status_fail(status, STATUS_FAILURE, "%s: no memory for its text", path);
    if (done && (done = atomic_file_open(&file, path, status))) {
        atomic_file_write(&file, text, size);
        done = atomic_file_commit(&file, status);
    }
    free(text);
    return done;
}

static bool tell(const ExperimentRun *run, const Options *options, const char *folder,
                 Status *status) {
    char path[PATH_MAX + 32];
    const Theme theme = options_theme(options);
    cJSON *object = experiment_json(run);
    snprintf(path, sizeof path, "%s/table.json", folder);
    bool done = json_write(object, path, status);
    snprintf(path, sizeof path, "%s/table.txt", folder);
    done = done && write_text(run, path, status);
    snprintf(path, sizeof path, "%s/figure.png", folder);
    done = done && experiment_draw(run, path, options_scale(options), theme, status);
    if (done && options->json)
        done = json_print(object, stdout) ||
               status_fail(status, STATUS_FAILURE, "stdout: the result cannot be written");
    cJSON_Delete(object);
    if (done && !options->json)
        experiment_print_tables(run, stdout);
    if (done)
        fprintf(stderr, "rulesmith: %s/ has table.json, table.txt and figure.png\n", folder);
    return done;
}

// ---- running ----

// Returns the exit code, or -1 with a status.
static int run_experiment(ExperimentRun *run, const Options *options, Status *status) {
    char folder[PATH_MAX], items[PATH_MAX + 32];
    int found;
    bool late, stopped = false;
    if (!open_folder(options, folder, status))
        return -1;
    snprintf(items, sizeof items, "%s/items.jsonl", folder);
    if (!experiment_items_read(run, items, &found, status))
        return -1;
    const int all = run->lot_count * experiment_seeds(run);
    if (found > 0)
        fprintf(stderr, "rulesmith: %d of %d measurements are in %s\n", found, all, items);
    if (!experiment_items_measure(run, items, run->inputs.settings.minutes, &late, status))
        return -1;
    const int done = experiment_items_done(run);
    if (done < all)
        fprintf(stderr, "rulesmith: %s after %d of %d measurements; the same command goes on\n",
                late ? "time is over" : "interrupted", done, all);
    if ((done == all || late) && !experiment_pictures_make(run, &stopped, status))
        return -1;
    if (stopped)
        fprintf(stderr,
                "rulesmith: interrupted before all pictures were made; the same command goes on\n");
    if (done > 0 && !tell(run, options, folder, status))
        return -1;
    return stopped || (done < all && !late) ? 128 + signals_end() : STATUS_OK;
}

int command_experiment(const Options *options) {
    if (!options->operand)
        return list_all();
    Status status;
    status_clear(&status);
    const Experiment *experiment = find(options->operand, &status);
    if (!experiment || !signals_init(&status) || !blas_init(&status))
        return report_error(&status);
    ExperimentRun *run = malloc(sizeof *run);
    if (!run) {
        status_fail(&status, STATUS_FAILURE, "no memory for an experiment");
        return report_error(&status);
    }
    const int code = experiment_init(run, experiment, options, &status)
                         ? run_experiment(run, options, &status)
                         : -1;
    experiment_clear(run);
    free(run);
    return code < 0 ? report_error(&status) : code;
}
