// The prompt in the last row of the workbench: the command line (:).  Keys go to it while it is
// open; the row above tells what the command does and which words fit.
#ifndef APP_PROMPT_H
#define APP_PROMPT_H

#include "app/line_editor.h"
#include "app/prompt_commands.h"
#include "app/workbench.h"
#include "views/cells.h"

typedef struct {
    bool open;
    LineEditor editor;
    LineHistory history;
    // While Tab goes round the words that fit: they, the present one, where it begins.
    Completions fitting;
    int chosen; // -1: none yet
    size_t from;
} Prompt;

void prompt_init(Prompt *prompt);
void prompt_clear(Prompt *prompt);

void prompt_open(Prompt *prompt);

// A key while it is open.  Enter runs the command and closes it.
void prompt_press(Prompt *prompt, Workbench *workbench, int key);

// Over the last two rows of grid.
void prompt_draw(const Prompt *prompt, CellGrid *grid, const CellStyle *style);

#endif
