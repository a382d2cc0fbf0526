// Panels of the Step screen that are lists, and the selected tensor.
#include "views/stepping_panels.h"

#include "views/nearest.h"
#include "views/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- lists ----

void stepping_stages(Scene *scene, const StepSnapshot *snapshot, const Heading *heading) {
    enum { STAGES = 7 * PHI_LAYERS + 5, COLUMNS = 2 };
    char names[STAGES][STAGE_NAME];
    const char *entries[STAGES * COLUMNS];
    const StepperPosition *at = &snapshot->at;
    for (int i = 0; i < at->stages; i++) {
        stage_name(snapshot->layers, stage_at(snapshot->layers, i), names[i]);
        entries[(ptrdiff_t)i * COLUMNS] = names[i];
        entries[(ptrdiff_t)i * COLUMNS + 1] = "";
    }
    const int room = (int)scene->height - 2;
    const Table table = {.title = "stages",
                         // The last column is for the mark of the selected row.
                         .columns = {{.name = "in the order of data", .least = 8}, {.name = " "}},
                         .column_count = COLUMNS,
                         .entries = entries,
                         .row_count = at->stages,
                         .first = at->stage - room / 2,
                         .selected = at->stage};
    figure_table(scene, heading, &table);
}

void stepping_points(Scene *scene, const StepSnapshot *snapshot, const Heading *heading) {
    enum { COLUMNS = 3, CELL = 32 };
    char numbers[DEBUGGER_POINTS][CELL], values[DEBUGGER_POINTS][CELL];
    const char *entries[DEBUGGER_POINTS * COLUMNS];
    for (int i = 0; i < snapshot->point_count; i++) {
        const StepPointRow *point = &snapshot->points[i];
        snprintf(numbers[i], CELL, "%d %s", point->number,
                 point->kind == POINT_BREAK ? "break" : "watch");
        if (point->known)
            format_number(values[i], CELL, point->value, 4);
        else
            snprintf(values[i], CELL, "-");
        entries[i * COLUMNS] = numbers[i];
        entries[i * COLUMNS + 1] = point->text;
        entries[i * COLUMNS + 2] = values[i];
    }
    const Table table = {.title = "points",
                         .empty = ":break nan",
                         .columns = {{.name = "point", .priority = 2},
                                     {.name = "expression", .least = 6, .priority = 0},
                                     {.name = "here", .align = ALIGN_RIGHT, .priority = 1}},
                         .column_count = COLUMNS,
                         .entries = entries,
                         .row_count = snapshot->point_count,
                         .selected = -1};
    figure_table(scene, heading, &table);
}

void stepping_tensors(Scene *scene, const StepSnapshot *snapshot, const Heading *heading) {
    enum { NON_FINITE = 7, COLUMNS = 9, CELL = 24 };
    static char none[] = "";
    const char *entries[STEPPER_TENSORS * COLUMNS];
    char(*cells)[CELL] = calloc((size_t)STEPPER_TENSORS * COLUMNS, sizeof *cells);
    Ink inks[STEPPER_TENSORS];
    if (!cells) {
        scene->failed = true;
        return;
    }
    for (int i = 0; i < snapshot->tensor_count; i++) {
        const StepTensorRow *row = &snapshot->tensors[i];
        const TensorStatistics *is = &row->statistics;
        const double numbers[NON_FINITE] = {0,       0, is->min, is->mean, is->max, is->deviation,
                                            is->norm};
        const char **entry = &entries[(ptrdiff_t)i * COLUMNS];
        entry[0] = row->name;
        entry[1] = row->shape;
        for (int c = 2; c < NON_FINITE; c++)
            entry[c] = format_number(cells[i * COLUMNS + c], CELL, numbers[c], 3);
        entry[NON_FINITE] =
            format_count(cells[i * COLUMNS + NON_FINITE], CELL, (long long)is->non_finite);
        entry[NON_FINITE + 1] = ""; // where the mark of the selected row stands
        inks[i] = is->non_finite > 0 ? INK_ERROR : INK_TEXT;
    }
    const Table table = {.title = "tensors of this stage",
                         .empty = none,
                         .columns = {{.name = "tensor", .least = 12},
                                     {.name = "shape", .priority = 3},
                                     {.name = "min", .align = ALIGN_RIGHT, .priority = 2},
                                     {.name = "mean", .align = ALIGN_RIGHT, .priority = 2},
                                     {.name = "max", .align = ALIGN_RIGHT, .priority = 2},
                                     {.name = "std", .align = ALIGN_RIGHT, .priority = 5},
                                     {.name = "norm", .align = ALIGN_RIGHT, .priority = 6},
                                     {.name = "NaN/Inf", .align = ALIGN_RIGHT, .priority = 1},
                                     {.name = " "}},
                         .column_count = COLUMNS,
                         .entries = entries,
                         .inks = inks,
                         .row_count = snapshot->tensor_count,
                         .first = snapshot->selected - ((int)scene->height - 2) / 2,
                         .selected = snapshot->selected};
    figure_table(scene, heading, &table);
    free(cells);
}

// ---- the selected tensor ----

// As rows and columns: a vector is one row, of three axes the last two lie side by side.
typedef struct {
    int rows, columns;
} Sheet;

static Sheet sheet_of(const TensorView *tensor) {
    const int rows = tensor->rank > 1 ? tensor->shape[0] : 1;
    return (Sheet){rows, rows > 0 ? (int)(tensor->count / (size_t)rows) : 0};
}

static float largest_magnitude(const float *values, size_t count) {
    float largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = isfinite(values[i]) ? fmaxf(largest, fabsf(values[i])) : largest;
    return largest;
}

// samples [down, across]: of the values under each the one with the largest magnitude, so that no
// extreme is lost, over `scale`; NaN where one of them is not finite.
static void pool(const float *values, Sheet sheet, int down, int across, float scale,
                 float *samples) {
    for (int y = 0; y < down; y++) {
        const int row = (int)((long)sheet.rows * y / down);
        const int last_row = (int)((long)sheet.rows * (y + 1) / down);
        for (int x = 0; x < across; x++) {
            const int column = (int)((long)sheet.columns * x / across);
            const int last_column = (int)((long)sheet.columns * (x + 1) / across);
            float best = 0;
            for (int r = row; r < last_row; r++) {
                for (int c = column; c < last_column; c++) {
                    const float value = values[(size_t)r * (size_t)sheet.columns + (size_t)c];
                    if (!isfinite(value))
                        best = NAN;
                    else if (fabsf(value) > fabsf(best))
                        best = value;
                }
            }
            samples[(size_t)y * (size_t)across + (size_t)x] = scale > 0 ? best / scale : best;
        }
    }
}

// A sheet smaller than the room is enlarged by a whole factor.
static int fit(int length, int room) {
    return length <= room ? length : room;
}

static void draw_picture(Scene *scene, const StepSnapshot *snapshot, Sheet sheet, float scale,
                         int detail) {
    const int room_across = (int)scene->width * detail;
    const int room_down = ((int)scene->height - 2) * 2 * detail;
    const int across = fit(sheet.columns, room_across), down = fit(sheet.rows, room_down);
    if (across < 1 || down < 1)
        return;
    float *samples = malloc((size_t)across * (size_t)down * sizeof *samples);
    if (!samples) {
        scene->failed = true;
        return;
    }
    pool(snapshot->values, sheet, down, across, scale, samples);
    int times = room_across / across;
    times = room_down / down < times ? room_down / down : times;
    const double width = (double)across * times / detail;
    const double height = (double)down * times / (2.0 * detail);
    scene_image(scene, (Box){0, 1, width, 1 + height}, MAP_DIVERGING, down, across, samples);
    free(samples);
}

void stepping_tensor_size(const StepSnapshot *snapshot, int detail, int *columns, int *rows) {
    enum { MOST_COLUMNS = 100, MOST_ROWS = 40, LEAST_COLUMNS = 30 };
    const Sheet sheet = sheet_of(&snapshot->tensor);
    const int across = fit(sheet.columns, MOST_COLUMNS * detail);
    const int down = fit(sheet.rows, MOST_ROWS * 2 * detail);
    int times = across > 0 ? MOST_COLUMNS * detail / across : 1;
    times =
        down > 0 && MOST_ROWS * 2 * detail / down < times ? MOST_ROWS * 2 * detail / down : times;
    *columns = (across * times + detail - 1) / detail;
    *columns = *columns < LEAST_COLUMNS ? LEAST_COLUMNS : *columns;
    *rows = (down * times + 2 * detail - 1) / (2 * detail) + 2;
}

// The index of a column: of three axes "b,c".
static void column_name(const TensorView *tensor, int column, char text[32]) {
    if (tensor->rank < 3 || tensor->shape[2] < 1)
        snprintf(text, 32, "%d", column);
    else
        snprintf(text, 32, "%d,%d", column / tensor->shape[2], column % tensor->shape[2]);
}

static void draw_table(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                       Sheet sheet) {
    enum { LABEL = 6, CELL = 10 };
    const int across = ((int)scene->width - LABEL) / CELL, down = (int)scene->height - 3;
    const int first_row = nearest_index(view->first_row, sheet.rows - 1);
    const int first_column = nearest_index(view->first_column, sheet.columns - 1);
    char text[32];
    for (int x = 0; x < across && first_column + x < sheet.columns; x++) {
        const double right = LABEL + (x + 1) * CELL;
        column_name(&snapshot->tensor, first_column + x, text);
        scene_text(scene, right, 1.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL, text);
        for (int y = 0; y < down && first_row + y < sheet.rows; y++) {
            const float value = snapshot->values[(size_t)(first_row + y) * (size_t)sheet.columns +
                                                 (size_t)(first_column + x)];
            scene_text(scene, right, y + 2.5, ALIGN_RIGHT, isfinite(value) ? INK_TEXT : INK_ERROR,
                       WEIGHT_NORMAL, format_number(text, sizeof text, (double)value, 4));
        }
    }
    for (int y = 0; y < down && first_row + y < sheet.rows; y++) {
        snprintf(text, sizeof text, "%d", first_row + y);
        scene_text(scene, LABEL - 1, y + 2.5, ALIGN_RIGHT, INK_DIM, WEIGHT_NORMAL, text);
    }
}

void stepping_tensor(Scene *scene, const StepSnapshot *snapshot, const SteppingView *view,
                     const Heading *heading, int detail) {
    const StepTensorRow *row = &snapshot->tensors[snapshot->selected];
    const Sheet sheet = sheet_of(&snapshot->tensor);
    const float scale = largest_magnitude(snapshot->values, snapshot->tensor.count);
    char note[96], bound[32], title[TENSOR_NAME + 8], fitted[96], alarm[48] = "";
    if (row->statistics.non_finite > 0)
        snprintf(alarm, sizeof alarm, "%zu not finite", row->statistics.non_finite);
    snprintf(title, sizeof title, "%s", row->name);
    figure_heading(scene, heading, title, alarm, row->shape);
    if (view->table)
        draw_table(scene, snapshot, view, sheet);
    else
        draw_picture(scene, snapshot, sheet, scale, detail);
    format_number(bound, sizeof bound, (double)scale, 3);
    snprintf(note, sizeof note, view->table ? "row, column; range -%s .. %s" : "-%s .. %s", bound,
             bound);
    text_fit(fitted, sizeof fitted, note, (int)scene->width);
    scene_text(scene, 0, scene->height - 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, fitted);
}
