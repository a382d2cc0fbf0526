// For tests: a command line as one text.
#ifndef TESTS_UNIT_COMMAND_WORDS_H
#define TESTS_UNIT_COMMAND_WORDS_H

#include "app/options.h"

enum { COMMAND_LINE = 320 };

// options_parse of "rulesmith LINE", split at blanks.  text keeps the words while the options live.
bool parse_command_line(Options *options, const char *line, char text[COMMAND_LINE],
                        Status *status);

#endif
