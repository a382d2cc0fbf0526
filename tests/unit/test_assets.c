// Every asset in the tree is in the program, byte for byte, and under its own name only.
#include "engine/assets.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void compare_with_file(const EmbeddedAsset *asset, const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t i = 0; i < asset->size; i++) {
        int byte = fgetc(file);
        if (byte != asset->start[i]) {
            fail_msg("%s differs from its embedded copy at byte %zu", path, i);
        }
    }
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
    assert_int_equal(asset->start[asset->size], 0);
    assert_int_equal((uintptr_t)asset->start % 64, 0);
}

static void files_are_embedded(void **state) {
    (void)state;
    const char *patterns[] = {"assets/presets/*.ini", "assets/*.png", "assets/glyphs.txt",
                              "assets/rules/*.safetensors"};
    size_t files = 0;
    for (size_t i = 0; i < 4; i++) {
        glob_t found;
        if (glob(patterns[i], 0, NULL, &found) != 0) {
            continue;
        }
        for (size_t j = 0; j < found.gl_pathc; j++) {
            const EmbeddedAsset *asset = asset_find(found.gl_pathv[j] + strlen("assets/"));
            if (asset == NULL) {
                fail_msg("%s is not embedded", found.gl_pathv[j]);
                return;
            }
            compare_with_file(asset, found.gl_pathv[j]);
            files++;
        }
        globfree(&found);
    }
    assert_int_equal(files, embedded_asset_count);
}

static void names_are_sorted(void **state) {
    (void)state;
    for (size_t i = 1; i < embedded_asset_count; i++) {
        assert_true(strcmp(embedded_assets[i - 1].name, embedded_assets[i].name) < 0);
    }
}

static void unknown_names_are_not_found(void **state) {
    (void)state;
    assert_null(asset_find(""));
    assert_null(asset_find("presets/"));
    assert_null(asset_find("no such asset"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_embedded),
        cmocka_unit_test(names_are_sorted),
        cmocka_unit_test(unknown_names_are_not_found),
    };
    return cmocka_run_group_tests_name("assets", tests, NULL, NULL);
}
