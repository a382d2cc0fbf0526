// What a rule file says of its training, as settings.
#ifndef APP_RULE_SETTINGS_H
#define APP_RULE_SETTINGS_H

#include "engine/settings.h"

// inner.rate, task.batch, evaluate.layers, evaluate.activation and evaluate.steps, those of them
// that the file's metadata has.  A value that settings refuse is an error.
bool rule_settings_take(Settings *settings, const char *path, Status *status);

#endif
