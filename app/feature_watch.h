// What the Features and Embedding screens have in common: a probe on the run that is shown, what it
// has answered so far, and whether newer rules of the run are followed.
#ifndef APP_FEATURE_WATCH_H
#define APP_FEATURE_WATCH_H

#include "app/probe.h"
#include "app/workbench.h"
#include "engine/filmstrip.h"
#include "views/feature_view.h"

#include <time.h>

typedef struct {
    RunDirectory run;  // looked at; path "": there is none
    Settings settings; // of the run, if has_settings
    bool has_settings;
    Probe *probe;       // NULL: there is nothing to look at
    Features *features; // NULL before the first answer
    Filmstrip filmstrip;
    bool wants_film;          // the filmstrip is looked at
    bool held;                // newer rules are not followed
    char data[SETTINGS_TEXT]; // a SPEC; "": the run's first held-out data set
    char rule[PATH_MAX];      // that the features are of, or will be
    struct timespec written;  // and when it was
    bool stale;               // the features are of another rule or other data than wanted
    bool no_more_frames;      // when last looked
    double looked_at;         // for newer rules
    Status trouble;           // of the last answer; STATUS_OK: none
} FeatureWatch;

void feature_watch_init(FeatureWatch *watch);
void feature_watch_clear(FeatureWatch *watch);

// Goes to the run that is shown.  True if that is another one than before: everything is forgotten.
bool feature_watch_go_to_run(FeatureWatch *watch, const Workbench *workbench);

// Takes answers and asks for what is missing.  True if something has changed.
bool feature_watch_tick(FeatureWatch *watch);

// Newer rules are followed, or no longer.
void feature_watch_hold(FeatureWatch *watch, bool held);

// Another data set: everything is computed anew.
void feature_watch_data(FeatureWatch *watch, const char *data);

// For the views.  empty [size]: room for the sentence.
FeatureData feature_watch_shown(const FeatureWatch *watch, char *empty, size_t size);

// What is followed, what is computed, what went wrong: the note behind the tabs.
void feature_watch_note(const FeatureWatch *watch, char *note, size_t size);

#endif
