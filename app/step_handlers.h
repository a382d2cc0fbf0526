// What the commands of stepping do; private to step_commands.c and the files that hold the
// handlers: step_moves.c (moves and points) and step_looks.c (what there is to see, what if).
#ifndef APP_STEP_HANDLERS_H
#define APP_STEP_HANDLERS_H

#include "app/step_commands.h"

enum { STEP_WORD = 32, STEP_MOST_REPEATS = 1000000 };

// One line, taken apart: [COUNT] WORD [REST].
typedef struct StepCommand StepCommand;
typedef struct {
    const StepCommand *command; // of the word
    long count;                 // 1 if it is not said
    bool counted;
    char word[STEP_WORD];
    const char *rest; // without blanks at either end
} StepLine;

typedef struct {
    StepSession *session;
    Debugger *debugger;
    StepReply *reply;
    Status *status;
} StepJob;

typedef bool StepHandler(const StepJob *job, const StepLine *line);

struct StepCommand {
    StepCommandHelp help;
    StepHandler *handler;
    MoveSize size; // of the moves
    bool back;
};

// The line of text of the reply.
__attribute__((format(printf, 2, 3))) void step_say(const StepJob *job, const char *format, ...);

// Fills the status with "expected ..., found '...'"; false.
bool step_fail_expected(const StepJob *job, const char *expected, const char *found);
// Fails if the line goes on behind the word.
bool step_expect_nothing(const StepJob *job, const StepLine *line);

StepHandler step_move, step_go, step_where, step_list_stages, step_add_break, step_add_watch,
    step_delete_point, step_list_points;
StepHandler step_print, step_anatomy, step_curve, step_set_term, step_set_rate, step_load_rule,
    step_look, step_drop, step_keep, step_export_figure;

#endif
