#include "engine/assets.h"

#include <string.h>

const EmbeddedAsset *asset_find(const char *name) {
    for (size_t i = 0; i < embedded_asset_count; i++) {
        if (strcmp(embedded_assets[i].name, name) == 0) {
            return &embedded_assets[i];
        }
    }
    return NULL;
}
