#include "app/keys.h"

#include <curses.h>
#include <stdio.h>

#define CONTROL(letter) ((letter)&0x1f)

enum {
    KEY_ESCAPE_CHARACTER = 27,
    EVERYWHERE = MODE_SCREENS | MODE_HELP | MODE_SMALL,
    READABLE = MODE_SCREENS | MODE_HELP,
    FIGURES = MODE_FEATURES | MODE_EMBEDDING,
    SCROLLED = MODE_TRAIN | MODE_FEATURES | MODE_RUNS | MODE_HELP,
    // On the Step screen digits count (10n).
    BY_NUMBER = MODE_SCREENS & ~MODE_STEP,
};

// clang-format off
static const KeyEntry table[] = {
    // Everywhere.
    {{'q', KEY_F(10)}, "q F10", ACTION_QUIT, EVERYWHERE, "quit", "save, leave and stop training"},
    {{'?', KEY_F(1)}, "? F1", ACTION_HELP, EVERYWHERE, "help", "the keys of this screen"},
    {{':'}, ":", ACTION_COMMAND, MODE_SCREENS, "command", "the command line"},
    {{'/'}, "/", ACTION_FILTER, MODE_RUNS, "filter", "show only the runs that pass (:filter)"},
    {{'/'}, "/", ACTION_FILTER, MODE_HELP, "filter", "only the lines with these words (:filter)"},
    {{'\t'}, "Tab", ACTION_NEXT_SCREEN, MODE_SCREENS, NULL, "the next screen"},
    {{KEY_BTAB}, "Shift-Tab", ACTION_PREVIOUS_SCREEN, MODE_SCREENS, NULL, "the screen before"},
    {{'1', '2', '3', '4', '5'}, "1-5", ACTION_SCREEN, BY_NUMBER, NULL, "the screen of that number"},

    // The Runs screen.
    {{'\r', KEY_ENTER}, "Enter", ACTION_WATCH, MODE_RUNS, "watch",
     "watch the run on the Train screen; one's own: go back to it"},
    {{' '}, "Space", ACTION_MARK, MODE_RUNS, "mark", "mark the run: its curves lie over the others'"},
    {{'u'}, "u", ACTION_UNMARK, MODE_RUNS, NULL, "take all marks away"},
    {{'d'}, "d", ACTION_DIFF, MODE_RUNS, "diff",
     "the settings in which two marked runs differ, or the marked and this one"},
    {{'r'}, "r", ACTION_RESUME_RUN, MODE_RUNS, "resume",
     "go on with the run in a process of its own, without a screen"},
    {{'x'}, "x", ACTION_STOP_RUN, MODE_RUNS, "stop",
     "save and stop a run that was started here (press twice)"},
    {{']'}, "]", ACTION_NEXT_ITEM, MODE_RUNS, "chart", "loss, accuracy, gradient or diff: the next"},
    {{'['}, "[", ACTION_PREVIOUS_ITEM, MODE_RUNS, NULL, "the one of these before"},
    {{'+'}, "+", ACTION_ZOOM, MODE_RUNS, "zoom", "let the chart fill the window, or not"},

    // The Train screen, and what others share with it.
    {{' '}, "Space", ACTION_PAUSE, MODE_TRAIN, "pause", "pause training, or go on"},
    {{'s'}, "s", ACTION_SAVE, MODE_TRAIN, "save", "save a checkpoint and the rule now"},
    {{'e'}, "e", ACTION_EXPORT, MODE_SCREENS, "export",
     "write the focused (or main) panel as PNG into the run's images/"},
    {{'E'}, "E", ACTION_EXPORT_ALL, MODE_SCREENS, NULL, "write every panel of the screen as PNG"},
    {{'t'}, "t", ACTION_EVALUATE, MODE_TRAIN, "test", "test transfer on the held-out data now"},
    {{'p'}, "p", ACTION_NEXT_PANEL, MODE_TRAIN | FIGURES, "panel", "the next panel or figure"},
    {{'P'}, "P", ACTION_PREVIOUS_PANEL, MODE_TRAIN | FIGURES, NULL, "the panel or figure before"},
    {{'+', '\r', KEY_ENTER}, "+ Enter", ACTION_ZOOM, MODE_TRAIN | FIGURES, "zoom",
     "let one panel or figure fill the window, or not"},
    // The focused chart, else the loss.
    {{'h', KEY_LEFT}, "h Left", ACTION_CHART_LEFT, MODE_TRAIN, "cursor",
     "cursor to the left, over exact values; the chart holds still"},
    {{'l', KEY_RIGHT}, "l Right", ACTION_CHART_RIGHT, MODE_TRAIN, NULL, "cursor to the right"},
    {{'z'}, "z", ACTION_CHART_ZOOM_IN, MODE_TRAIN, "closer",
     "show half of the steps: around the cursor, else the newest"},
    {{'Z'}, "Z", ACTION_CHART_ZOOM_OUT, MODE_TRAIN, NULL, "show twice as many steps"},
    {{'H', KEY_SLEFT}, "H Shift-Left", ACTION_CHART_PAN_LEFT, MODE_TRAIN, NULL,
     "move a zoomed chart to earlier steps"},
    {{'L', KEY_SRIGHT}, "L Shift-Right", ACTION_CHART_PAN_RIGHT, MODE_TRAIN, NULL,
     "to later steps"},
    {{'f'}, "f", ACTION_CHART_FOLLOW, MODE_TRAIN, "follow",
     "show everything again, and what comes; no cursor"},
    {{'y'}, "y", ACTION_CHART_LOG_Y, MODE_TRAIN | MODE_RUNS, "log y", "logarithmic y axis, or not"},
    {{'x'}, "x", ACTION_CHART_LOG_X, MODE_TRAIN, NULL, "logarithmic x axis, or not"},
    {{'r'}, "r", ACTION_CHART_RANGE, MODE_TRAIN, NULL,
     "range of y: what is seen, the same and zero, fixed"},
    {{')'}, ")", ACTION_CHART_SMOOTH_MORE, MODE_TRAIN, NULL, "smooth more"},
    {{'('}, "(", ACTION_CHART_SMOOTH_LESS, MODE_TRAIN, NULL, "smooth less"},
    {{'w'}, "w", ACTION_OVER_TIME, MODE_TRAIN, "weights",
     "the histogram, or its percentiles over the outer steps"},
    {{']'}, "]", ACTION_NEXT_ITEM, MODE_TRAIN, NULL,
     "next histogram or held-out set of the focused panel"},
    {{'['}, "[", ACTION_PREVIOUS_ITEM, MODE_TRAIN, NULL, "the one before"},

    // The Step screen: gdb's letters, capitals go back.
    {{'s', 'S'}, "s S", ACTION_MOVE, MODE_STEP, "stage", "to the next stage of the inner step; S: the one before"},
    {{'n', 'N'}, "n N", ACTION_MOVE, MODE_STEP, "step",
     "to the same stage of the next inner step, or the one before"},
    {{'f', 'F'}, "f F", ACTION_MOVE, MODE_STEP, "finish", "to the last stage of the inner step, or its first"},
    {{'u', 'U'}, "u U", ACTION_MOVE, MODE_STEP, "until", "to the end of the truncation, or its beginning"},
    {{'o', 'O'}, "o O", ACTION_MOVE, MODE_STEP, NULL, "to the next outer step: for one unroll the same"},
    {{'c', 'C'}, "c C", ACTION_MOVE, MODE_STEP, "continue",
     "to a breakpoint or the end of the task; C: back to one or the beginning"},
    {{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}, "0-9", ACTION_DIGIT, MODE_STEP, NULL,
     "a number before a move repeats it: 10n"},
    {{'w'}, "w", ACTION_WHERE, MODE_STEP, NULL, "where this is, in one line"},
    {{'v'}, "v", ACTION_VALUES, MODE_STEP, "values", "the tensor as a table of values, or as a picture"},
    {{'a'}, "a", ACTION_CURVES, MODE_STEP, "anatomy", "the anatomy as curves over inner steps, or as bars"},
    {{'x'}, "x", ACTION_OTHER_FUTURE, MODE_STEP, NULL, "look at the other future of a what-if"},
    {{'p'}, "p", ACTION_NEXT_PANEL, MODE_STEP, "panel", "focus the next panel, shown or not"},
    {{'P'}, "P", ACTION_PREVIOUS_PANEL, MODE_STEP, NULL, "focus the one before"},
    {{'+', '\r', KEY_ENTER}, "+ Enter", ACTION_ZOOM, MODE_STEP, "zoom",
     "the focused panel fills the window, or not"},
    {{'y'}, "y", ACTION_CHART_LOG_Y, MODE_STEP, NULL, "logarithmic y axis of the focused curves, or not"},
    {{']'}, "]", ACTION_NEXT_ITEM, MODE_STEP, NULL, "the next layer's anatomy"},
    {{'['}, "[", ACTION_PREVIOUS_ITEM, MODE_STEP, NULL, "the layer before"},
    {{'j', KEY_DOWN}, "j Down", ACTION_DOWN, MODE_STEP, NULL, "the next tensor; in its table: down"},
    {{'k', KEY_UP}, "k Up", ACTION_UP, MODE_STEP, NULL, "the tensor before; in its table: up"},
    {{'h', KEY_LEFT}, "h Left", ACTION_LEFT, MODE_STEP, NULL, "columns before, in the table of values"},
    {{'l', KEY_RIGHT}, "l Right", ACTION_RIGHT, MODE_STEP, NULL, "columns behind, in the table of values"},
    {{KEY_NPAGE}, "PgDn", ACTION_PAGE_DOWN, MODE_STEP, NULL, "a page down"},
    {{KEY_PPAGE}, "PgUp", ACTION_PAGE_UP, MODE_STEP, NULL, "a page up"},
    {{'g', KEY_HOME}, "g Home", ACTION_FIRST, MODE_STEP, NULL, "the first tensor, or the table's beginning"},

    // Features and Embedding.
    {{'w'}, "w", ACTION_WEIGHT, MODE_FEATURES, "W/V", "forward weights W, or backward weights V"},
    {{'b'}, "b", ACTION_WHEN, MODE_FEATURES, "before/now",
     "before the inner loop, now, or the difference"},
    {{']'}, "]", ACTION_NEXT_ITEM, MODE_FEATURES, "layer", "activations of the next layer"},
    {{'['}, "[", ACTION_PREVIOUS_ITEM, MODE_FEATURES, NULL, "of the layer before"},
    {{'c'}, "c", ACTION_GREY, MODE_FEATURES, "grey", "weights in greys, or in two colours"},
    {{'x'}, "x", ACTION_ACROSS, MODE_EMBEDDING, "across", "the next component across"},
    {{'X'}, "X", ACTION_ACROSS_BACK, MODE_EMBEDDING, NULL, "the component across before"},
    {{'y'}, "y", ACTION_UPWARDS, MODE_EMBEDDING, "up", "the next component upwards"},
    {{'Y'}, "Y", ACTION_UPWARDS_BACK, MODE_EMBEDDING, NULL, "the component upwards before"},
    {{']'}, "]", ACTION_NEXT_ITEM, MODE_EMBEDDING, "class", "highlight the next class, or none"},
    {{'['}, "[", ACTION_PREVIOUS_ITEM, MODE_EMBEDDING, NULL, "highlight the class before"},
    {{'d'}, "d", ACTION_DATA, MODE_EMBEDDING, "data",
     "the next held-out data set of the run, then two moons"},
    {{'f'}, "f", ACTION_FOLLOW, FIGURES, "follow", "follow newer rules, or hold this one"},

    // Movement.
    {{'j', KEY_DOWN}, "j Down", ACTION_DOWN, SCROLLED, NULL, "scroll down"},
    {{'k', KEY_UP}, "k Up", ACTION_UP, SCROLLED, NULL, "scroll up"},
    {{KEY_NPAGE}, "PgDn", ACTION_PAGE_DOWN, SCROLLED, NULL, "scroll down by a page"},
    {{KEY_PPAGE}, "PgUp", ACTION_PAGE_UP, SCROLLED, NULL, "scroll up by a page"},
    {{'g', KEY_HOME}, "g Home", ACTION_FIRST, SCROLLED, NULL,
     "scroll to the beginning; cursor to the first point"},
    {{'G', KEY_END}, "G End", ACTION_LAST, MODE_TRAIN | MODE_RUNS | MODE_HELP, NULL,
     "scroll to the end; cursor to the newest point"},
    {{KEY_ESCAPE_CHARACTER}, "Esc", ACTION_BACK, READABLE, NULL,
     "one level back: leave help, zoom, focus"},
    {{CONTROL('L')}, "Ctrl-L", ACTION_REDRAW, EVERYWHERE, NULL, "draw the screen anew"},
};
// clang-format on

const KeyEntry *keys_table(size_t *count) {
    *count = sizeof table / sizeof table[0];
    return table;
}

const KeyEntry *keys_find(int key, Mode mode) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (!(table[i].modes & (unsigned)mode))
            continue;
        for (int k = 0; k < KEYS_OF_ACTION && table[i].keys[k]; k++) {
            if (table[i].keys[k] == key)
                return &table[i];
        }
    }
    return NULL;
}

// Whether a key is the same on (nearly) all screens.
static bool is_common(const KeyEntry *entry) {
    return (entry->modes & BY_NUMBER) == BY_NUMBER;
}

static size_t add_help(Mode mode, bool common, size_t count, char lines[KEY_LINES][KEY_LINE]) {
    for (size_t i = 0; i < sizeof table / sizeof table[0] && count < KEY_LINES; i++) {
        if ((table[i].modes & (unsigned)mode) && is_common(&table[i]) == common)
            snprintf(lines[count++], KEY_LINE, "%s\t%s", table[i].name, table[i].help);
    }
    return count;
}

size_t keys_help(Mode mode, char lines[KEY_LINES][KEY_LINE]) {
    size_t count = add_help(mode, false, 0, lines);
    if (count > 0 && count + 2 < KEY_LINES) {
        lines[count++][0] = '\0';
        snprintf(lines[count++], KEY_LINE, "On every screen");
    }
    return add_help(mode, true, count, lines);
}

size_t keys_bar(Mode mode, char lines[KEY_LINES][KEY_LINE]) {
    size_t count = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0] && count < KEY_LINES; i++) {
        if (table[i].label && (table[i].modes & (unsigned)mode))
            snprintf(lines[count++], KEY_LINE, "%s\t%s", table[i].name, table[i].label);
    }
    return count;
}
