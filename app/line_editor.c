#include "app/line_editor.h"

#include <curses.h>
#include <stdbool.h>
#include <string.h>

#define CONTROL(letter) ((letter)&0x1f)

enum { ESCAPE = 27, RUB_OUT = 127 };

void line_editor_begin(LineEditor *editor, const LineHistory *history) {
    memset(editor, 0, sizeof *editor);
    editor->history = history;
    editor->recalled = history->count;
}

// -- Positions
// -------------------------------------------------------------------------------------

// Whether a byte goes on with a character that began before.
static bool goes_on(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t position_before(const LineEditor *editor, size_t at) {
    if (at > 0)
        at--;
    while (at > 0 && goes_on(editor->text[at]))
        at--;
    return at;
}

static size_t position_after(const LineEditor *editor, size_t at) {
    if (at < editor->length)
        at++;
    while (at < editor->length && goes_on(editor->text[at]))
        at++;
    return at;
}

// Where the word before the cursor begins; words end at blanks and points.
static size_t word_before(const LineEditor *editor) {
    size_t at = editor->cursor;
    while (at > 0 && strchr(" .=", editor->text[at - 1]))
        at--;
    while (at > 0 && !strchr(" .=", editor->text[at - 1]))
        at--;
    return at;
}

// -- Changes
// ---------------------------------------------------------------------------------------

static void cut_out(LineEditor *editor, size_t from, size_t to) {
    memmove(editor->text + from, editor->text + to, editor->length - to + 1);
    editor->length -= to - from;
    editor->cursor = from;
}

static void insert(LineEditor *editor, const char *text, size_t length) {
    if (editor->length + length >= LINE_TEXT)
        return;
    memmove(editor->text + editor->cursor + length, editor->text + editor->cursor,
            editor->length - editor->cursor + 1);
    memcpy(editor->text + editor->cursor, text, length);
    editor->length += length;
    editor->cursor += length;
}

void line_editor_replace(LineEditor *editor, size_t from, const char *text) {
    const size_t length = strlen(text);
    if (editor->length - (editor->cursor - from) + length >= LINE_TEXT)
        return;
    cut_out(editor, from, editor->cursor);
    insert(editor, text, length);
}

static void show(LineEditor *editor, const char *line) {
    const size_t length = strlen(line);
    memcpy(editor->text, line, length + 1);
    editor->length = editor->cursor = length;
}

static void recall(LineEditor *editor, int line) {
    if (line < 0 || line > editor->history->count)
        return;
    if (editor->recalled == editor->history->count)
        memcpy(editor->own, editor->text, sizeof editor->own);
    editor->recalled = line;
    show(editor, line == editor->history->count ? editor->own : editor->history->lines[line]);
}

// -- Keys
// ------------------------------------------------------------------------------------------

static LineEvent enter(LineEditor *editor) {
    (void)editor;
    return LINE_ENTERED;
}

static LineEvent leave(LineEditor *editor) {
    (void)editor;
    return LINE_LEFT;
}

static LineEvent complete(LineEditor *editor) {
    (void)editor;
    return LINE_COMPLETED;
}

static LineEvent complete_back(LineEditor *editor) {
    (void)editor;
    return LINE_COMPLETED_BACK;
}

static LineEvent older(LineEditor *editor) {
    recall(editor, editor->recalled - 1);
    return LINE_EDITED;
}

static LineEvent newer(LineEditor *editor) {
    recall(editor, editor->recalled + 1);
    return LINE_EDITED;
}

static LineEvent left(LineEditor *editor) {
    editor->cursor = position_before(editor, editor->cursor);
    return LINE_EDITED;
}

static LineEvent right(LineEditor *editor) {
    editor->cursor = position_after(editor, editor->cursor);
    return LINE_EDITED;
}

static LineEvent to_start(LineEditor *editor) {
    editor->cursor = 0;
    return LINE_EDITED;
}

static LineEvent to_end(LineEditor *editor) {
    editor->cursor = editor->length;
    return LINE_EDITED;
}

// On an empty line it gives up, as in vi.
static LineEvent erase_before(LineEditor *editor) {
    if (editor->length == 0)
        return LINE_LEFT;
    cut_out(editor, position_before(editor, editor->cursor), editor->cursor);
    return LINE_EDITED;
}

static LineEvent erase_here(LineEditor *editor) {
    cut_out(editor, editor->cursor, position_after(editor, editor->cursor));
    return LINE_EDITED;
}

static LineEvent erase_word(LineEditor *editor) {
    cut_out(editor, word_before(editor), editor->cursor);
    return LINE_EDITED;
}

static LineEvent erase_all_before(LineEditor *editor) {
    cut_out(editor, 0, editor->cursor);
    return LINE_EDITED;
}

static LineEvent erase_all_after(LineEditor *editor) {
    cut_out(editor, editor->cursor, editor->length);
    return LINE_EDITED;
}

// clang-format off
static const LineKey table[] = {
    {{'\r', '\n', KEY_ENTER}, "Enter", enter, "do it"},
    {{ESCAPE, CONTROL('G')}, "Esc", leave, "leave without"},
    {{'\t'}, "Tab", complete, "complete the word; again: the next that fits"},
    {{KEY_BTAB}, "Shift-Tab", complete_back, "the one before"},
    {{KEY_UP, CONTROL('P')}, "Up Ctrl-P", older, "the line entered before"},
    {{KEY_DOWN, CONTROL('N')}, "Down Ctrl-N", newer, "the line entered after"},
    {{KEY_LEFT, CONTROL('B')}, "Left Ctrl-B", left, "a character to the left"},
    {{KEY_RIGHT, CONTROL('F')}, "Right Ctrl-F", right, "a character to the right"},
    {{KEY_HOME, CONTROL('A')}, "Home Ctrl-A", to_start, "to the beginning"},
    {{KEY_END, CONTROL('E')}, "End Ctrl-E", to_end, "to the end"},
    {{KEY_BACKSPACE, RUB_OUT, CONTROL('H')}, "Backspace", erase_before, "erase the character before"},
    {{KEY_DC, CONTROL('D')}, "Delete Ctrl-D", erase_here, "erase the character under the cursor"},
    {{CONTROL('W')}, "Ctrl-W", erase_word, "erase the word before"},
    {{CONTROL('U')}, "Ctrl-U", erase_all_before, "erase everything before"},
    {{CONTROL('K')}, "Ctrl-K", erase_all_after, "erase everything after"},
};
// clang-format on

const LineKey *line_editor_keys(size_t *count) {
    *count = sizeof table / sizeof table[0];
    return table;
}

LineEvent line_editor_press(LineEditor *editor, int key) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (int k = 0; k < LINE_KEYS_OF_ACTION && table[i].keys[k]; k++) {
            if (table[i].keys[k] == key)
                return table[i].press(editor);
        }
    }
    if (key >= ' ' && key <= 0xff)
        insert(editor, &(char){(char)key}, 1);
    return LINE_EDITED;
}
