// Settings from anything: what is accepted writes a file that reads back to the same bytes.
#include "engine/settings.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool promised) {
    if (!promised)
        abort();
}

static void expect_round_trip(const Settings *settings) {
    Settings again;
    Status status;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    insist(stream && settings_write(settings, stream));
    fclose(stream);
    settings_default(&again);
    insist(settings_read_text(&again, "written", text, size, &status));
    insist(memcmp(settings, &again, sizeof again) == 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Settings settings, before;
    Status status;
    settings_default(&settings);
    before = settings;
    status_clear(&status);
    if (settings_read_text(&settings, "fuzz", (const char *)data, size, &status)) {
        settings_check(&settings, &status);
        expect_round_trip(&settings);
    } else {
        insist(status.code == STATUS_BAD_DATA && strncmp(status.text, "fuzz:", 5) == 0);
        insist(memcmp(&settings, &before, sizeof before) == 0);
    }
    // The same bytes as --set takes them.
    char *assignment = calloc(size + 1, 1);
    insist(assignment != NULL);
    if (size > 0)
        memcpy(assignment, data, size);
    if (settings_assign(&settings, assignment, "--set", &status))
        expect_round_trip(&settings);
    else
        insist(status.code == STATUS_USAGE || status.code == STATUS_BAD_DATA);
    free(assignment);
    return 0;
}
