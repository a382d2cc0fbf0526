#include "app/screen.h"

#include "app/front.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "engine/clock.h"
#include "views/curses_back_end.h"

#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

// 12 frames a second while the engine publishes.
static const double frame_seconds = 1.0 / 12;

typedef struct {
    Front front;
    CursesBackEnd back_end;
    CellGrid grid;
    bool gone; // no terminal any more
    double drawn_at;
} Screen;

// -- Drawing
// ---------------------------------------------------------------------------------------

static bool fit_grid(Screen *screen) {
    Workbench *workbench = &screen->front.workbench;
    getmaxyx(stdscr, workbench->rows, workbench->columns);
    if (screen->grid.rows == workbench->rows && screen->grid.columns == workbench->columns)
        return true;
    cells_clear(&screen->grid);
    screen->front.all = true;
    return cells_init(&screen->grid, workbench->rows, workbench->columns);
}

static void draw(Screen *screen) {
    if (!fit_grid(screen))
        return;
    const bool all = screen->front.all;
    front_draw(&screen->front, &screen->grid);
    curses_back_end_show(&screen->back_end, &screen->grid, all);
    screen->drawn_at = clock_seconds();
}

// -- The loop
// --------------------------------------------------------------------------------------

static void read_keys(Screen *screen) {
    for (int key; (key = getch()) != ERR;)
        front_press(&screen->front, key);
}

static void heed_signals(Screen *screen) {
    signals_heard();
    if (signals_take(SIGTSTP)) {
        terminal_suspend();
        screen->front.all = screen->front.workbench.changed = true;
    }
    if (signals_take(SIGCONT)) {
        terminal_take_again();
        screen->front.all = screen->front.workbench.changed = true;
    }
    if (signals_take(SIGWINCH))
        terminal_follow_size();
    if (signals_end() && !screen->front.quitting)
        front_quit(&screen->front);
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

static void loop(Screen *screen) {
    while (!front_at_end(&screen->front)) {
        front_tick(&screen->front);
        if (screen->front.workbench.changed && !screen->gone)
            draw(screen);
        wait_for_something(screen);
        heed_signals(screen);
        if (!screen->gone)
            read_keys(screen);
    }
}

static void run(Screen *screen) {
    Workbench *workbench = &screen->front.workbench;
    workbench->style = curses_style(getenv("TERM"), !workbench->plan.colour);
    curses_back_end_init(&screen->back_end, &workbench->style);
    getmaxyx(stdscr, workbench->rows, workbench->columns);
    if (front_begin(&screen->front))
        loop(screen);
    front_clear(&screen->front);
    curses_back_end_clear(&screen->back_end);
    cells_clear(&screen->grid);
}

bool screen_run(const ScreenPlan *plan, Status *status) {
    Screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return status_fail(status, STATUS_FAILURE, "no memory for the screen");
    if (!terminal_open(status)) {
        free(screen);
        return false;
    }
    front_init(&screen->front, plan);
    run(screen);
    terminal_close();
    const bool shown = screen->front.workbench.kind != NULL;
    free(screen);
    return shown || status_fail(status, STATUS_FAILURE, "no memory for the screen");
}
