// rulesmith bench --data: how long data sets take to load, and what they take in memory.
#ifndef APP_BENCH_DATA_H
#define APP_BENCH_DATA_H

#include "app/options.h"

#include <stdbool.h>

// Loads each of options->data several times and tells as text or JSON on stdout.
bool bench_data(const Options *options, Status *status);

#endif
