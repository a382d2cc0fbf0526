// What the prompt of the Step screen understands besides the commands of stepping, and completion.
#include "app/screen_step.h"

#include "app/step_commands.h"
#include "engine/number.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

void step_screen_ask_copy(StepScreen *screen, Workbench *workbench, int worker) {
    if (!workbench->plan.thread) {
        workbench_say(workbench, "nothing is trained here; :open rule=FILE steps through a rule");
        return;
    }
    training_thread_ask_copy(workbench->plan.thread, worker);
    screen->copy_asked = true;
    snprintf(screen->waiting, sizeof screen->waiting,
             "the unroll of worker %d is copied when this outer step or evaluation ends",
             worker + 1);
    if (screen->snapshot) // of an earlier one
        workbench_say(workbench, "%s", screen->waiting);
}

static void copy(StepScreen *screen, Workbench *workbench, const char *rest) {
    int64_t worker = 1;
    if (*rest && (!number_read_whole(rest, &worker) || worker < 1 || worker > INT_MAX)) {
        workbench_say(workbench, "expected the number of a worker, found '%.40s'", rest);
        return;
    }
    step_screen_ask_copy(screen, workbench, (int)worker - 1);
}

// Puts one "key=value" into the opening; false, with a message, if there is no such key.
static bool take_part(StepOpening *opening, Workbench *workbench, const char *part) {
    const struct {
        const char *key;
        char *value;
        size_t size;
    } texts[] = {{"rule=", opening->rule, sizeof opening->rule},
                 {"data=", opening->data, sizeof opening->data},
                 {"base=", opening->base, sizeof opening->base}};
    int64_t seed;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const size_t length = strlen(texts[i].key);
        if (strncmp(part, texts[i].key, length) == 0) {
            snprintf(texts[i].value, texts[i].size, "%s", part + length);
            return true;
        }
    }
    if (strncmp(part, "seed=", 5) == 0 && number_read_whole(part + 5, &seed) && seed >= 0 &&
        seed <= INT_MAX) {
        opening->seed = (int)seed;
        return true;
    }
    workbench_say(workbench,
                  "expected rule=FILE, data=SPEC, base=LAYERS[:ACTIVATION] or seed=N, found "
                  "'%.100s'",
                  part);
    return false;
}

// Another beginning: what is not said stays as it was.
static void open_another(StepScreen *screen, Workbench *workbench, const char *rest) {
    StepOpening opening = screen->opening;
    char part[PATH_MAX];
    while (*rest) {
        const size_t length = strcspn(rest, " ");
        snprintf(part, sizeof part, "%.*s", (int)length, rest);
        if (!take_part(&opening, workbench, part))
            return;
        rest += length;
        rest += strspn(rest, " ");
    }
    screen->opening = opening;
    if (!step_thread_open(screen->thread, &opening))
        workbench_say(workbench, "too many commands wait");
}

// What follows the word, if the line begins with it; else NULL.
static const char *behind_word(const char *line, const char *word) {
    const size_t length = strlen(word);
    if (strncmp(line, word, length) != 0 || (line[length] && line[length] != ' '))
        return NULL;
    return line + length + strspn(line + length, " ");
}

void step_screen_command(void *state, Workbench *workbench, const char *line) {
    StepScreen *screen = state;
    line += strspn(line, " ");
    const char *rest = behind_word(line, "copy");
    if (rest) {
        copy(screen, workbench, rest);
        return;
    }
    rest = behind_word(line, "open");
    if (rest)
        open_another(screen, workbench, rest);
    else if (!step_thread_send(screen->thread, line))
        workbench_say(workbench, "too many commands wait");
}

// ---- completion ----

static void complete_commands(const char *start, Completions *completions) {
    StepCommandHelp help;
    for (size_t i = 0; step_command_help(i, &help); i++)
        completions_add(completions, start, help.name);
    completions_add(completions, start, "copy");
    completions_add(completions, start, "open");
}

// Numbers that conditions may be about: plain ones, then the tensors of the present stage.
static void complete_quantities(const StepScreen *screen, bool statistics, const char *start,
                                Completions *completions) {
    static const char *const plain[] = {"step", "loss", "accuracy", "nan"};
    char word[COMPLETION_TEXT];
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        completions_add(completions, start, plain[i]);
    for (int i = 0; screen->snapshot && i < screen->snapshot->tensor_count; i++) {
        snprintf(word, sizeof word, "%s%s", screen->snapshot->tensors[i].name,
                 statistics ? ".norm" : "");
        completions_add(completions, start, word);
    }
}

void step_screen_complete(const void *state, int number, const char *line, const char *start,
                          Completions *completions) {
    const StepScreen *screen = state;
    if (number == 0) {
        complete_commands(start, completions);
    } else if (behind_word(line, "term")) {
        for (int k = 0; number == 1 && k < TERMS; k++)
            completions_add(completions, start, term_names[k]);
        for (size_t i = 0; number == 2 && i < 2; i++)
            completions_add(completions, start, i ? "on" : "off");
    } else if (behind_word(line, "break") || behind_word(line, "watch")) {
        complete_quantities(screen, true, start, completions);
    } else if (behind_word(line, "print")) {
        complete_quantities(screen, false, start, completions);
    } else if (behind_word(line, "open")) {
        static const char *const keys[] = {"rule=", "data=", "base=", "seed="};
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            completions_add(completions, start, keys[i]);
    }
}
