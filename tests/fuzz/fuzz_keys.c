// What a terminal sends, from anything: curses makes keys of it, then the workbench without its
// terminal (app/front.h: key table, command line, all screens, help) gets them as the event loop
// hands them on.
//
// The first byte of an input: bit 0: the rest are pairs of bytes that are keys at once, which
// reaches those that this terminal has no sequence for; bit 1: the screen is drawn at the end;
// bits 2 to 4: the screen shown first; bit 5: there is no run; bit 6: UTF-8 and colours; bit 7: the
// keys come so fast that nothing happens between them.  The second byte: the size of the window,
// and whether there is a snapshot.  Ctrl-_ stands for a window of another size.
//
// What keys do beside all this (files, processes, threads, time) is fenced in: fence.h.
#include "app/front.h"
#include "tests/fuzz/fence.h"
#include "tests/fuzz/toy_runs.h"
#include "tests/unit/synthetic_snapshot.h"
#include "tests/unit/temporary_folder.h"
#include "views/panels.h"

#include <curses.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MOST_BYTES = 4096, // what a pipe holds for certain
    MOST_DRAWN = 12,   // of one input, for they take longest
    KEY_OTHER_SIZE = 0x1f,
};
static const double seconds_between_keys = 1.0 / 12; // the event loop's

typedef struct {
    Front front;
    int rows, columns; // of the window at first
    int resized, drawn;
    bool fast;
} Session;

static SnapshotBoard *board, *empty_board;
static Settings settings;
static RunDirectory run;
static StepOpening opening;
static char folder[PATH_MAX];
static int terminal_input = -1; // where the terminal's bytes are written

static void insist(bool promised) {
    if (!promised)
        abort();
}

// -- The terminal
// ----------------------------------------------------------------------------------

static FILE *output, *input; // curses' until the end

static void open_terminal(void) {
    int ends[2];
    insist(pipe2(ends, O_NONBLOCK) == 0);
    output = fopen("/dev/null", "w");
    input = fdopen(ends[0], "r");
    insist(output && input && newterm("xterm-256color", output, input));
    set_escdelay(0); // everything is there at once
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    terminal_input = ends[1];
}

static void begin_once(void) {
    static Snapshot snapshot; // too large for a stack
    if (terminal_input >= 0)
        return;
    setenv("XDG_STATE_HOME", "relative", 1); // no history on the disk
    setenv("HOME", "relative", 1);
    snprintf(folder, sizeof folder, "%s", toy_runs_make());
    toy_settings(&settings, folder);
    toy_run_look(&run, folder);
    toy_opening(&opening, folder, &run);
    board = snapshot_board_new();
    empty_board = snapshot_board_new();
    insist(board && empty_board && synthetic_snapshot_init(&snapshot, 40, 10));
    snapshot_board_publish(board, &snapshot);
    synthetic_snapshot_clear(&snapshot);
    static char picture[PATH_MAX];
    snprintf(picture, sizeof picture, "%s", in_folder(folder, "picture.png"));
    fence_close(picture);
    open_terminal();
}

// -- The event loop
// --------------------------------------------------------------------------------

static void expect_whole(const Front *front) {
    const Workbench *workbench = &front->workbench;
    const LineEditor *editor = &front->prompt.editor;
    const Completions *fitting = &front->prompt.fitting;
    insist(editor->length < LINE_TEXT && editor->cursor <= editor->length);
    insist(strlen(editor->text) == editor->length);
    insist(fitting->count >= 0 && fitting->count <= COMPLETIONS);
    insist(front->prompt.chosen < fitting->count || fitting->count == 0);
    insist(front->prompt.history.count <= HISTORY_LINES);
    insist(memchr(workbench->message, '\0', WORKBENCH_MESSAGE) != NULL);
    insist(workbench->kind == screens_find(workbench->mode) && workbench->state);
    insist(!workbench->wanted && !workbench->quit);
    insist(!front->help || front->help_state);
}

static void draw(Session *session) {
    const Workbench *workbench = &session->front.workbench;
    CellGrid grid;
    if (session->drawn++ >= MOST_DRAWN)
        return;
    insist(cells_init(&grid, workbench->rows, workbench->columns));
    front_draw(&session->front, &grid);
    cells_clear(&grid);
}

static void resize(Session *session) {
    static const struct {
        int rows, columns;
    } others[] = {{LAYOUT_ROWS - 1, LAYOUT_COLUMNS}, {3, 7}, {24, 80}, {1, 1}, {70, 250}};
    enum { OTHERS = sizeof others / sizeof others[0] };
    const int at = session->resized++ % (OTHERS + 1);
    session->front.workbench.rows = at == OTHERS ? session->rows : others[at].rows;
    session->front.workbench.columns = at == OTHERS ? session->columns : others[at].columns;
}

static void pass_frame(Session *session) {
    fence_pass_time(seconds_between_keys);
    front_tick(&session->front);
    if (session->front.all)
        draw(session);
    session->front.all = false;
}

static void press(Session *session, int key) {
    Front *front = &session->front;
    if (key == KEY_OTHER_SIZE)
        key = KEY_RESIZE;
    if (key == KEY_RESIZE)
        resize(session);
    front_press(front, key);
    insist(!front->quitting || front_at_end(front)); // there is no training to wait for
    front->quitting = false;
    if (!session->fast || front->all)
        pass_frame(session);
    expect_whole(front);
}

static void begin(Session *session, uint8_t kind, uint8_t size) {
    const Mode first = screens[(kind >> 2 & 7) % SCREENS]->mode;
    const ScreenPlan plan = {
        .board = size % 3 ? board : empty_board,
        .run = kind & 32 ? NULL : &run,
        .settings = &settings,
        .stepping = &opening,
        .first = first,
        .colour = true,
        .runs_folder = folder,
    };
    fence_begin_input();
    front_init(&session->front, &plan);
    Workbench *workbench = &session->front.workbench;
    workbench->rows = session->rows = LAYOUT_ROWS + size % 16 * 4;
    workbench->columns = session->columns = LAYOUT_COLUMNS + size / 16 * 12;
    workbench->style = kind & 64 ? (CellStyle){SYMBOLS_BRAILLE, COLOURS_256, THEME_DARK}
                                 : (CellStyle){SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};
    session->resized = session->drawn = 0;
    session->fast = kind & 128;
    insist(front_begin(&session->front));
    insist(workbench->mode == first);
    pass_frame(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Session session;
    begin_once();
    if (size < 2)
        return 0;
    begin(&session, data[0], data[1]);
    const uint8_t *rest = data + 2;
    const size_t count = size - 2 < MOST_BYTES ? size - 2 : MOST_BYTES;
    if (data[0] & 1) {
        for (size_t i = 0; i + 1 < count; i += 2)
            press(&session, rest[i] << 8 | rest[i + 1]);
    } else {
        insist(write(terminal_input, rest, count) == (ssize_t)count);
        for (int key; (key = getch()) != ERR;)
            press(&session, key);
    }
    pass_frame(&session);
    if (data[0] & 2)
        draw(&session);
    front_clear(&session.front);
    return 0;
}
