// Where the program keeps what is the user's and no run's, such as the history of commands:
// $XDG_STATE_HOME/rulesmith, or ~/.local/state/rulesmith where that is not set, empty or relative.
#ifndef APP_STATE_FOLDER_H
#define APP_STATE_FOLDER_H

#include <limits.h>
#include <stdbool.h>

// The path of a file there; makes the folders (0700) that are missing.  False if there is no place.
bool state_folder_file(const char *name, char path[PATH_MAX]);

#endif
