// The help: the keys of the screen under it, from the key table.
#include "app/screens.h"

#include "views/figure.h"

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

static void draw(const void *state, const Workbench *workbench, CellGrid *grid) {
    const Help *help = state;
    char lines[KEY_LINES][KEY_LINE];
    const char *pointers[KEY_LINES];
    char title[64];
    const ScreenKind *kind = screens_find(workbench->mode);
    const size_t count = keys_help(workbench->mode, lines);
    for (size_t i = 0; i < count; i++)
        pointers[i] = lines[i];
    snprintf(title, sizeof title, "Keys: %s, %s", kind ? kind->name : "",
             kind ? kind->subject : "");
    Scene scene;
    // A window too small for a key bar has all rows for the help.
    scene_init(&scene, grid->columns, grid->rows > 4 ? grid->rows - 1 : grid->rows);
    const Heading heading = {.rule = true};
    figure_page(&scene, &heading, title, pointers, (int)count, help->line);
    cells_draw(grid, 0, 0, &scene, &workbench->style);
    scene_clear(&scene);
}

static void scroll_to(Help *help, const Workbench *workbench, int line) {
    char lines[KEY_LINES][KEY_LINE];
    const int last = (int)keys_help(workbench->mode, lines) - 1;
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
            [ACTION_BACK] = back,
        },
};
