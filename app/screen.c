#include "app/screen.h"

#include "app/prompt.h"
#include "app/screens.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "engine/clock.h"
#include "views/curses_back_end.h"
#include "views/dashboard.h"
#include "views/panels.h"

#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// 12 frames a second while the engine publishes.
static const double frame_seconds = 1.0 / 12;

typedef struct {
    Workbench workbench;
    CursesBackEnd back_end;
    CellGrid grid;
    void *states[SCREENS]; // of the table's screens, NULL before the first visit
    void *help_state;
    bool help; // lies over the screen
    Prompt prompt;
    bool quitting; // told to
    bool gone;     // no terminal any more
    bool all;      // everything must be drawn
    double drawn_at;
    long message_seen;
} Screen;

static void *shown_state(const Screen *screen) {
    return screen->help ? screen->help_state : screen->workbench.state;
}

static const ScreenKind *shown_kind(const Screen *screen) {
    return screen->help ? &screen_help : screen->workbench.kind;
}

static bool is_too_small(const Screen *screen) {
    return screen->workbench.rows < LAYOUT_ROWS || screen->workbench.columns < LAYOUT_COLUMNS;
}

// -- From screen to screen
// -----------------------------------------------------------------------------

static void call(Screen *screen, void (*function)(void *, Workbench *)) {
    if (function)
        function(shown_state(screen), &screen->workbench);
}

// False, and nothing changed, without memory for its state.
static bool go_to(Screen *screen, const ScreenKind *kind) {
    void **state = &screen->states[kind->number - 1];
    if (!*state)
        *state = kind->open(&screen->workbench);
    if (!*state) {
        workbench_say(&screen->workbench, "no memory for the screen %s", kind->name);
        return false;
    }
    Workbench *workbench = &screen->workbench;
    if (workbench->kind)
        call(screen, workbench->kind->leave);
    workbench->kind = kind;
    workbench->state = *state;
    workbench->mode = kind->mode;
    call(screen, kind->enter);
    return true;
}

static void show_help(Screen *screen, bool help) {
    if (!screen->help_state)
        screen->help_state = screen_help.open(&screen->workbench);
    screen->help = help && screen->help_state;
    if (screen->help)
        call(screen, screen_help.enter);
}

// Where a handler wants to go.
static void go_where_wanted(Screen *screen) {
    const Mode wanted = screen->workbench.wanted;
    const ScreenKind *kind = screens_find(wanted);
    screen->workbench.wanted = 0;
    if (kind || wanted == MODE_HELP)
        show_help(screen, wanted == MODE_HELP);
    if (kind && kind != screen->workbench.kind)
        go_to(screen, kind);
}

static void close_screens(Screen *screen) {
    for (int i = 0; screens[i]; i++) {
        void *state = screen->states[screens[i]->number - 1];
        if (state)
            screens[i]->close(state);
    }
    if (screen->help_state)
        screen_help.close(screen->help_state);
}

// -- Actions of the workbench
// --------------------------------------------------------------------------

static void choose_screen(Screen *screen, int key) {
    const ScreenKind *kind = screens_find_number(key - '0');
    if (kind)
        screen->workbench.wanted = kind->mode;
    else
        workbench_say(&screen->workbench, "there is no screen %c", key);
}

static void next_screen(Screen *screen, int key) {
    (void)key;
    screen->workbench.wanted = screens_next(screen->workbench.kind, 1)->mode;
}

static void previous_screen(Screen *screen, int key) {
    (void)key;
    screen->workbench.wanted = screens_next(screen->workbench.kind, -1)->mode;
}

static void open_prompt(Screen *screen, int key) {
    (void)key;
    prompt_open(&screen->prompt);
}

static void open_filter(Screen *screen, int key) {
    (void)key;
    prompt_open(&screen->prompt);
    line_editor_replace(&screen->prompt.editor, 0, "filter ");
}

static void export_focus(Screen *screen, int key) {
    (void)key;
    screens_export(&screen->workbench, NULL, NULL);
}

static void export_all(Screen *screen, int key) {
    (void)key;
    screens_export_all(&screen->workbench);
}

static void redraw(Screen *screen, int key) {
    (void)key;
    screen->all = true;
}

static void help(Screen *screen, int key) {
    (void)key;
    show_help(screen, !screen->help);
}

static void quit(Screen *screen, int key) {
    (void)key;
    screen->quitting = true;
    TrainingThread *thread = screen->workbench.plan.thread;
    if (!thread)
        return;
    // Quitting again, after the thread has said that it could not save, leaves without.
    const bool unsaved = training_thread_state(thread) == TRAINING_UNSAVED;
    training_thread_send(thread, unsaved ? TRAINING_ABANDON : TRAINING_QUIT, signals_end());
    if (!unsaved)
        workbench_say(&screen->workbench, "saving");
}

static void (*const handlers[ACTION_COUNT])(Screen *, int key) = {
    [ACTION_QUIT] = quit,
    [ACTION_HELP] = help,
    [ACTION_SCREEN] = choose_screen,
    [ACTION_NEXT_SCREEN] = next_screen,
    [ACTION_PREVIOUS_SCREEN] = previous_screen,
    [ACTION_COMMAND] = open_prompt,
    [ACTION_FILTER] = open_filter,
    [ACTION_EXPORT] = export_focus,
    [ACTION_EXPORT_ALL] = export_all,
    [ACTION_REDRAW] = redraw,
};

bool screen_handles(Action action) {
    return (unsigned)action < ACTION_COUNT && handlers[action];
}

// -- Drawing
// ---------------------------------------------------------------------------------------

static bool fit_grid(Screen *screen) {
    Workbench *workbench = &screen->workbench;
    getmaxyx(stdscr, workbench->rows, workbench->columns);
    if (screen->grid.rows == workbench->rows && screen->grid.columns == workbench->columns)
        return true;
    cells_clear(&screen->grid);
    screen->all = true;
    return cells_init(&screen->grid, workbench->rows, workbench->columns);
}

static void draw_key_bar(Screen *screen, Scene *scene) {
    char lines[KEY_LINES][KEY_LINE];
    const char *pointers[KEY_LINES + 1];
    const size_t count = keys_bar(shown_kind(screen)->mode, lines);
    for (size_t i = 0; i < count; i++)
        pointers[i] = lines[i];
    pointers[count] = NULL;
    panel_keys(scene, pointers);
}

static void draw_last_row(Screen *screen) {
    const int row = screen->grid.rows - 1;
    Scene scene;
    scene_init(&scene, screen->grid.columns, 1);
    if (clock_seconds() < screen->workbench.message_until)
        scene_text_reversed(&scene, 0, 0.5, INK_FOCUS, screen->workbench.message);
    else
        draw_key_bar(screen, &scene);
    cells_blank_part(&screen->grid, row, 0, 1, screen->grid.columns);
    cells_draw(&screen->grid, row, 0, &scene, &screen->workbench.style);
    scene_clear(&scene);
}

static void draw(Screen *screen) {
    if (!fit_grid(screen))
        return;
    const bool small = is_too_small(screen);
    if (small)
        screen->prompt.open = false;
    cells_blank(&screen->grid);
    if (small && !screen->help)
        dashboard_draw_too_small(&screen->grid, &screen->workbench.style);
    else
        shown_kind(screen)->draw(shown_state(screen), &screen->workbench, &screen->grid);
    if (!small && screen->prompt.open)
        prompt_draw(&screen->prompt, &screen->grid, &screen->workbench.style);
    else if (!small)
        draw_last_row(screen);
    curses_back_end_show(&screen->back_end, &screen->grid, screen->all);
    screen->all = screen->workbench.changed = false;
    screen->drawn_at = clock_seconds();
}

// -- The loop
// --------------------------------------------------------------------------------------

static void look_at_messages(Screen *screen) {
    Workbench *workbench = &screen->workbench;
    TrainingThread *thread = workbench->plan.thread;
    char text[TRAINING_MESSAGE];
    if (thread && training_thread_message(thread, &screen->message_seen, text))
        workbench_say(workbench, "%s", text);
    if (thread && screen->quitting && training_thread_state(thread) == TRAINING_UNSAVED) {
        if (workbench->mode != MODE_TRAIN)
            workbench->wanted = MODE_TRAIN; // where s is
        go_where_wanted(screen);
        workbench_say(workbench,
                      "NOT SAVED (log.txt says why): s tries again, q leaves without saving");
    }
    if (workbench->message_until > 0 && clock_seconds() >= workbench->message_until) {
        workbench->message_until = 0;
        workbench->changed = true;
    }
}

static void tick(Screen *screen) {
    const ScreenKind *kind = shown_kind(screen);
    if (kind->tick && !is_too_small(screen) && kind->tick(shown_state(screen), &screen->workbench))
        screen->workbench.changed = true;
}

static Mode key_mode(const Screen *screen) {
    return screen->help ? MODE_HELP : is_too_small(screen) ? MODE_SMALL : screen->workbench.mode;
}

// Does what the key means here.
static void dispatch(Screen *screen, int key) {
    const KeyEntry *entry = keys_find(key, key_mode(screen));
    const ScreenKind *kind = shown_kind(screen);
    if (entry && handlers[entry->action])
        handlers[entry->action](screen, key);
    else if (entry && kind->handlers[entry->action])
        kind->handlers[entry->action](shown_state(screen), &screen->workbench, key);
}

// A command means what is seen: over a screen the help.
static void press_in_prompt(Screen *screen, int key) {
    Workbench *workbench = &screen->workbench;
    const ScreenKind *kind = workbench->kind;
    void *state = workbench->state;
    workbench->kind = shown_kind(screen);
    workbench->state = shown_state(screen);
    prompt_press(&screen->prompt, workbench, key);
    workbench->kind = kind;
    workbench->state = state;
}

static void press(Screen *screen, int key) {
    if (key == KEY_RESIZE) {
        screen->all = screen->workbench.changed = true;
        return;
    }
    screen->workbench.message_until = 0;
    screen->workbench.changed = true;
    if (screen->prompt.open)
        press_in_prompt(screen, key);
    else
        dispatch(screen, key);
    go_where_wanted(screen);
    if (screen->workbench.quit)
        quit(screen, 0);
    screen->workbench.quit = false;
}

static void read_keys(Screen *screen) {
    for (int key; (key = getch()) != ERR;)
        press(screen, key);
}

static void heed_signals(Screen *screen) {
    signals_heard();
    if (signals_take(SIGTSTP)) {
        terminal_suspend();
        screen->all = screen->workbench.changed = true;
    }
    if (signals_take(SIGCONT)) {
        terminal_take_again();
        screen->all = screen->workbench.changed = true;
    }
    if (signals_take(SIGWINCH))
        terminal_follow_size();
    if (signals_end() && !screen->quitting)
        quit(screen, 0);
}

// Waits for a key, a signal, or the time of the next frame.
static void wait_for_something(Screen *screen) {
    struct pollfd files[] = {{.fd = screen->gone ? -1 : STDIN_FILENO, .events = POLLIN},
                             {.fd = signals_file(), .events = POLLIN}};
    const double left = screen->drawn_at + frame_seconds - clock_seconds();
    const int milliseconds = left > 0 ? (int)(1000 * left) + 1 : (int)(1000 * frame_seconds);
    if (poll(files, 2, milliseconds) <= 0)
        return;
    if (files[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
        // The terminal has gone without a SIGHUP (nohup, or a debugger in between).
        screen->gone = true;
        raise(SIGHUP);
    }
}

static bool at_the_end(const Screen *screen) {
    if (!screen->quitting)
        return false;
    TrainingThread *thread = screen->workbench.plan.thread;
    if (!thread)
        return true;
    const TrainingState state = training_thread_state(thread);
    // With nobody there to decide, what could not be saved is given up.
    if (state == TRAINING_UNSAVED && signals_end())
        training_thread_send(thread, TRAINING_ABANDON, signals_end());
    return state == TRAINING_ENDED;
}

static void loop(Screen *screen) {
    while (!at_the_end(screen)) {
        workbench_look(&screen->workbench);
        look_at_messages(screen);
        tick(screen);
        if (screen->workbench.changed && !screen->gone)
            draw(screen);
        wait_for_something(screen);
        heed_signals(screen);
        if (!screen->gone)
            read_keys(screen);
    }
}

static void run(Screen *screen) {
    Workbench *workbench = &screen->workbench;
    const ScreenKind *first = screens_find(workbench->plan.first);
    workbench->style = curses_style(getenv("TERM"), !workbench->plan.colour);
    curses_back_end_init(&screen->back_end, &workbench->style);
    getmaxyx(stdscr, workbench->rows, workbench->columns);
    if (workbench->plan.watched)
        workbench_watch(workbench, workbench->plan.watched);
    workbench_look(workbench);
    prompt_init(&screen->prompt);
    if (go_to(screen, first ? first : screens[0]))
        loop(screen);
    prompt_clear(&screen->prompt);
    close_screens(screen);
    curses_back_end_clear(&screen->back_end);
    cells_clear(&screen->grid);
    workbench_clear(workbench);
}

bool screen_run(const ScreenPlan *plan, Status *status) {
    Screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return status_fail(status, STATUS_FAILURE, "no memory for the screen");
    screen->workbench.plan = *plan;
    screen->all = screen->workbench.changed = true;
    if (!terminal_open(status)) {
        free(screen);
        return false;
    }
    run(screen);
    terminal_close();
    const bool shown = screen->workbench.kind != NULL;
    free(screen);
    return shown || status_fail(status, STATUS_FAILURE, "no memory for the screen");
}
