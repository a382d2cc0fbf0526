// The commands of the command line (:), in one table: name, arguments, what it does, who does it,
// how its arguments are completed.  The table drives dispatch, completion and the help.
//
// To add one: a function and a line in the table of prompt_commands.c.
#ifndef APP_PROMPT_COMMANDS_H
#define APP_PROMPT_COMMANDS_H

#include "app/workbench.h"

enum { COMPLETION_TEXT = 96, COMPLETIONS = 64 };

// Words that could stand before the cursor, in the order of the alphabet or of a table.
typedef struct Completions {
    char words[COMPLETIONS][COMPLETION_TEXT];
    int count;
} Completions;

typedef struct {
    const char *name;      // "write"
    const char *alias;     // "w", or NULL
    const char *arguments; // "[PANEL [FILE]]", or ""
    const char *help;      // one line
    // first, rest: the first argument and what follows it, "" if there is none.
    void (*run)(Workbench *workbench, const char *first, const char *rest);
    // Adds the words that the argument of that number (1: the first) may be and that begin with
    // start.  NULL: nothing is known of them.
    void (*complete)(const Workbench *workbench, int number, const char *start,
                     Completions *completions);
} PromptCommand;

const PromptCommand *prompt_commands(size_t *count);

// The command that the first word of the line names, or NULL.
const PromptCommand *prompt_command(const char *line);

// Adds a word that begins with start.
void completions_add(Completions *completions, const char *start, const char *word);

// Does what the line says, or says what is wrong with it.
void prompt_run(Workbench *workbench, const char *line);

// What could stand in the place of the last word of line (the line up to the cursor).  Returns
// where in the line that word begins.
size_t prompt_complete(const Workbench *workbench, const char *line, Completions *completions);

#endif
