// A debugger of the inner loop: a stepper, breakpoints and watches, and a second future.
//
// The what-if: the first change (a term's factor, the rate, another rule) makes a second stepper
// from a copy of the first at the same position; changes go to the second one only, and both move
// together, so that the two futures of one state stand side by side.
//
// A condition is looked at where something in it is new (quantity.h): `loss > 2` after every inner
// step, `layer2.dW.norm > 10` at the stage that makes dW of layer 2, `nan` at every stage.  A
// breakpoint stops a move where its condition is true.  A watch tells its value at every stop; if
// it is a condition it also stops where its truth has changed.
//
// One thread at a time.
#ifndef ENGINE_DEBUGGER_H
#define ENGINE_DEBUGGER_H

#include "engine/expression.h"
#include "engine/quantity.h"

typedef struct Debugger Debugger;

// The stepper moves in.
bool debugger_new(Debugger **debugger, Stepper *stepper, Status *status);
void debugger_free(Debugger *debugger);

// Another start in the place of all there is (the stepper moves in, the what-if ends).  Points
// stay, but those that the new base model does not have go; *gone tells how many.
void debugger_restart(Debugger *debugger, Stepper *stepper, int *gone);

typedef enum { FUTURE_AS_IS, FUTURE_WHAT_IF, FUTURES } Future;

Stepper *debugger_stepper(const Debugger *debugger, Future future); // NULL if there is none
Future debugger_looked_at(const Debugger *debugger);
Stepper *debugger_looked_at_stepper(const Debugger *debugger);
// Which of the two is looked at, by the user and by conditions.  False if it is not there.
bool debugger_look_at(Debugger *debugger, Future future);

// ---- moving ----

typedef enum {
    MOVE_STAGE,      // one stage
    MOVE_INNER_STEP, // to the same stage of the next step
    MOVE_TRUNCATION, // to the first step of the next truncation; back: of this one, or the one
                     // before
    MOVE_FINISH,     // to the last stage of this step, or the next; back: to the first
    MOVE_CONTINUE,   // to the end of the task's inner loop; back: to the first step
} MoveSize;

typedef enum {
    ARRIVED,
    ARRIVED_AT_POINT,  // a breakpoint, or a watch that has changed: `text` names them
    ARRIVED_AT_START,  // there is nothing before
    ARRIVED_AT_END,    // MOVE_CONTINUE: of the inner loop
    ARRIVED_BY_SIGNAL, // *stop became true
} ArrivalReason;

enum { ARRIVAL_TEXT = 512 };
typedef struct {
    ArrivalReason reason;
    char
        text[ARRIVAL_TEXT]; // "breakpoint 1: accuracy<0.4 (accuracy = 0.38)"; "" if it just arrived
} Arrival;

// count of that size, backwards if it is negative; points stop it on the way.
bool debugger_move(Debugger *debugger, MoveSize size, long count, const atomic_bool *stop,
                   Arrival *arrival, Status *status);

// To the beginning of inner step `step`, which is not before the first, past all points.
bool debugger_go(Debugger *debugger, int step, const atomic_bool *stop, Arrival *arrival,
                 Status *status);

// ---- points ----

typedef enum { POINT_BREAK, POINT_WATCH } PointKind;
enum { DEBUGGER_POINTS = 32 };

typedef struct {
    PointKind kind;
    int number; // counted from 1, never used again
    Expression *expression;
    Quantity quantity[EXPRESSION_NAMES]; // of its names
    int truth;                           // when last looked at: 0, 1, or -1 if never
} DebuggerPoint;

// *number receives the new point's.  Errors tell position or name.
bool debugger_add_point(Debugger *debugger, PointKind kind, const char *text, int *number,
                        Status *status);
bool debugger_delete_point(Debugger *debugger, int number, Status *status);
int debugger_point_count(const Debugger *debugger);
const DebuggerPoint *debugger_point(const Debugger *debugger, int index);
// Of its expression where the debugger is; false if it has none yet.
bool debugger_point_value(const Debugger *debugger, const DebuggerPoint *point, double *value);

// ---- what if ----

bool debugger_set_term(Debugger *debugger, int term, double factor, Status *status);
bool debugger_set_rate(Debugger *debugger, double rate, Status *status);
bool debugger_set_rule(Debugger *debugger, const ThetaLayout *layout, const real *theta,
                       const char *label, Status *status);
void debugger_drop_what_if(Debugger *debugger); // the loop goes on as it was
void debugger_keep_what_if(Debugger *debugger); // the changed one takes its place

#endif
