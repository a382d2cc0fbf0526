// The words of stepping, one command a line, gdb's where gdb has them:
//
//     s  10n  u  f  c   S  N  U  F  C      stage, inner step, truncation, finish, continue;
//     capitals
//                                         go backwards; a number before (or after) repeats
//     break EXPR   watch EXPR   delete N
//     print NAME   term NAME off|on|FACTOR   rate X   rule FILE   seed N   ...
//
// One table serves the scripts of `rulesmith step` and the command line of the Step screen; help is
// made from it.  A command answers with an object of JSON and with a line of text.
#ifndef APP_STEP_COMMANDS_H
#define APP_STEP_COMMANDS_H

#include "app/step_session.h"

#include <cJSON.h>
#include <stdio.h>

enum { STEP_REPLY = 512 };

typedef struct {
    cJSON *json;           // what there is to tell goes here; NULL: nobody wants it
    char text[STEP_REPLY]; // the same in one line
    bool quit;
    const atomic_bool *stop; // interrupts a move; or NULL
} StepReply;

// Does what line says.  An empty line and one that begins with '#' do nothing.  False with
// STATUS_USAGE for what it cannot read; nothing is changed then.
bool step_command_run(StepSession *session, const char *line, StepReply *reply, Status *status);

// Where the session stands, as every move tells it: position, record, watches, the stage's tensors.
void step_command_tell(StepSession *session, StepReply *reply);

typedef struct {
    const char *name;      // "next"
    char letter;           // 'n', or 0
    const char *arguments; // "[COUNT]"
    const char *help;      // one line
} StepCommandHelp;

// Entry index of the table; false behind the last.
bool step_command_help(size_t index, StepCommandHelp *help);

#endif
