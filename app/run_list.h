// The run directories under a folder, each with a reader of its own, found again and again: new
// runs appear, deleted ones go, those that stay keep what was read of them.
//
// One thread uses a RunList.
#ifndef APP_RUN_LIST_H
#define APP_RUN_LIST_H

#include "app/run_reader.h"

enum {
    RUN_LIST_MOST = 512,      // runs; of more the rest is left out
    RUN_LIST_DEPTH = 3,       // folders below the folder
    RUN_LIST_ENTRIES = 20000, // files and folders looked at; of more the rest is left out
    RUN_LIST_TAIL = 16384,    // bytes of metrics that are read of each at first
};

typedef struct {
    char folder[PATH_MAX];
    int count;
    RunReader *readers[RUN_LIST_MOST]; // by path, bytewise; owned
    bool more;                         // there may be more than these
} RunList;

void run_list_init(RunList *list, const char *folder);
void run_list_clear(RunList *list);

// Finds the runs anew: folder itself if it is one, else those below it, symbolic links not
// followed. *changed tells whether runs came or went.  Fails if folder cannot be read.
bool run_list_scan(RunList *list, bool *changed, Status *status);

// A look at every run; true if there is news.
bool run_list_look(RunList *list);

// The last point of each kind, or NULL.
const OuterPoint *run_last_outer(const RunReader *reader);
const EvaluationPoint *run_last_evaluation(const RunReader *reader);

// The accuracy after all inner steps on the first held-out set in the last evaluation; NaN unknown.
double run_last_accuracy(const RunReader *reader);

// The run's name: its path without the list's folder; returns a part of the reader's path.
const char *run_list_name(const RunList *list, const RunReader *reader);

#endif
