#include "engine/expression.h"

#include "engine/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum {
    OP_NUMBER,
    OP_NAME,
    OP_NEGATE,
    OP_NOT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER,
    OP_ADD,
    OP_SUBTRACT,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_EQUAL,
    OP_UNEQUAL,
    OP_AND,
    OP_OR,
} Op;

typedef struct {
    Op op;
    int left, right; // nodes; of a name: its index on the left
    double number;
} Node;

struct Expression {
    char text[EXPRESSION_TEXT];
    Node node[EXPRESSION_NODES];
    int node_count, root;
    char name[EXPRESSION_NAMES][EXPRESSION_NAME];
    int name_count;
};

const char *expression_text(const Expression *expression) {
    return expression->text;
}
int expression_name_count(const Expression *expression) {
    return expression->name_count;
}
const char *expression_name(const Expression *expression, int index) {
    return expression->name[index];
}
void expression_free(Expression *expression) {
    free(expression);
}

bool expression_is_condition(const Expression *expression) {
    const Node *root = &expression->node[expression->root];
    if (root->op == OP_NAME)
        return strcmp(expression->name[root->left], "nan") == 0;
    return root->op >= OP_LESS || root->op == OP_NOT;
}

// ---- parsing ----

typedef struct {
    Expression *made;
    const char *at; // in made->text
    int depth;
    Status *status;
} Parser;

enum { FAILED = -1 }; // in the place of a node

static void skip_blanks(Parser *parser) {
    while (*parser->at == ' ' || *parser->at == '\t')
        parser->at++;
}

static int fail(Parser *parser, const char *expected) {
    const int position = (int)(parser->at - parser->made->text) + 1;
    const unsigned char found = (unsigned char)*parser->at;
    if (found == '\0')
        status_fail(parser->status, STATUS_USAGE, "position %d: expected %s, found the end",
                    position, expected);
    else if (isprint(found))
        status_fail(parser->status, STATUS_USAGE, "position %d: expected %s, found '%c'", position,
                    expected, found);
    else
        status_fail(parser->status, STATUS_USAGE, "position %d: expected %s, found the byte 0x%02x",
                    position, expected, found);
    return FAILED;
}

static int add_node(Parser *parser, Node node) {
    Expression *made = parser->made;
    if (made->node_count == EXPRESSION_NODES)
        return fail(parser, "a shorter expression");
    made->node[made->node_count] = node;
    return made->node_count++;
}

// Takes the operator if it stands here.
static bool take(Parser *parser, const char *symbol) {
    skip_blanks(parser);
    const size_t length = strlen(symbol);
    if (strncmp(parser->at, symbol, length) != 0)
        return false;
    parser->at += length;
    return true;
}

static int parse_name(Parser *parser) {
    Expression *made = parser->made;
    size_t length = 1;
    while (isalnum((unsigned char)parser->at[length]) || parser->at[length] == '_' ||
           parser->at[length] == '.')
        length++;
    if (length >= EXPRESSION_NAME)
        return fail(parser, "a shorter name");
    int index = 0;
    while (index < made->name_count && (strlen(made->name[index]) != length ||
                                        memcmp(made->name[index], parser->at, length) != 0))
        index++;
    if (index == EXPRESSION_NAMES)
        return fail(parser, "fewer different names");
    if (index == made->name_count) {
        memcpy(made->name[index], parser->at, length);
        made->name[index][length] = '\0';
        made->name_count++;
    }
    parser->at += length;
    return add_node(parser, (Node){.op = OP_NAME, .left = index});
}

static int parse_number(Parser *parser) {
    char *end;
    const double number = number_leading(parser->at, &end);
    if (end == parser->at || !isfinite(number))
        return fail(parser, "a finite number");
    parser->at = end;
    return add_node(parser, (Node){.op = OP_NUMBER, .number = number});
}

static int parse_or(Parser *parser);

static int parse_unary(Parser *parser) {
    static const struct {
        const char *symbol;
        Op op;
    } signs[] = {{"-", OP_NEGATE}, {"!", OP_NOT}};
    if (parser->depth == EXPRESSION_DEPTH)
        return fail(parser, "fewer brackets and signs in one another");
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (!take(parser, signs[i].symbol))
            continue;
        parser->depth++;
        const int inner = parse_unary(parser);
        parser->depth--;
        return inner == FAILED ? FAILED
                               : add_node(parser, (Node){.op = signs[i].op, .left = inner});
    }
    if (take(parser, "(")) {
        parser->depth++;
        const int inner = parse_or(parser);
        parser->depth--;
        if (inner != FAILED && !take(parser, ")"))
            return fail(parser, "')' or an operator");
        return inner;
    }
    const unsigned char first = (unsigned char)*parser->at;
    if (isdigit(first) || first == '.')
        return parse_number(parser);
    if (isalpha(first))
        return parse_name(parser);
    return fail(parser, "a number, a name or '('");
}

// One level of operators that lean to the left; `once`: at most one of them.
typedef struct {
    struct {
        const char *symbol;
        Op op;
    } operators[6]; // longer symbols first
    bool once;
} Level;

static const Level levels[] = {
    {{{"||", OP_OR}}, false},
    {{{"&&", OP_AND}}, false},
    {{{"<=", OP_LESS_EQUAL},
      {">=", OP_GREATER_EQUAL},
      {"==", OP_EQUAL},
      {"!=", OP_UNEQUAL},
      {"<", OP_LESS},
      {">", OP_GREATER}},
     true},
    {{{"+", OP_ADD}, {"-", OP_SUBTRACT}}, false},
    {{{"*", OP_MULTIPLY}, {"/", OP_DIVIDE}, {"%", OP_REMAINDER}}, false},
};
enum { LEVELS = sizeof levels / sizeof levels[0] };

static bool take_operator(Parser *parser, const Level *level, Op *op) {
    for (int i = 0; i < 6 && level->operators[i].symbol; i++) {
        if (take(parser, level->operators[i].symbol)) {
            *op = level->operators[i].op;
            return true;
        }
    }
    return false;
}

static int parse_level(Parser *parser, int index) {
    if (index == LEVELS)
        return parse_unary(parser);
    const Level *level = &levels[index];
    int left = parse_level(parser, index + 1);
    Op op;
    while (left != FAILED && take_operator(parser, level, &op)) {
        const int right = parse_level(parser, index + 1);
        if (right == FAILED)
            return FAILED;
        left = add_node(parser, (Node){.op = op, .left = left, .right = right});
        if (level->once)
            break;
    }
    return left;
}

static int parse_or(Parser *parser) {
    return parse_level(parser, 0);
}

bool expression_parse(Expression **expression, const char *text, Status *status) {
    *expression = NULL;
    if (strlen(text) >= EXPRESSION_TEXT)
        return status_fail(status, STATUS_USAGE, "expected at most %d bytes, found %zu",
                           EXPRESSION_TEXT - 1, strlen(text));
    Expression *made = calloc(1, sizeof *made);
    if (!made)
        return status_fail(status, STATUS_FAILURE, "out of memory for an expression");
    snprintf(made->text, sizeof made->text, "%s", text);
    Parser parser = {.made = made, .at = made->text, .status = status};
    made->root = parse_or(&parser);
    skip_blanks(&parser);
    if (made->root == FAILED || *parser.at) {
        if (made->root != FAILED)
            fail(&parser, "an operator or the end");
        free(made);
        return false;
    }
    *expression = made;
    return true;
}

// ---- evaluating ----

typedef struct {
    const Expression *expression;
    const double *values;
    const bool *known;
} Evaluation;

// A result that may not be known.
typedef struct {
    bool known;
    double number;
} Result;

static bool is_true(double number) {
    return number != 0 && !isnan(number);
}

static double apply(Op op, double a, double b) {
    switch (op) {
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
        return a / b;
    case OP_REMAINDER:
        return fmod(a, b);
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_LESS:
        return a < b;
    case OP_LESS_EQUAL:
        return a <= b;
    case OP_GREATER:
        return a > b;
    case OP_GREATER_EQUAL:
        return a >= b;
    case OP_EQUAL:
        return a == b;
    default:
        return a != b;
    }
}

static Result evaluate(const Evaluation *at, int index) {
    const Node *node = &at->expression->node[index];
    if (node->op == OP_NUMBER)
        return (Result){true, node->number};
    if (node->op == OP_NAME)
        return (Result){at->known[node->left], at->values[node->left]};
    const Result left = evaluate(at, node->left);
    if (node->op == OP_NEGATE)
        return (Result){left.known, -left.number};
    if (node->op == OP_NOT)
        return (Result){left.known, !is_true(left.number)};
    const Result right = evaluate(at, node->right);
    if (node->op == OP_AND || node->op == OP_OR) {
        // One side that decides is enough.
        const bool decisive = node->op == OP_OR;
        if ((left.known && is_true(left.number) == decisive) ||
            (right.known && is_true(right.number) == decisive))
            return (Result){true, decisive};
        return (Result){left.known && right.known, !decisive};
    }
    return (Result){left.known && right.known, apply(node->op, left.number, right.number)};
}

bool expression_evaluate(const Expression *expression, const double *values, const bool *known,
                         double *result) {
    const Evaluation at = {expression, values, known};
    const Result found = evaluate(&at, expression->root);
    *result = found.known ? found.number : NAN;
    return found.known;
}
