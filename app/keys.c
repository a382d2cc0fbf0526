#include "app/keys.h"

#include <curses.h>
#include <stdio.h>

#define CONTROL(letter) ((letter)&0x1f)

enum {
    KEY_ESCAPE_CHARACTER = 27,
    EVERYWHERE = MODE_TRAIN | MODE_HELP | MODE_SMALL,
    READABLE = MODE_TRAIN | MODE_HELP,
};

static const KeyEntry table[] = {
    {{'q', KEY_F(10)}, "q F10", ACTION_QUIT, EVERYWHERE, "quit", "save, leave and stop training"},
    {{'?', KEY_F(1)}, "? F1", ACTION_HELP, EVERYWHERE, "help", "this help"},
    {{' '}, "Space", ACTION_PAUSE, MODE_TRAIN, "pause", "pause training, or go on"},
    {{'s'}, "s", ACTION_SAVE, MODE_TRAIN, "save", "save a checkpoint and the rule now"},
    {{'e'},
     "e",
     ACTION_EXPORT_FILTERS,
     MODE_TRAIN,
     "export",
     "export the first-layer filters as PNG into the run's images/"},
    {{'E'}, "E", ACTION_EXPORT_FOCUS, MODE_TRAIN, NULL, "export the focused panel as PNG"},
    {{'t'}, "t", ACTION_EVALUATE, MODE_TRAIN, "test", "test transfer on the held-out data now"},
    {{'\t'}, "Tab", ACTION_NEXT_PANEL, MODE_TRAIN, "panel", "focus the next panel"},
    {{KEY_BTAB}, "Shift-Tab", ACTION_PREVIOUS_PANEL, MODE_TRAIN, NULL, "focus the panel before"},
    {{'1', '2', '3', '4', '5', '6', '7', '8', '9'},
     "1-9",
     ACTION_CHOOSE_PANEL,
     MODE_TRAIN,
     NULL,
     "focus the panel of that number"},
    {{'+', '\r', KEY_ENTER},
     "+ Enter",
     ACTION_ZOOM,
     MODE_TRAIN,
     "zoom",
     "let the focused panel fill the window, or not"},
    {{'y'},
     "y",
     ACTION_LOG_Y,
     MODE_TRAIN,
     "log y",
     "logarithmic y axis of the focused chart, or not"},
    {{']'},
     "]",
     ACTION_NEXT_ITEM,
     MODE_TRAIN,
     NULL,
     "next histogram or held-out set of the focused panel"},
    {{'['}, "[", ACTION_PREVIOUS_ITEM, MODE_TRAIN, NULL, "the one before"},
    {{'j', KEY_DOWN, KEY_NPAGE}, "j Down PgDn", ACTION_DOWN, READABLE, NULL, "scroll down"},
    {{'k', KEY_UP, KEY_PPAGE}, "k Up PgUp", ACTION_UP, READABLE, NULL, "scroll up"},
    {{'g', KEY_HOME}, "g Home", ACTION_FIRST, READABLE, NULL, "scroll to the beginning"},
    {{KEY_ESCAPE_CHARACTER},
     "Esc",
     ACTION_BACK,
     EVERYWHERE,
     NULL,
     "leave help, zoom or focus, one at a time"},
    {{CONTROL('L')}, "Ctrl-L", ACTION_REDRAW, EVERYWHERE, NULL, "draw the screen anew"},
};

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

size_t keys_help(char lines[KEY_LINES][KEY_LINE]) {
    size_t count = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0] && count < KEY_LINES; i++)
        snprintf(lines[count++], KEY_LINE, "%s\t%s", table[i].name, table[i].help);
    return count;
}

size_t keys_bar(Mode mode, char lines[KEY_LINES][KEY_LINE]) {
    size_t count = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0] && count < KEY_LINES; i++) {
        if (table[i].label && (table[i].modes & (unsigned)mode))
            snprintf(lines[count++], KEY_LINE, "%s\t%s", table[i].name, table[i].label);
    }
    return count;
}
