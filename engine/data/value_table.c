#include "engine/data/value_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void value_table_init(ValueTable *table) {
    table->count = 0;
    memset(table->slot, -1, sizeof table->slot);
}

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

int value_table_code(ValueTable *table, float value) {
    value += 0.0F; // -0 becomes 0
    // Multiplication by an odd constant spreads the bits upwards (Knuth); the topmost ten count.
    uint32_t at = bits_of(value) * 2654435769U >> 22;
    while (table->slot[at] >= 0) {
        if (bits_of(table->value[table->slot[at]]) == bits_of(value))
            return table->slot[at];
        at = (at + 1) % VALUE_SLOTS;
    }
    if (table->count == DATASET_TABLE)
        return -1;
    table->slot[at] = (int16_t)table->count;
    table->value[table->count] = value;
    return table->count++;
}

bool dataset_pack(Dataset *dataset, Status *status) {
    const size_t numbers = (size_t)dataset->count * (size_t)dataset->width;
    assert(numbers > 0);
    ValueTable found;
    value_table_init(&found);
    for (size_t i = 0; i < numbers; i++)
        if (value_table_code(&found, dataset->values[i]) < 0)
            return true;
    uint8_t *bytes = malloc(numbers);
    float *table = calloc(DATASET_TABLE, sizeof *table);
    if (!bytes || !table) {
        free(bytes);
        free(table);
        return status_fail(status, STATUS_FAILURE, "data set %s: no memory for %zu bytes",
                           dataset->name, numbers);
    }
    for (size_t i = 0; i < numbers; i++)
        bytes[i] = (uint8_t)value_table_code(&found, dataset->values[i]);
    memcpy(table, found.value, (size_t)found.count * sizeof *table);
    free(dataset->values);
    dataset->values = NULL;
    dataset->pixels = bytes;
    dataset->table = table;
    return true;
}
