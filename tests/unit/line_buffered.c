// Linked to every test program: what a test has said is in its log even if it is killed afterwards.
#include <stdio.h>

__attribute__((constructor)) static void buffer_by_line(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
}
