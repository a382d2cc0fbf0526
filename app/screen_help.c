// The help: the keys of the screen under it, the commands, the keys of the command line; each from
// the table that drives it.
#include "app/line_editor.h"
#include "app/prompt_commands.h"
#include "app/screens.h"

#include "views/figure.h"
#include "views/nearest.h"
#include "views/text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 160, LINE = 128, WRAPPED = 480, LEAST_WRAPPED = 12 };

typedef struct {
    int line;          // first line shown
    char filter[LINE]; // words that must be in a line, or ""
} Help;

static void *open_help(Workbench *workbench) {
    (void)workbench;
    return calloc(1, sizeof(Help));
}

static void enter(void *state, Workbench *workbench) {
    (void)workbench;
    *(Help *)state = (Help){0};
}

// "key\tmeaning", headings without a tab, empty lines.
typedef struct {
    char text[LINES][LINE];
    int count;
} Lines;

// The same as the page shows them.
typedef struct {
    char text[WRAPPED][LINE];
    int count;
} Page;

__attribute__((format(printf, 2, 3))) static void add(Lines *lines, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (lines->count < LINES)
        vsnprintf(lines->text[lines->count++], LINE, format, arguments);
    va_end(arguments);
}

static void fill(Lines *lines, const ScreenKind *kind) {
    char keys[KEY_LINES][KEY_LINE];
    const size_t key_count = keys_help(kind->mode, keys);
    size_t count;
    lines->count = 0;
    add(lines, "The %s screen", kind->name);
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

// Every word of the filter is in the line, in letters of either case.
static bool passes(const char *line, const char *filter) {
    char words[LINE];
    char *rest;
    snprintf(words, sizeof words, "%s", filter);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!strcasestr(line, word))
            return false;
    return true;
}

// Columns of the longest key.
static int key_columns(const Lines *lines) {
    int most = 0;
    for (int i = 0; i < lines->count; i++) {
        char key[LINE];
        const size_t length = strcspn(lines->text[i], "\t");
        snprintf(key, sizeof key, "%.*s", (int)length, lines->text[i]);
        if (lines->text[i][length] && text_width(key) > most)
            most = text_width(key);
    }
    return most;
}

__attribute__((format(printf, 2, 3))) static void put(Page *page, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (page->count < WRAPPED)
        vsnprintf(page->text[page->count++], LINE, format, arguments);
    va_end(arguments);
}

// A line whose meaning goes on below itself where it is wider than `room`.
static void wrap(Page *page, const char *line, int room) {
    const char *tab = strchr(line, '\t');
    const char *rest = tab ? tab + 1 : line;
    int key = tab ? (int)(tab - line) : 0;
    do {
        char row[LINE];
        rest = text_row(row, sizeof row, rest, room < LEAST_WRAPPED ? INT_MAX : room);
        put(page, "%.*s\t%s", key, line, row);
        key = 0;
    } while (*rest);
}

// What passes the filter, under its heading.
static void make_page(const Help *help, const Workbench *workbench, int columns, Page *page) {
    Lines lines;
    fill(&lines, workbench->kind);
    const int room = columns - key_columns(&lines) - 3; // as figure_page sets them
    const char *heading = NULL;
    page->count = 0;
    for (int i = 0; i < lines.count; i++) {
        const char *line = lines.text[i];
        if (!strchr(line, '\t')) {
            heading = *line ? line : heading;
        } else if (passes(line, help->filter)) {
            if (heading && page->count > 0)
                put(page, "%s", "");
            if (heading)
                put(page, "%s", heading);
            heading = NULL;
            wrap(page, line, room);
        }
    }
    if (page->count == 0)
        put(page, "%s", "no line has these words; Esc shows all");
}

static void draw(const void *state, const Workbench *workbench, CellGrid *grid) {
    const Help *help = state;
    const char *pointers[WRAPPED];
    Page page;
    char title[96 + LINE];
    make_page(help, workbench, grid->columns, &page);
    for (int i = 0; i < page.count; i++)
        pointers[i] = page.text[i];
    snprintf(title, sizeof title, "Keys of the %s screen, %s%s%s", workbench->kind->name,
             workbench->kind->subject, *help->filter ? ", with " : "", help->filter);
    Scene scene;
    // A window too small for a key bar has all rows for the help.
    scene_init(&scene, grid->columns, grid->rows > 4 ? grid->rows - 1 : grid->rows);
    const Heading heading = {.rule = true};
    figure_page(&scene, &heading, title, pointers, page.count, help->line);
    cells_draw(grid, 0, 0, &scene, &workbench->style);
    scene_clear(&scene);
}

static void scroll_to(Help *help, const Workbench *workbench, int line) {
    Page page;
    make_page(help, workbench, workbench->columns, &page);
    const int last = page.count > workbench->rows - 2 ? page.count - workbench->rows + 2 : 0;
    help->line = nearest_index(line, last);
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
    scroll_to(state, workbench, WRAPPED);
}

static bool filter(void *state, const char *text, Status *status) {
    (void)status;
    Help *help = state;
    help->line = 0;
    snprintf(help->filter, sizeof help->filter, "%s", text);
    return true;
}

static void back(void *state, Workbench *workbench, int key) {
    (void)key;
    Help *help = state;
    if (*help->filter)
        *help = (Help){0};
    else
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
    .filter = filter,
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
