// Expressions from anything: what is accepted evaluates whatever is known, and reads the same
// again; what is refused says where.
#include "engine/expression.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool promised) {
    if (!promised)
        abort();
}

static void expect_evaluates(const Expression *expression) {
    static const double samples[] = {0, 1, -2.5, 1e300, NAN, INFINITY, -INFINITY};
    double values[EXPRESSION_NAMES], result;
    bool known[EXPRESSION_NAMES];
    const int names = expression_name_count(expression);
    insist(names >= 0 && names <= EXPRESSION_NAMES);
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < names; i++) {
            insist(strlen(expression_name(expression, i)) > 0);
            values[i] = samples[(round + 3 * i) % 7];
            known[i] = round < 8 || (round + i) % 2 == 0;
        }
        const bool found = expression_evaluate(expression, values, known, &result);
        insist(found || round >= 8);
        insist(found || isnan(result));
        if (found && expression_is_condition(expression) && names == 0)
            insist(result == 0 || result == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Expression *expression, *again;
    Status status;
    char *text = calloc(size + 1, 1);
    insist(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    status_clear(&status);
    if (expression_parse(&expression, text, &status)) {
        insist(strcmp(expression_text(expression), text) == 0);
        expect_evaluates(expression);
        insist(expression_parse(&again, expression_text(expression), &status));
        expression_free(again);
        expression_free(expression);
    } else {
        insist(expression == NULL && status.code == STATUS_USAGE);
        insist(strstr(status.text, "expected") && strstr(status.text, "found"));
    }
    free(text);
    return 0;
}
