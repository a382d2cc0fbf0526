#include "app/terminal.h"

#include "app/signals.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

enum { STACK_SIZE = 64 * 1024, CAUGHT_SHOWN = 64 * 1024 };

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { CRASHES = sizeof crashes / sizeof crashes[0] };

static struct {
    volatile sig_atomic_t up; // the screen is shown
    SCREEN *screen;
    struct termios modes; // as they were before
    char restore[512];    // what gives the terminal its normal screen back
    size_t restore_length;
    char last_words[512];
    int stderr_before; // the real stderr while it is caught, or -1
    int caught;        // what was written to it
    struct sigaction before[CRASHES];
    char *stack; // [STACK_SIZE] for the handler: the thread's own may be exhausted
} terminal = {.stderr_before = -1, .caught = -1};

bool terminal_check(Status *status) {
    static const char instead[] = "use --headless to train without a screen";
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return status_fail(status, STATUS_FAILURE, "%s is no terminal; %s",
                           isatty(STDIN_FILENO) ? "stdout" : "stdin", instead);
    const char *name = getenv("TERM");
    if (!name || !*name)
        return status_fail(status, STATUS_FAILURE, "TERM is not set; %s", instead);
    if (strcmp(name, "dumb") == 0)
        return status_fail(status, STATUS_FAILURE, "TERM=dumb cannot show a screen; %s", instead);
    int known;
    if (setupterm(name, STDOUT_FILENO, &known) != OK)
        return status_fail(status, STATUS_FAILURE, "TERM=%.64s is not known to terminfo; %s", name,
                           instead);
    del_curterm(cur_term);
    return true;
}

// -- Stray stderr
// ----------------------------------------------------------------------------------

static void catch_stderr(void) {
    if (!isatty(STDERR_FILENO))
        return;
    terminal.caught = memfd_create("stderr", MFD_CLOEXEC);
    terminal.stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (terminal.caught < 0 || terminal.stderr_before < 0)
        return;
    fflush(stderr);
    dup2(terminal.caught, STDERR_FILENO);
}

// Shows the end of what was caught.  May be called by a handler: read and write only.
static void show_caught(void) {
    if (terminal.caught < 0 || terminal.stderr_before < 0)
        return;
    dup2(terminal.stderr_before, STDERR_FILENO);
    const off_t size = lseek(terminal.caught, 0, SEEK_END);
    lseek(terminal.caught, size > CAUGHT_SHOWN ? size - CAUGHT_SHOWN : 0, SEEK_SET);
    char block[4096];
    for (ssize_t length; (length = read(terminal.caught, block, sizeof block)) > 0;) {
        if (write(STDERR_FILENO, block, (size_t)length) != length)
            break;
    }
}

static void release_stderr(void) {
    fflush(stderr);
    show_caught();
    if (terminal.caught >= 0)
        close(terminal.caught);
    if (terminal.stderr_before >= 0)
        close(terminal.stderr_before);
    terminal.caught = terminal.stderr_before = -1;
}

// -- Crashes
// ---------------------------------------------------------------------------------------

// Only calls that POSIX allows in a handler.
static void handle_crash(int number, siginfo_t *information, void *context) {
    (void)context;
    if (terminal.up) {
        terminal.up = 0;
        ssize_t written = write(STDOUT_FILENO, terminal.restore, terminal.restore_length);
        tcsetattr(STDOUT_FILENO, TCSANOW, &terminal.modes);
        show_caught();
        written += write(STDERR_FILENO, terminal.last_words, strlen(terminal.last_words));
        (void)written;
    }
    for (int i = 0; i < CRASHES; i++) {
        if (crashes[i] == number)
            sigaction(number, &terminal.before[i], NULL);
    }
    // A fault happens again on return; a signal that was sent must be sent again.
    if (information->si_code <= 0)
        raise(number);
}

static void install_crash_handlers(void) {
    terminal.stack = malloc(STACK_SIZE);
    if (terminal.stack) {
        const stack_t stack = {.ss_sp = terminal.stack, .ss_size = STACK_SIZE};
        sigaltstack(&stack, NULL);
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &action, &terminal.before[i]);
}

static void remove_crash_handlers(void) {
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &terminal.before[i], NULL);
    if (terminal.stack) {
        const stack_t none = {.ss_flags = SS_DISABLE};
        sigaltstack(&none, NULL);
        free(terminal.stack);
        terminal.stack = NULL;
    }
}

static int remember_character(int character) {
    if (terminal.restore_length < sizeof terminal.restore)
        terminal.restore[terminal.restore_length++] = (char)character;
    return character;
}

// Asks terminfo now what a handler will have to write later.
static void prepare_restore(void) {
    static const char *const names[] = {"sgr0", "rmkx", "cnorm", "rmcup"};
    terminal.restore_length = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *sequence = tigetstr(names[i]);
        if (sequence && sequence != (char *)-1)
            tputs(sequence, 1, remember_character);
    }
    remember_character('\r');
    remember_character('\n');
}

void terminal_set_last_words(const char *text) {
    snprintf(terminal.last_words, sizeof terminal.last_words, "%s", text);
}

// -- Opening and closing
// ---------------------------------------------------------------------------

static void set_modes(void) {
    if (!getenv("ESCDELAY"))
        set_escdelay(25);
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
}

bool terminal_open(Status *status) {
    // Characters as the locale says, but numbers in files always with a point.
    setlocale(LC_CTYPE, "");
    if (tcgetattr(STDOUT_FILENO, &terminal.modes) != 0)
        return status_fail(status, STATUS_FAILURE, "stdout: no terminal modes: %s",
                           strerror(errno));
    // Before newterm: curses leaves a SIGTSTP alone that has a handler by then.  Else it ignores
    // the signal during every refresh, and a Ctrl-Z at that moment is lost.
    signals_enter_screen();
    terminal.screen = newterm(NULL, stdout, stdin);
    if (!terminal.screen) {
        signals_leave_screen();
        return status_fail(status, STATUS_FAILURE, "the terminal cannot be opened");
    }
    set_modes();
    prepare_restore();
    catch_stderr();
    install_crash_handlers();
    terminal.up = 1;
    return true;
}

void terminal_close(void) {
    if (!terminal.screen)
        return;
    signals_leave_screen();
    curs_set(1);
    endwin();
    tcsetattr(STDOUT_FILENO, TCSANOW, &terminal.modes);
    terminal.up = 0;
    delscreen(terminal.screen);
    terminal.screen = NULL;
    release_stderr();
    remove_crash_handlers();
}

void terminal_take_again(void) {
    reset_prog_mode();
    terminal_follow_size();
    terminal.up = 1;
    clearok(curscr, TRUE);
    refresh();
    curs_set(0);
}

void terminal_suspend(void) {
    def_prog_mode();
    curs_set(1);
    endwin();
    terminal.up = 0;
    raise(SIGSTOP); // returns when the shell's fg continues the process
    signals_take(SIGCONT);
    terminal_take_again();
}

void terminal_follow_size(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}
