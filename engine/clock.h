// Time that only goes forward, for durations and deadlines; nothing that is computed depends on it.
#ifndef ENGINE_CLOCK_H
#define ENGINE_CLOCK_H

// Seconds since some moment before the program began.
double clock_seconds(void);

#endif
