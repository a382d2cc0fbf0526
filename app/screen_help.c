// The help: the keys of the screen under it, the commands, the keys of the command line; each from
// the table that drives it.
#include "app/line_editor.h"
#include "app/prompt_commands.h"
#include "app/screens.h"

#include "views/figure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int line; // first line shown
} Help;

static void *open_help(Workbench *workbench) {
    (void)workbench;
    return calloc(1, sizeof(Help));
}

static void enter(void *state, Workbench *workbench) {
    (void)workbench;
    ((Help *)state)->line = 0;
}

enum { LINES = 160, LINE = 128 };

typedef struct {
    char text[LINES][LINE];
    int count;
} Lines;

__attribute__((format(printf, 2, 3))) static void add(Lines *lines, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (lines->count < LINES)
        vsnprintf(lines->text[lines->count++], LINE, format, arguments);
    va_end(arguments);
}

static void fill(Lines *lines, Mode mode) {
    char keys[KEY_LINES][KEY_LINE];
    const size_t key_count = keys_help(mode, keys);
    size_t count;
    lines->count = 0;
    for (size_t i = 0; i < key_count; i++)
        add(lines, "%s", keys[i]);
    add(lines, "%s", "");
    add(lines, "Commands, behind a colon");
    const PromptCommand *commands = prompt_commands(&count);
    for (size_t i = 0; i < count; i++)
        add(lines, ":%s%s%s%s%s\t%s", commands[i].name, commands[i].alias ? " :" : "",
            commands[i].alias ? commands[i].alias : "", *commands[i].arguments ? " " : "",
            commands[i].arguments, commands[i].help);
    add(lines, "%s", "");
    add(lines, "While typing a command");
    const LineKey *edits = line_editor_keys(&count);
    for (size_t i = 0; i < count; i++)
        add(lines, "%s\t%s", edits[i].name, edits[i].help);
}

static void draw(const void *state, const Workbench *workbench, CellGrid *grid) {
    const Help *help = state;
    const char *pointers[LINES];
    Lines lines;
    char title[96];
    fill(&lines, workbench->mode);
    for (int i = 0; i < lines.count; i++)
        pointers[i] = lines.text[i];
    snprintf(title, sizeof title, "Keys of the %s screen, %s", workbench->kind->name,
             workbench->kind->subject);
    Scene scene;
    // A window too small for a key bar has all rows for the help.
    scene_init(&scene, grid->columns, grid->rows > 4 ? grid->rows - 1 : grid->rows);
    const Heading heading = {.rule = true};
    figure_page(&scene, &heading, title, pointers, lines.count, help->line);
    cells_draw(grid, 0, 0, &scene, &workbench->style);
    scene_clear(&scene);
}

static void scroll_to(Help *help, const Workbench *workbench, int line) {
    Lines lines;
    fill(&lines, workbench->mode);
    const int last = lines.count > workbench->rows - 2 ? lines.count - workbench->rows + 2 : 0;
    help->line = line < 0 ? 0 : line > last ? last : line;
}

static void down(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_to(state, workbench, ((Help *)state)->line + 1);
}

static void up(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_to(state, workbench, ((Help *)state)->line - 1);
}

static void page_down(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_to(state, workbench, ((Help *)state)->line + workbench->rows - 2);
}

static void page_up(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_to(state, workbench, ((Help *)state)->line - workbench->rows + 2);
}

static void first(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_to(state, workbench, 0);
}

static void last(void *state, Workbench *workbench, int key) {
    (void)key;
    scroll_to(state, workbench, LINES);
}

static void back(void *state, Workbench *workbench, int key) {
    (void)state;
    (void)key;
    workbench->wanted = workbench->mode;
}

const ScreenKind screen_help = {
    .name = "Help",
    .subject = "the keys",
    .mode = MODE_HELP,
    .open = open_help,
    .close = free,
    .enter = enter,
    .draw = draw,
    .handlers =
        {
            [ACTION_DOWN] = down,
            [ACTION_UP] = up,
            [ACTION_PAGE_DOWN] = page_down,
            [ACTION_PAGE_UP] = page_up,
            [ACTION_FIRST] = first,
            [ACTION_LAST] = last,
            [ACTION_BACK] = back,
        },
};
