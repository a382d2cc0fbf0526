#include "tests/unit/comma_locale.h"

#include "tests/unit/temporary_folder.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const installed[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8",
                                        "de_DE",       "fr_FR",      "ru_RU.UTF-8"};

static bool has_comma(const char *name) {
    return setlocale(LC_NUMERIC, name) && strcmp(localeconv()->decimal_point, ",") == 0;
}

// Only the numbers' part of a locale; localedef minds the others, and says so with its exit status.
static bool make_one(void) {
    const char *folder = temporary_folder();
    char command[3 * PATH_MAX];
    write_file(in_folder(folder, "source"), "LC_NUMERIC\n"
                                            "decimal_point \",\"\n"
                                            "thousands_sep \"\"\n"
                                            "grouping -1\n"
                                            "END LC_NUMERIC\n");
    snprintf(command, sizeof command, "localedef -c -i '%s/source' '%s/comma' >'%s/log' 2>&1",
             folder, folder, folder);
    const int ignored = system(command);
    (void)ignored;
    setenv("LOCPATH", folder, 1);
    return has_comma("comma");
}

bool comma_locale_begin(void) {
    for (size_t i = 0; i < sizeof installed / sizeof installed[0]; i++)
        if (has_comma(installed[i]))
            return true;
    return make_one();
}

void comma_locale_end(void) {
    setlocale(LC_NUMERIC, "C");
    unsetenv("LOCPATH");
}
