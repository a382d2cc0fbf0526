#include "tests/unit/command_words.h"

#include <stdio.h>
#include <string.h>

bool parse_command_line(Options *options, const char *line, char text[COMMAND_LINE],
                        Status *status) {
    enum { WORDS = 40 };
    char *words[WORDS + 1] = {NULL};
    int count = 0;
    status_clear(status);
    snprintf(text, COMMAND_LINE, "rulesmith %s", line);
    for (char *word = strtok(text, " "); word && count < WORDS; word = strtok(NULL, " "))
        words[count++] = word;
    return options_parse(options, count, words, status);
}
