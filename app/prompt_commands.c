#include "app/prompt_commands.h"

#include "app/line_history.h"
#include "app/screens.h"
#include "app/settings_diff.h"
#include "engine/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void completions_add(Completions *completions, const char *start, const char *word) {
    if (strncmp(word, start, strlen(start)) == 0 && completions->count < COMPLETIONS)
        snprintf(completions->words[completions->count++], COMPLETION_TEXT, "%s", word);
}

// The settings as they are now.
static Settings settings_now(const Workbench *workbench) {
    Settings settings;
    settings_default(&settings);
    const Settings *shown = workbench_settings(workbench);
    if (workbench->plan.thread && !workbench->watch)
        training_thread_settings(workbench->plan.thread, &settings);
    else if (shown)
        settings = *shown;
    return settings;
}

// -- What the commands do
// ------------------------------------------------------------------------------

static void quit(Workbench *workbench, const char *first, const char *rest) {
    (void)first;
    (void)rest;
    workbench->quit = true;
}

static void save_now(Workbench *workbench, const char *first, const char *rest) {
    (void)first;
    (void)rest;
    workbench_save(workbench);
}

static void evaluate(Workbench *workbench, const char *first, const char *rest) {
    (void)first;
    (void)rest;
    workbench_evaluate(workbench);
}

static void pause_now(Workbench *workbench, const char *first, const char *rest) {
    (void)first;
    (void)rest;
    workbench_pause(workbench);
}

static void resume(Workbench *workbench, const char *first, const char *rest) {
    (void)first;
    (void)rest;
    workbench_resume(workbench);
}

static void help(Workbench *workbench, const char *first, const char *rest) {
    (void)first;
    (void)rest;
    workbench->wanted = MODE_HELP;
}

// Tells the value of one setting.
static void say_setting(Workbench *workbench, const char *wanted) {
    Settings settings = settings_now(workbench);
    size_t count;
    const SettingEntry *table = settings_table(&count);
    char name[SETTINGS_NAME];
    char value[SETTINGS_TEXT];
    for (size_t i = 0; i < count; i++) {
        if (strcmp(setting_name(&table[i], name), wanted) == 0) {
            workbench_say(workbench, "%s=%s  (%s)%s", name,
                          settings_value(&settings, &table[i], value), table[i].help,
                          table[i].live ? "" : "  fixed while training goes on");
            return;
        }
    }
    // What is wrong with it, settings_assign knows.
    Status status;
    status_clear(&status);
    snprintf(value, sizeof value, "%.90s=", wanted);
    settings_assign(&settings, value, ":set", &status);
    workbench_say(workbench, "%s", status.text);
}

static void set(Workbench *workbench, const char *first, const char *rest) {
    if (*rest)
        workbench_say(workbench, ":set takes section.key=value without blanks");
    else if (strchr(first, '='))
        workbench_set(workbench, first);
    else
        say_setting(workbench, first);
}

static void go_to_screen(Workbench *workbench, const char *first, const char *rest) {
    (void)rest;
    const char *nearest = NULL;
    for (int i = 0; screens[i]; i++) {
        if (strcasecmp(screens[i]->name, first) == 0) {
            workbench->wanted = screens[i]->mode;
            return;
        }
        word_nearest(first, screens[i]->name, &nearest);
    }
    workbench_say(workbench, "there is no screen '%.40s'%s%s", first,
                  nearest ? "; the nearest is " : "", nearest ? nearest : "");
}

static void export_panel(Workbench *workbench, const char *first, const char *rest) {
    screens_export(workbench, *first ? first : NULL, *rest ? rest : NULL);
}

// All behind the command as one, blanks in it too.
static void whole_argument(const char *first, const char *rest, char out[LINE_TEXT]) {
    snprintf(out, LINE_TEXT, "%s%s%s", first, *rest ? " " : "", rest);
}

static void filter(Workbench *workbench, const char *first, const char *rest) {
    char text[LINE_TEXT];
    Status status;
    whole_argument(first, rest, text);
    if (!workbench->kind->filter)
        workbench_say(workbench, "the screen %s has nothing to filter", workbench->kind->name);
    else if (!workbench->kind->filter(workbench->state, text, &status))
        workbench_say(workbench, "%s", status.text);
}

static void watch(Workbench *workbench, const char *first, const char *rest) {
    char folder[LINE_TEXT];
    whole_argument(first, rest, folder);
    if (workbench_watch(workbench, *folder ? folder : NULL))
        workbench->wanted = MODE_TRAIN;
}

// -- Completion
// -----------------------------------------------------------------------------------

// A live setting's name with its "=", then its present value.
static void complete_set(const Workbench *workbench, int number, const char *start,
                         Completions *completions) {
    const Settings settings = settings_now(workbench);
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; number == 1 && i < count; i++) {
        char name[SETTINGS_NAME];
        char value[SETTINGS_TEXT];
        char word[2 * COMPLETION_TEXT];
        if (!table[i].live)
            continue;
        snprintf(word, sizeof word, "%s=", setting_name(&table[i], name));
        if (strncmp(start, word, strlen(word)) == 0)
            snprintf(word, sizeof word, "%s=%.40s", name,
                     settings_value(&settings, &table[i], value));
        completions_add(completions, start, word);
    }
}

static void complete_screen(const Workbench *workbench, int number, const char *start,
                            Completions *completions) {
    (void)workbench;
    for (int i = 0; number == 1 && screens[i]; i++) {
        char word[COMPLETION_TEXT];
        snprintf(word, sizeof word, "%s", screens[i]->name);
        word[0] = (char)tolower((unsigned char)word[0]);
        completions_add(completions, start, word);
    }
}

static void complete_export(const Workbench *workbench, int number, const char *start,
                            Completions *completions) {
    const char *names[SCREEN_PANELS];
    int focused;
    const int count = screens_panels(workbench, names, &focused);
    for (int i = 0; number == 1 && i < count; i++)
        completions_add(completions, start, names[i]);
}

static void complete_filter(const Workbench *workbench, int number, const char *start,
                            Completions *completions) {
    (void)workbench;
    (void)number;
    static const char *const figures[] = {"accuracy", "loss", "step"};
    size_t count;
    const SettingEntry *table = settings_table(&count);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        completions_add(completions, start, figures[i]);
    for (size_t i = 0; i < count; i++) {
        char name[SETTINGS_NAME];
        completions_add(completions, start, setting_name(&table[i], name));
    }
}

// -- The table
// -------------------------------------------------------------------------------------

// clang-format off
static const PromptCommand table[] = {
    {"quit", "q", "", "save, leave and stop training", quit, NULL},
    {"write", "w", "", "save a checkpoint and the rule now", save_now, NULL},
    {"set", NULL, "section.key[=value]", "change a live setting from the next outer step on, or tell one",
     set, complete_set},
    {"pause", NULL, "", "pause training", pause_now, NULL},
    {"resume", NULL, "", "go on with training", resume, NULL},
    {"evaluate", NULL, "", "test transfer on the held-out data now", evaluate, NULL},
    {"export", NULL, "[PANEL [FILE]]", "write a panel as PNG, into the run's images/ without FILE",
     export_panel, complete_export},
    {"screen", NULL, "NAME", "go to a screen", go_to_screen, complete_screen},
    {"filter", NULL, "[TEXT]", "show only what passes: words, loss<1, outer.rate>=0.01",
     filter, complete_filter},
    {"watch", NULL, "[DIR]", "watch another run; without DIR go back to this process's own", watch,
     NULL},
    {"help", NULL, "", "the keys of this screen, the commands", help, NULL},
};
// clang-format on

enum { COMMANDS = sizeof table / sizeof table[0] };

const PromptCommand *prompt_commands(size_t *count) {
    *count = COMMANDS;
    return table;
}

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " ");
}

// Copies the first word of text, cut to what there is room for; returns what follows it.
static const char *take_word(const char *text, char *word, size_t size) {
    text = skip_blanks(text);
    const size_t length = strcspn(text, " ");
    snprintf(word, size, "%.*s", (int)length, text);
    return skip_blanks(text + length);
}

const PromptCommand *prompt_command(const char *line) {
    char word[COMPLETION_TEXT];
    take_word(line, word, sizeof word);
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(word, table[i].name) == 0 || (table[i].alias && !strcmp(word, table[i].alias)))
            return &table[i];
    }
    return NULL;
}

static void say_unknown(Workbench *workbench, const char *word) {
    const char *nearest = NULL;
    for (size_t i = 0; i < COMMANDS; i++)
        word_nearest(word, table[i].name, &nearest);
    if (nearest)
        workbench_say(workbench, "there is no command '%.40s'; the nearest is '%s'", word, nearest);
    else
        workbench_say(workbench, "there is no command '%.40s'; :help lists them", word);
}

void prompt_run(Workbench *workbench, const char *line) {
    char word[LINE_TEXT];
    char first[LINE_TEXT];
    const char *rest = take_word(line, word, sizeof word);
    if (!*word)
        return;
    const PromptCommand *command = prompt_command(line);
    if (!command && workbench->kind->command) {
        workbench->kind->command(workbench->state, workbench, line);
        return;
    }
    if (!command) {
        say_unknown(workbench, word);
        return;
    }
    const char *behind = take_word(rest, first, sizeof first);
    const bool needed = *command->arguments && *command->arguments != '[';
    if (!*command->arguments && *first)
        workbench_say(workbench, ":%s takes no argument, found '%.40s'", command->name, first);
    else if (needed && !*first)
        workbench_say(workbench, ":%s needs %s", command->name, command->arguments);
    else
        command->run(workbench, first, behind);
}

size_t prompt_complete(const Workbench *workbench, const char *line, Completions *completions) {
    completions->count = 0;
    int number = -1; // of the last word; 0: the command
    size_t start = 0;
    for (size_t i = 0; i == 0 || line[i - 1]; i++) {
        if (i == 0 || (line[i - 1] == ' ' && line[i] != ' ')) {
            start = i;
            number++;
        }
    }
    // A blank before the command is no word.
    if (line[0] == ' ')
        number--;
    if (number <= 0) {
        for (size_t i = 0; i < COMMANDS; i++)
            completions_add(completions, line + start, table[i].name);
    }
    const PromptCommand *command = number > 0 ? prompt_command(line) : NULL;
    const struct ScreenKind *kind = workbench->kind;
    if (!command && kind && kind->complete)
        kind->complete(workbench->state, number > 0 ? number : 0, line, line + start, completions);
    else if (command && command->complete)
        command->complete(workbench, number, line + start, completions);
    return start;
}
