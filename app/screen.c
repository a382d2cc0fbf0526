#include "app/screen.h"

#include "app/signals.h"
#include "app/terminal.h"
#include "views/curses_back_end.h"
#include "views/dashboard.h"
#include "views/figure.h"

#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// 12 frames a second while the engine publishes; a message stays for six seconds.
static const double frame_seconds = 1.0 / 12;
static const double message_seconds = 6;

typedef struct {
    ScreenPlan plan;
    CursesBackEnd back_end;
    CellGrid grid;
    DashboardView view;
    Layout layout;
    const Snapshot *shown; // held while it is on the screen; NULL before the first
    Mode mode;
    int help_line; // first line of the help that is shown
    bool quitting; // the thread has been told
    bool gone;     // no terminal any more
    bool changed;  // something must be drawn
    bool all;      // everything must be drawn
    double drawn_at;
    char message[TRAINING_MESSAGE];
    double message_until;
    long message_seen;
} Screen;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void say(Screen *screen, const char *text) {
    snprintf(screen->message, sizeof screen->message, "%s", text);
    screen->message_until = now() + message_seconds;
    screen->changed = true;
}

// -- Actions
// ---------------------------------------------------------------------------------------

static void pause_or_go_on(Screen *screen, int key) {
    (void)key;
    const TrainingState state = training_thread_state(screen->plan.thread);
    if (state == TRAINING_RUNS) {
        training_thread_send(screen->plan.thread, TRAINING_PAUSE, 0);
        say(screen, "pausing");
    } else if (state == TRAINING_IS_PAUSED) {
        training_thread_send(screen->plan.thread, TRAINING_RESUME, 0);
    } else {
        say(screen, "training has ended");
    }
}

// A command to a thread that may have ended.
static void send_command(Screen *screen, TrainingCommand command, const char *said) {
    if (training_thread_state(screen->plan.thread) == TRAINING_ENDED) {
        say(screen, "training has ended and is saved");
        return;
    }
    training_thread_send(screen->plan.thread, command, 0);
    say(screen, said);
}

static void save_now(Screen *screen, int key) {
    (void)key;
    send_command(screen, TRAINING_SAVE, "saving after this outer step");
}

static void evaluate_now(Screen *screen, int key) {
    (void)key;
    send_command(screen, TRAINING_EVALUATE, "testing after this outer step");
}

static void export_panel(Screen *screen, PanelKind kind) {
    const char *name = panel_name(kind);
    if (!screen->shown || !name) {
        say(screen,
            name ? "nothing to export yet" : "this panel is no figure; Tab chooses another");
        return;
    }
    if (kind == PANEL_FILTERS && screen->shown->filters.units == 0) {
        say(screen, "no filters yet: they come with the first evaluation");
        return;
    }
    char path[PATH_MAX];
    char file[96];
    char text[TRAINING_MESSAGE];
    Status status;
    status_clear(&status);
    snprintf(file, sizeof file, "images/%s-%06ld.png", name, screen->shown->outer_step);
    if (run_directory_file(screen->plan.run, file, path, &status) &&
        dashboard_export(kind, screen->shown, &screen->view, path, 2, THEME_LIGHT, &status))
        snprintf(text, sizeof text, "exported %.200s", path);
    else
        snprintf(text, sizeof text, "%.250s", status.text);
    run_directory_log(screen->plan.run, text);
    say(screen, text);
}

static void export_filters(Screen *screen, int key) {
    (void)key;
    export_panel(screen, PANEL_FILTERS);
}

static void export_focus(Screen *screen, int key) {
    (void)key;
    export_panel(screen, screen->view.focus);
}

static void next_panel(Screen *screen, int key) {
    (void)key;
    screen->view.focus = dashboard_next_panel(&screen->layout, screen->view.focus, 1);
}

static void previous_panel(Screen *screen, int key) {
    (void)key;
    screen->view.focus = dashboard_next_panel(&screen->layout, screen->view.focus, -1);
}

static void choose_panel(Screen *screen, int key) {
    // The figures in the order in which Tab visits them.
    PanelKind kind = dashboard_next_panel(&screen->layout, PANEL_COUNT, 1);
    for (int number = '1'; number < key; number++)
        kind = dashboard_next_panel(&screen->layout, kind, 1);
    screen->view.focus = kind;
}

static void zoom(Screen *screen, int key) {
    (void)key;
    if (screen->view.focus == PANEL_COUNT)
        next_panel(screen, 0);
    screen->view.zoomed = !screen->view.zoomed;
}

static void log_y(Screen *screen, int key) {
    (void)key;
    ChartView *chart = screen->view.focus == PANEL_TRANSFER   ? &screen->view.transfer
                       : screen->view.focus == PANEL_GRADIENT ? &screen->view.gradient
                                                              : &screen->view.loss;
    chart->log_y = !chart->log_y;
}

static void step_item(Screen *screen, int direction) {
    const Snapshot *snapshot = screen->shown;
    const bool transfer = screen->view.focus == PANEL_TRANSFER;
    int *item = transfer ? &screen->view.held_out : &screen->view.histogram;
    const int count = !snapshot  ? 0
                      : transfer ? snapshot->held_out_count
                                 : snapshot->histogram_count;
    if (count > 0)
        *item = (*item + direction + count) % count;
}

static void next_item(Screen *screen, int key) {
    (void)key;
    step_item(screen, 1);
}

static void previous_item(Screen *screen, int key) {
    (void)key;
    step_item(screen, -1);
}

// The position that scrolling moves, and how far it may go.
static int *scroll_position(Screen *screen, int *most) {
    const Snapshot *snapshot = screen->shown;
    if (screen->mode == MODE_HELP) {
        size_t count;
        keys_table(&count);
        *most = (int)count;
        return &screen->help_line;
    }
    if (screen->view.focus == PANEL_FILTERS) {
        *most = snapshot ? snapshot->filters.units : 0;
        return &screen->view.first_unit;
    }
    *most = snapshot ? snapshot->worker_count : 0;
    return &screen->view.first_worker;
}

static void scroll_by(Screen *screen, int by) {
    int most;
    int *position = scroll_position(screen, &most);
    *position += by;
    if (*position > most - 1)
        *position = most - 1;
    if (*position < 0)
        *position = 0;
}

static void down(Screen *screen, int key) {
    scroll_by(screen, key == KEY_NPAGE ? 10 : 1);
}

static void up(Screen *screen, int key) {
    scroll_by(screen, key == KEY_PPAGE ? -10 : -1);
}

static void first(Screen *screen, int key) {
    (void)key;
    int most;
    *scroll_position(screen, &most) = 0;
}

static void back(Screen *screen, int key) {
    (void)key;
    if (screen->mode == MODE_HELP)
        screen->mode = MODE_TRAIN;
    else if (screen->view.zoomed)
        screen->view.zoomed = false;
    else
        screen->view.focus = PANEL_COUNT;
}

static void redraw(Screen *screen, int key) {
    (void)key;
    screen->all = true;
}

static void help(Screen *screen, int key) {
    (void)key;
    screen->mode = screen->mode == MODE_HELP ? MODE_TRAIN : MODE_HELP;
    screen->help_line = 0;
}

static void quit(Screen *screen, int key) {
    (void)key;
    // Quitting again, after the thread has said that it could not save, leaves without.
    const bool unsaved = training_thread_state(screen->plan.thread) == TRAINING_UNSAVED;
    training_thread_send(screen->plan.thread, unsaved ? TRAINING_ABANDON : TRAINING_QUIT,
                         signals_end());
    screen->quitting = true;
    if (!unsaved)
        say(screen, "saving");
}

static void (*const handlers[ACTION_COUNT])(Screen *, int key) = {
    [ACTION_PAUSE] = pause_or_go_on,
    [ACTION_SAVE] = save_now,
    [ACTION_EVALUATE] = evaluate_now,
    [ACTION_EXPORT_FILTERS] = export_filters,
    [ACTION_EXPORT_FOCUS] = export_focus,
    [ACTION_NEXT_PANEL] = next_panel,
    [ACTION_PREVIOUS_PANEL] = previous_panel,
    [ACTION_CHOOSE_PANEL] = choose_panel,
    [ACTION_ZOOM] = zoom,
    [ACTION_LOG_Y] = log_y,
    [ACTION_NEXT_ITEM] = next_item,
    [ACTION_PREVIOUS_ITEM] = previous_item,
    [ACTION_DOWN] = down,
    [ACTION_UP] = up,
    [ACTION_FIRST] = first,
    [ACTION_BACK] = back,
    [ACTION_REDRAW] = redraw,
    [ACTION_HELP] = help,
    [ACTION_QUIT] = quit,
};

bool screen_handles(Action action) {
    return (unsigned)action < ACTION_COUNT && handlers[action];
}

// -- Drawing
// ---------------------------------------------------------------------------------------

static bool fit_grid(Screen *screen) {
    int rows, columns;
    getmaxyx(stdscr, rows, columns);
    if (screen->grid.rows == rows && screen->grid.columns == columns)
        return true;
    cells_clear(&screen->grid);
    screen->all = true;
    return cells_init(&screen->grid, rows, columns);
}

// Fills pointers, ended by NULL, from lines.
static void point_at(const char *pointers[KEY_LINES + 1], char lines[KEY_LINES][KEY_LINE],
                     size_t count) {
    for (size_t i = 0; i < count; i++)
        pointers[i] = lines[i];
    pointers[count] = NULL;
}

static void draw_help(Screen *screen) {
    char lines[KEY_LINES][KEY_LINE];
    const char *pointers[KEY_LINES + 1];
    const size_t count = keys_help(lines);
    point_at(pointers, lines, count);
    Scene scene;
    scene_init(&scene, screen->grid.columns, screen->grid.rows);
    const Heading heading = {.rule = true};
    figure_page(&scene, &heading, "Keys", pointers, (int)count, screen->help_line);
    cells_blank(&screen->grid);
    cells_draw(&screen->grid, 0, 0, &scene, &screen->back_end.style);
    scene_clear(&scene);
}

static void draw_dashboard(Screen *screen) {
    char lines[KEY_LINES][KEY_LINE];
    const char *pointers[KEY_LINES + 1];
    point_at(pointers, lines, keys_bar(MODE_TRAIN, lines));
    dashboard_draw(&screen->grid, screen->shown, &screen->view, pointers, &screen->back_end.style,
                   &screen->layout);
    screen->mode = screen->layout.too_small ? MODE_SMALL : MODE_TRAIN;
}

// Over the key bar.
static void draw_message(Screen *screen) {
    if (now() >= screen->message_until || screen->layout.too_small)
        return;
    Scene scene;
    scene_init(&scene, screen->grid.columns, 1);
    scene_text_reversed(&scene, 0, 0.5, INK_FOCUS, screen->message);
    cells_blank_part(&screen->grid, screen->grid.rows - 1, 0, 1, screen->grid.columns);
    cells_draw(&screen->grid, screen->grid.rows - 1, 0, &scene, &screen->back_end.style);
    scene_clear(&scene);
}

static void draw(Screen *screen) {
    if (!fit_grid(screen))
        return;
    if (screen->mode == MODE_HELP)
        draw_help(screen);
    else
        draw_dashboard(screen);
    draw_message(screen);
    curses_back_end_show(&screen->back_end, &screen->grid, screen->all);
    screen->all = screen->changed = false;
    screen->drawn_at = now();
}

// -- The loop
// --------------------------------------------------------------------------------------

// The newest snapshot, if the one shown is no longer it.
static void look_at_board(Screen *screen) {
    const Snapshot *newest = snapshot_board_acquire(screen->plan.board);
    if (newest != screen->shown) {
        if (screen->shown)
            snapshot_release(screen->plan.board, screen->shown);
        screen->shown = newest;
        screen->changed = true;
    } else if (newest) {
        snapshot_release(screen->plan.board, newest);
    }
}

static void look_at_messages(Screen *screen) {
    char text[TRAINING_MESSAGE];
    if (training_thread_message(screen->plan.thread, &screen->message_seen, text))
        say(screen, text);
    if (screen->quitting && training_thread_state(screen->plan.thread) == TRAINING_UNSAVED)
        say(screen, "NOT SAVED (log.txt says why): s tries again, q leaves without saving");
    if (screen->message_until > 0 && now() >= screen->message_until) {
        screen->message_until = 0;
        screen->changed = true;
    }
}

static void press(Screen *screen, int key) {
    if (key == KEY_RESIZE) {
        screen->all = screen->changed = true;
        return;
    }
    const KeyEntry *entry = keys_find(key, screen->mode);
    screen->message_until = 0;
    screen->changed = true;
    if (entry)
        handlers[entry->action](screen, key);
}

static void read_keys(Screen *screen) {
    for (int key; (key = getch()) != ERR;)
        press(screen, key);
}

static void heed_signals(Screen *screen) {
    signals_heard();
    if (signals_take(SIGTSTP)) {
        terminal_suspend();
        screen->all = screen->changed = true;
    }
    if (signals_take(SIGCONT)) {
        terminal_take_again();
        screen->all = screen->changed = true;
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
    const double left = screen->drawn_at + frame_seconds - now();
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
    const TrainingState state = training_thread_state(screen->plan.thread);
    // With nobody there to decide, what could not be saved is given up.
    if (state == TRAINING_UNSAVED && signals_end())
        training_thread_send(screen->plan.thread, TRAINING_ABANDON, signals_end());
    return state == TRAINING_ENDED;
}

static void loop(Screen *screen) {
    while (!at_the_end(screen)) {
        look_at_board(screen);
        look_at_messages(screen);
        if (screen->changed && !screen->gone)
            draw(screen);
        wait_for_something(screen);
        heed_signals(screen);
        if (!screen->gone)
            read_keys(screen);
    }
}

bool screen_run(const ScreenPlan *plan, Status *status) {
    Screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return status_fail(status, STATUS_FAILURE, "no memory for the screen");
    screen->plan = *plan;
    screen->mode = MODE_TRAIN;
    screen->all = screen->changed = true;
    dashboard_view_init(&screen->view);
    if (!terminal_open(status)) {
        free(screen);
        return false;
    }
    const CellStyle style = curses_style(getenv("TERM"), !plan->colour);
    curses_back_end_init(&screen->back_end, &style);
    loop(screen);
    curses_back_end_clear(&screen->back_end);
    terminal_close();
    cells_clear(&screen->grid);
    if (screen->shown)
        snapshot_release(plan->board, screen->shown);
    free(screen);
    return true;
}
