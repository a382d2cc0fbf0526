#include "tests/unit/settings_text.h"

#include "tests/unit/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool settings_from(Settings *settings, const char *text, Status *status) {
    settings_default(settings);
    return settings_read_text(settings, "my.ini", text, strlen(text), status);
}

void expect_texts_refused(const RefusedText *refused, size_t count) {
    for (size_t i = 0; i < count; i++) {
        Settings settings, before;
        Status status = {0};
        settings_default(&before);
        assert_false(settings_from(&settings, refused[i].text, &status));
        expect_text(&status, STATUS_BAD_DATA, refused[i].part);
        assert_memory_equal(&settings, &before, sizeof settings);
    }
}

char *settings_written(const Settings *settings) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_true(settings_write(settings, stream));
    assert_int_equal(fclose(stream), 0);
    return text;
}

void expect_round_trip(const Settings *settings) {
    Settings again;
    Status status;
    char *text = settings_written(settings);
    settings_default(&again);
    if (!settings_read_text(&again, "written", text, strlen(text), &status))
        fail_msg("%s", status.text);
    assert_memory_equal(settings, &again, sizeof again);
    free(text);
}
