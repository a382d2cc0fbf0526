#include "app/screens.h"

const ScreenKind *const screens[] = {
    &screen_train,
    NULL,
};

const ScreenKind *screens_find(Mode mode) {
    for (int i = 0; screens[i]; i++) {
        if (screens[i]->mode == mode)
            return screens[i];
    }
    return NULL;
}

const ScreenKind *screens_find_number(int number) {
    for (int i = 0; screens[i]; i++) {
        if (screens[i]->number == number)
            return screens[i];
    }
    return NULL;
}

const ScreenKind *screens_next(const ScreenKind *kind, int direction) {
    int last = 0; // there is at least one
    int at = 0;
    for (int i = 0; screens[i]; i++) {
        last = i;
        at = screens[i] == kind ? i : at;
    }
    at += direction;
    return screens[at < 0 ? last : at > last ? 0 : at];
}
