// What a terminal sends, from anything: curses makes keys of it, then the key table, the command
// line and the Train screen get them as the event loop hands them on.  Bit 0 of the first byte: the
// rest are pairs of bytes that are keys at once, which reaches those that this terminal has no
// sequence for; bit 1: the screen is drawn at the end.  The second byte: the size of the window.
// Nothing is written: a panel that would be exported is only named.
#include "app/prompt.h"
#include "app/screens.h"
#include "tests/unit/synthetic_snapshot.h"
#include "views/panels.h"

#include <curses.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 4096 }; // what a pipe holds for certain

typedef struct {
    Workbench workbench;
    Prompt prompt;
    void *help_state;
    bool help;
} Session;

static ScreenKind train; // the Train screen, but for what it writes
static Snapshot snapshot;
static Settings settings;
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

static bool pretend_export(const void *state, const Workbench *workbench, const char *panel,
                           const char *path, Status *status) {
    PanelKind kind;
    (void)state;
    (void)workbench;
    insist(*path != '\0');
    return panel_from_name(panel, &kind) ||
           status_fail(status, STATUS_USAGE, "no panel '%.40s'", panel);
}

static void begin_once(void) {
    if (terminal_input >= 0)
        return;
    setenv("XDG_STATE_HOME", "relative", 1); // no history on the disk
    setenv("HOME", "relative", 1);
    settings_default(&settings);
    insist(synthetic_snapshot_init(&snapshot, 40, 10));
    train = screen_train;
    train.export_panel = pretend_export;
    open_terminal();
}

// -- The event loop
// --------------------------------------------------------------------------------

static void expect_whole(const Session *session) {
    const LineEditor *editor = &session->prompt.editor;
    const Completions *fitting = &session->prompt.fitting;
    insist(editor->length < LINE_TEXT && editor->cursor <= editor->length);
    insist(strlen(editor->text) == editor->length);
    insist(fitting->count >= 0 && fitting->count <= COMPLETIONS);
    insist(session->prompt.chosen < fitting->count || fitting->count == 0);
    insist(session->prompt.history.count <= HISTORY_LINES);
    insist(memchr(session->workbench.message, '\0', WORKBENCH_MESSAGE) != NULL);
}

static void do_action(Session *session, const KeyEntry *entry, int key) {
    Workbench *workbench = &session->workbench;
    const ScreenKind *kind = session->help ? &screen_help : &train;
    void *state = session->help ? session->help_state : workbench->state;
    if (entry->action == ACTION_COMMAND)
        prompt_open(&session->prompt);
    else if (entry->action == ACTION_HELP)
        session->help = !session->help;
    else if (entry->action == ACTION_EXPORT)
        screens_export(workbench, NULL, NULL);
    else if (entry->action == ACTION_EXPORT_ALL)
        screens_export_all(workbench);
    else if (kind->handlers[entry->action])
        kind->handlers[entry->action](state, workbench, key);
}

static void press(Session *session, int key) {
    Workbench *workbench = &session->workbench;
    if (session->prompt.open) {
        prompt_press(&session->prompt, workbench, key);
    } else {
        const KeyEntry *entry = keys_find(key, session->help ? MODE_HELP : MODE_TRAIN);
        if (entry)
            do_action(session, entry, key);
    }
    if (workbench->wanted)
        session->help = workbench->wanted == MODE_HELP;
    insist(!workbench->wanted || session->help || screens_find(workbench->wanted));
    workbench->wanted = 0;
    workbench->quit = false;
    expect_whole(session);
}

static void draw(const Session *session) {
    const Workbench *workbench = &session->workbench;
    const ScreenKind *kind = session->help ? &screen_help : &train;
    CellGrid grid;
    insist(cells_init(&grid, workbench->rows, workbench->columns));
    kind->draw(session->help ? session->help_state : workbench->state, workbench, &grid);
    if (session->prompt.open)
        prompt_draw(&session->prompt, &grid, &workbench->style);
    cells_clear(&grid);
}

static void begin(Session *session, uint8_t size) {
    memset(session, 0, sizeof *session);
    Workbench *workbench = &session->workbench;
    workbench->plan.settings = &settings;
    workbench->rows = LAYOUT_ROWS + size % 16 * 4;
    workbench->columns = LAYOUT_COLUMNS + size / 16 * 12;
    workbench->style = (CellStyle){SYMBOLS_ASCII, COLOURS_MONO, THEME_DARK};
    workbench->snapshot = size % 3 ? &snapshot : NULL;
    workbench->kind = &train;
    workbench->mode = MODE_TRAIN;
    workbench->state = train.open(workbench);
    session->help_state = screen_help.open(workbench);
    insist(workbench->state && session->help_state);
    prompt_init(&session->prompt);
}

static void end(Session *session) {
    prompt_clear(&session->prompt);
    screen_help.close(session->help_state);
    train.close(session->workbench.state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Session session;
    begin_once();
    if (size < 2)
        return 0;
    begin(&session, data[1]);
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
    if (data[0] & 2)
        draw(&session);
    end(&session);
    return 0;
}
