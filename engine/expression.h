// Conditions and numbers over what a stepper shows, as a user types them:
//
//     accuracy<0.4      loss > 2 || nan      layer2.dW.norm > 10 && step % 50 == 0
//
//     or         = and { "||" and }
//     and        = comparison { "&&" comparison }
//     comparison = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
//     sum        = product { ("+" | "-") product }
//     product    = unary { ("*" | "/" | "%") unary }
//     unary      = { "-" | "!" } ( NUMBER | NAME | "(" or ")" )
//
// NAME is a letter followed by letters, digits, '_' and '.'.  Numbers have a decimal point whatever
// the locale.  A condition is 1 or 0; a number counts as true when it is neither 0 nor NaN; a
// comparison with NaN is false (but != is true).
#ifndef ENGINE_EXPRESSION_H
#define ENGINE_EXPRESSION_H

#include "engine/status.h"

enum {
    EXPRESSION_TEXT = 256,  // longest text, with its end
    EXPRESSION_NODES = 128, // numbers, names and operators
    EXPRESSION_NAMES = 16,
    EXPRESSION_NAME = 64, // longest name, with its end
    EXPRESSION_DEPTH = 32 // brackets and signs in one another
};

typedef struct Expression Expression;

// An error (STATUS_USAGE) tells the position, counted from 1, what was expected and what was found.
bool expression_parse(Expression **expression, const char *text, Status *status);
void expression_free(Expression *expression);

const char *expression_text(const Expression *expression); // as it was written
// Whether it is a condition: a comparison, a logical operator, or the name `nan` alone.
bool expression_is_condition(const Expression *expression);

// The different names in it.
int expression_name_count(const Expression *expression);
const char *expression_name(const Expression *expression, int index);

// values [name count]: of the names; known [name count]: false where there is none yet.  False if
// the result hangs on one that is not known.
bool expression_evaluate(const Expression *expression, const double *values, const bool *known,
                         double *result);

#endif
