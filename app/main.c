// rulesmith: reads the command line and hands over to one command.
#include "app/commands.h"
#include "app/heap.h"
#include "app/options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int run(int argc, char **argv) {
    Options options;
    Status status;
    status_clear(&status);
    int code;
    if (!options_parse(&options, argc, argv, &status)) {
        code = report_error(&status);
    } else if (options.help) {
        // `rulesmith --help` is about the program, `rulesmith train --help` about the command.
        options_print_help(stdout, argc > 1 && argv[1][0] != '-' ? options.command : NULL);
        code = STATUS_OK;
    } else if (options.version) {
        options_print_version(stdout);
        code = STATUS_OK;
    } else {
        code = options.command->run(&options);
    }
    options_clear(&options);
    return code;
}

// A closed stdin, stdout or stderr would be the number of the next file that is opened, and what is
// said would land in it.
static void open_standard_files(void) {
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) == -1 && errno == EBADF)
            open("/dev/null", file == STDIN_FILENO ? O_RDONLY : O_WRONLY);
    }
}

int main(int argc, char **argv) {
    heap_init();
    open_standard_files();
    const int code = run(argc, argv);
    // What could not be written (a full disk behind stdout) is a failure too.
    if (fflush(stdout) != 0 && code == STATUS_OK) {
        // Somebody who has left is not told; the same status as of a program that SIGPIPE ends.
        if (errno == EPIPE)
            return 128 + SIGPIPE;
        perror("rulesmith: stdout");
        return STATUS_FAILURE;
    }
    return code;
}
