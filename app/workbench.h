// What all screens of the workbench share: the running training, its newest snapshot, the window,
// the message line.  front.h holds it; a screen gets it with every call (screens.h).
//
// One thread (the one that runs the event loop) makes all calls.
#ifndef APP_WORKBENCH_H
#define APP_WORKBENCH_H

#include "app/keys.h"
#include "app/run_directory.h"
#include "app/training_thread.h"
#include "app/watch.h"
#include "engine/settings.h"
#include "engine/snapshot.h"
#include "views/cells.h"

#include <stdbool.h>

// What a workbench is opened on; borrowed.
typedef struct {
    TrainingThread *thread; // NULL: this process trains nothing
    SnapshotBoard *board;   // NULL: there are no snapshots
    const RunDirectory *run;
    const Settings *settings;           // as the session began
    const struct StepOpening *stepping; // what the Step screen begins with; NULL: a copy of the
                                        // training, or the run's rule
    const char *data_path;              // --data-path, or NULL
    Mode first;                         // the screen shown first; 0: Train
    bool colour;                        // false: NO_COLOR or --color=never
    const char *watched;                // a run shown at first instead of one's own, or NULL
    const char *runs_folder;            // of the Runs screen; NULL: where the run lies
} ScreenPlan;

enum { WORKBENCH_MESSAGE = 1536 }; // room for any setting and its help

struct ScreenKind; // screens.h

typedef struct {
    ScreenPlan plan;
    CellStyle style;            // what the terminal can show
    Watch *watch;               // shown instead of one's own training, or NULL
    SnapshotBoard *shown_board; // that `snapshot` is of

    // Constant during one call of a screen.
    Mode mode;                     // of the screen that is shown (or lies under the help)
    const struct ScreenKind *kind; // that screen
    void *state;                   // and its state
    const Snapshot *snapshot;      // the newest, or NULL; gone after the call
    int rows, columns;             // of the window; the last row is not the screen's

    bool changed; // set it when something must be drawn; handling a key sets it by itself
    Mode wanted;  // set it to the mode of a screen, or MODE_HELP, to go there after the call
    bool quit;    // set it to leave

    char message[WORKBENCH_MESSAGE];
    double message_until; // of clock_seconds
} Workbench;

// Over the key bar and, if it is long, the rows above it, for some seconds or until the next key.
__attribute__((format(printf, 2, 3))) void workbench_say(Workbench *workbench, const char *format,
                                                         ...);

// The newest snapshot, if the one shown is no longer it.  For the event loop alone, as is the next.
void workbench_look(Workbench *workbench);
void workbench_clear(Workbench *workbench);

// Shows another run, which is only watched, instead of one's own; NULL: one's own again.  The
// snapshot is gone after it.  False, with a message, if folder is no run.
bool workbench_watch(Workbench *workbench, const char *folder);

// The run that is shown, or NULL.
const RunDirectory *workbench_run(const Workbench *workbench);

// Its settings, one's own as the session began; NULL where they are not known.  Another look at a
// watched run may change them.
const Settings *workbench_settings(const Workbench *workbench);

// Commands to the training, each with its answer on the message line.  Without a training that
// could obey they say so.
void workbench_pause_or_go_on(Workbench *workbench);
void workbench_pause(Workbench *workbench);
void workbench_resume(Workbench *workbench);
void workbench_save(Workbench *workbench);
void workbench_evaluate(Workbench *workbench);
void workbench_set(Workbench *workbench, const char *assignment); // "section.key=value"

#endif
