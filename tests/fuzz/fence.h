// What keys under test must not do, and must not wait for.  The linker puts these functions in the
// place of the program's (--wrap, listed in the Makefile), so that the same input does the same
// every time, in milliseconds, and leaves nothing behind:
//
//   - whatever file would be written becomes one file in a temporary folder; no process is started;
//   - the clock stands still but for fence_pass_time;
//   - the threads of the Step screen and of the probe work while the event loop waits for them, so
//     they run one after the other (terminal/session.sh has them beside each other);
//   - an input may ask for so many pictures and computations, and after that the program is told
//     what it is told when too many wait.
#ifndef TESTS_FUZZ_FENCE_H
#define TESTS_FUZZ_FENCE_H

// From now on; until then everything is as it is in the program.  path: of the one file.
void fence_close(const char *path);

// A new input: nothing is used up.
void fence_begin_input(void);

void fence_pass_time(double seconds);

#endif
