// How fast a key is answered, and what the screen costs, while the engine is at full load:
//
//     bench_screen PROGRAM [RUNS-FOLDER [ROUNDS [COLUMNS ROWS]]]
//
// runs `PROGRAM train` on a pseudo-terminal, goes round all screens and help, and takes for each
// key the time from its writing to the arrival of a text that only its answer contains.  The cost
// is the processor time of the program's first thread, which alone draws, over 30 seconds of the
// Train screen (/proc/PID/task/PID/stat).  RUNS-FOLDER gets the run; the more runs are in it, the
// more the Runs screen has to list.  Prints a table; nothing passes or fails.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READ = 1 << 16, MOST_ROUNDS = 1000 };
static const double deadline_seconds = 20, cost_seconds = 30;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

typedef struct {
    int terminal; // our end of the pseudo-terminal
    pid_t child;
} Program;

// A key, and words that only its answer writes.  One of them is enough: curses does not write what
// stands at a place already, so a word may arrive in parts.
enum { WORDS = 3 };
typedef struct {
    const char *name, *bytes, *answers[WORDS];
} Key;

static const Key keys[] = {
    {"2, Step", "2", {"copying", "phi_t", "truncation"}},
    {"Tab, Features", "\t", {"weights", "activations", "filmstrip"}},
    {"4, Embedding", "4", {"variance", "components", "embedding"}},
    {"5, Runs", "5", {"started", "ns in ", "state"}},
    {"?, help", "?", {"Keys", "On every screen", "Commands"}},
    {"Esc, back", "\033", {"started", "ns in ", "state"}},
    {"1, Train", "1", {"workers", "architecture", "held-out"}},
    {":scr Tab, completion", ":scr\t", {"screen", "creen", "reen"}},
    {"Esc, back", "\033", {"help", "quit", "F10"}},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static void fail(const char *what) {
    fprintf(stderr, "bench_screen: %s\n", what);
    exit(1);
}

static bool is_answer(const char *bytes, size_t used, const char *const answers[WORDS]) {
    for (int i = 0; i < WORDS; i++)
        if (memmem(bytes, used, answers[i], strlen(answers[i])))
            return true;
    return false;
}

// Reads what the program writes until an answer was in it; seconds since `since`, or -1.
static double wait_for(const Program *program, const char *const answers[WORDS], double since) {
    static char bytes[2 * READ];
    size_t used = 0;
    while (now() - since < deadline_seconds) {
        struct pollfd ready = {.fd = program->terminal, .events = POLLIN};
        if (poll(&ready, 1, 100) <= 0)
            continue;
        const ssize_t got = read(program->terminal, bytes + used, READ);
        if (got <= 0)
            return -1;
        used += (size_t)got;
        bytes[used] = '\0';
        if (is_answer(bytes, used, answers))
            return now() - since;
        if (used > READ) { // an answer may lie across two reads
            memmove(bytes, bytes + used - 256, 256);
            used = 256;
        }
    }
    return -1;
}

// Reads and forgets for so long.
static void drain(const Program *program, double seconds) {
    char bytes[READ];
    for (const double end = now() + seconds; now() < end;) {
        struct pollfd ready = {.fd = program->terminal, .events = POLLIN};
        if (poll(&ready, 1, 10) > 0 && read(program->terminal, bytes, sizeof bytes) <= 0)
            return;
    }
}

static Program start(const char *path, const char *folder, int columns, int rows) {
    Program program;
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    char run[512];
    snprintf(run, sizeof run, "%s/bench-screen-%ld", folder, (long)getpid());
    mkdir(folder, 0777);
    program.child = forkpty(&program.terminal, NULL, NULL, &size);
    if (program.child < 0)
        fail("no pseudo-terminal");
    if (program.child == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execl(path, path, "train", "--run", run, (char *)NULL);
        _exit(127);
    }
    return program;
}

// Processor seconds of the thread that draws.
static double drawing_seconds(pid_t child) {
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", child, child);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(text, sizeof text, file))
        fail("no /proc");
    fclose(file);
    const char *rest = strrchr(text, ')');
    if (!rest ||
        sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        fail("/proc/PID/task/PID/stat is not as expected");
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, double *seconds, int count) {
    qsort(seconds, (size_t)count, sizeof seconds[0], compare);
    printf("%-24s %6d %9.1f %9.1f %9.1f\n", name, count, 1e3 * seconds[count / 2],
           1e3 * seconds[(int)(0.95 * (count - 1))], 1e3 * seconds[count - 1]);
    fflush(stdout);
}

int main(int count, char **arguments) {
    static double seconds[KEYS][MOST_ROUNDS], all[KEYS * MOST_ROUNDS];
    if (count < 2)
        fail("expected PROGRAM [RUNS-FOLDER [ROUNDS [COLUMNS ROWS]]]");
    const char *folder = count > 2 ? arguments[2] : "/tmp/bench-screen";
    const int rounds = count > 3 ? atoi(arguments[3]) : 30;
    const int columns = count > 5 ? atoi(arguments[4]) : 160,
              rows = count > 5 ? atoi(arguments[5]) : 50;
    if (rounds < 1 || rounds > MOST_ROUNDS)
        fail("expected 1 to 1000 rounds");
    const Program program = start(arguments[1], folder, columns, rows);
    static const char *const ready[WORDS] = {"workers", "held-out", "log"};
    if (wait_for(&program, ready, now()) < 0)
        fail("the Train screen did not come");
    drain(&program, 10);

    for (int round = 0; round < rounds; round++) {
        for (int k = 0; k < KEYS; k++) {
            const double since = now();
            if (write(program.terminal, keys[k].bytes, strlen(keys[k].bytes)) < 0)
                fail("the program has gone");
            seconds[k][round] = wait_for(&program, keys[k].answers, since);
            if (seconds[k][round] < 0) {
                fprintf(stderr, "bench_screen: no answer to %s\n", keys[k].name);
                kill(program.child, SIGTERM);
                return 1;
            }
            drain(&program, 0.3);
        }
    }
    printf("%dx%d, training at full load\n%-24s %6s %9s %9s %9s\n", columns, rows,
           "ms from key to answer", "keys", "median", "95 %", "most");
    for (int k = 0; k < KEYS; k++) {
        memcpy(&all[k * rounds], seconds[k], (size_t)rounds * sizeof all[0]);
        report(keys[k].name, seconds[k], rounds);
    }
    report("all", all, KEYS * rounds);

    const double cpu = drawing_seconds(program.child), since = now();
    drain(&program, cost_seconds);
    printf("the thread that draws: %.1f %% of a core\n",
           100 * (drawing_seconds(program.child) - cpu) / (now() - since));
    if (write(program.terminal, "q", 1) == 1)
        drain(&program, 3);
    kill(program.child, SIGTERM);
    waitpid(program.child, NULL, 0);
    return 0;
}
