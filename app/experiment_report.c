#include "app/experiment_report.h"

#include "app/experiment_pictures.h"
#include "app/transfer_report.h"
#include "engine/statistics.h"
#include "views/figure.h"
#include "views/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 1000, CURVES_WIDTH = 100, CURVES_HEIGHT = 24, BARS_WIDTH = 96 };

// ---- values ----

// Any score of the entry that is done, or NULL.
static const TransferScore *any_score(const ExperimentRun *run, const ExperimentEntry *entry) {
    for (int seed = 0; seed < experiment_seeds(run); seed++) {
        const int item = experiment_item(run, entry->lot, seed);
        if (run->done[item])
            return experiment_score(run, item);
    }
    return NULL;
}

// Accuracy by ridge regression with the most shots, summed over the seeds that are done.
static double sum_at(const ExperimentRun *run, int lot, int mark) {
    const int shot = transfer_most_shots(&run->inputs.plan);
    double sum = 0;
    for (int seed = 0; seed < experiment_seeds(run); seed++) {
        const int item = experiment_item(run, lot, seed);
        if (run->done[item])
            sum += experiment_score(run, item)[shot].mark[mark].accuracy[CLASSIFIER_RIDGE];
    }
    return sum;
}

// The index of the mark that an entry tells; needs a score.
static int mark_of(const ExperimentRun *run, const ExperimentEntry *entry) {
    const int marks = any_score(run, entry)->marks;
    if (entry->mark != MARK_BEST)
        return entry->mark == MARK_LAST || entry->mark >= marks ? marks - 1 : entry->mark;
    double greatest = -INFINITY; // which a mark that is not finite does not exceed
    int best = 0;
    for (int mark = 0; mark < marks; mark++) {
        const double sum = sum_at(run, entry->lot, mark);
        if (sum > greatest) {
            greatest = sum;
            best = mark;
        }
    }
    return best;
}

static double value_of(const ExperimentRun *run, const ExperimentEntry *entry,
                       const TransferMark *mark, ClassifierKind kind) {
    switch (run->panel[entry->panel].measure) {
    case MEASURE_LOSS:
        return mark->loss;
    case MEASURE_EXPLAINED:
        return mark->look.explained[(int)entry->x - 1];
    case MEASURE_DIMENSIONS:
        return mark->look.dimensions;
    case MEASURE_SMOOTHNESS:
        return mark->look.smoothness;
    case MEASURE_ACCURACY:
    case MEASURES:
        break;
    }
    return mark->accuracy[kind];
}

// Of the seeds that are done; returns how many.  kind is of no account but for an accuracy.
static int values_of(const ExperimentRun *run, const ExperimentEntry *entry, int shot,
                     ClassifierKind kind, double values[SEEDS]) {
    if (!any_score(run, entry))
        return 0;
    const int told = mark_of(run, entry);
    int count = 0;
    for (int seed = 0; seed < experiment_seeds(run) && count < SEEDS; seed++) {
        const int item = experiment_item(run, entry->lot, seed);
        if (!run->done[item])
            continue;
        const TransferMark *mark = &experiment_score(run, item)[shot].mark[told];
        values[count++] = value_of(run, entry, mark, kind);
    }
    return count;
}

static TransferFigure figure_of(const ExperimentRun *run, const ExperimentEntry *entry, int shot,
                                ClassifierKind kind) {
    double values[SEEDS];
    TransferFigure figure = {NAN, NAN};
    const int count = values_of(run, entry, shot, kind, values);
    if (count > 0)
        mean_and_error(count, values, 1, &figure.mean, &figure.error);
    return figure;
}

static TransferFigure shown_figure(const ExperimentRun *run, const ExperimentEntry *entry) {
    return figure_of(run, entry, transfer_most_shots(&run->inputs.plan), CLASSIFIER_RIDGE);
}

// ---- the entries of a panel as a grid ----

// Series and points in the order of their first entries; entry [point][series], NULL: none.
typedef struct {
    int series_count, point_count;
    const char *series[CHART_SERIES], *point[2 * EXPERIMENT_POINTS];
    const ExperimentEntry *entry[2 * EXPERIMENT_POINTS][CHART_SERIES];
} Grid;

static int index_of(const char *name, const char **names, int *count, int most) {
    for (int i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    if (*count == most)
        return most - 1;
    names[*count] = name;
    return (*count)++;
}

static void grid_init(Grid *grid, const ExperimentRun *run, int panel) {
    *grid = (Grid){0};
    for (int i = 0; i < run->entry_count; i++) {
        const ExperimentEntry *entry = &run->entry[i];
        if (entry->panel != panel)
            continue;
        const int series = index_of(entry->series, grid->series, &grid->series_count, CHART_SERIES);
        const int point =
            index_of(entry->point, grid->point, &grid->point_count, 2 * EXPERIMENT_POINTS);
        grid->entry[point][series] = entry;
    }
}

// ---- tables ----

// For JSON, and for people.
static const struct {
    const char *key, *axis;
} measures[MEASURES] = {
    [MEASURE_ACCURACY] = {"accuracy", "accuracy"},
    [MEASURE_LOSS] = {"loss", "loss"},
    [MEASURE_EXPLAINED] = {"explained", "share of the variance"},
    [MEASURE_DIMENSIONS] = {"dimensions", "dimensions"},
    [MEASURE_SMOOTHNESS] = {"smoothness", "correlation of neighbours"},
};

static void print_table(const ExperimentRun *run, int index, FILE *stream) {
    const ExperimentPanel *panel = &run->panel[index];
    const char *x_name = panel->x_name ? panel->x_name : "";
    Grid grid;
    grid_init(&grid, run, index);
    int width = text_width(x_name) > 20 ? text_width(x_name) : 20;
    for (int p = 0; p < grid.point_count; p++)
        width = text_width(grid.point[p]) > width ? text_width(grid.point[p]) : width;
    fprintf(stream, "\n%s\n%-*s", panel->title, width, x_name);
    for (int s = 0; s < grid.series_count; s++)
        fprintf(stream, "  %-20.20s", grid.series[s]);
    fputc('\n', stream);
    for (int p = 0; p < grid.point_count; p++) {
        fprintf(stream, "%-*s", width, grid.point[p]);
        for (int s = 0; s < grid.series_count; s++) {
            if (grid.entry[p][s])
                transfer_print_figure(shown_figure(run, grid.entry[p][s]), stream);
            else
                fprintf(stream, "  %-18s", "");
            fprintf(stream, "  ");
        }
        fputc('\n', stream);
    }
}

void experiment_print_tables(const ExperimentRun *run, FILE *stream) {
    const TransferPlan *plan = &run->inputs.plan;
    int items = run->lot_count * plan->seeds, done = 0;
    for (int item = 0; item < items; item++)
        done += run->done[item];
    fprintf(stream, "%s: %s\nrule %s\n", run->experiment->name, run->experiment->help,
            run->inputs.rule_name);
    fprintf(stream, "mean of %d seeds +- standard error; ridge regression on %d of a class\n",
            plan->seeds, plan->shots[transfer_most_shots(plan)]);
    if (done < items)
        fprintf(stream, "NOT WHOLE: %d of %d measurements are done\n", done, items);
    for (int panel = 0; panel < run->panel_count; panel++)
        if (!run->panel[panel].picture)
            print_table(run, panel, stream);
}

// ---- JSON ----

static void add_result(cJSON *results, const ExperimentRun *run, const ExperimentEntry *entry,
                       int shot, ClassifierKind kind) {
    double values[SEEDS];
    const TransferFigure figure = figure_of(run, entry, shot, kind);
    const int count = values_of(run, entry, shot, kind, values);
    cJSON *result = cJSON_CreateObject();
    json_add_number(result, "accuracy_mean", figure.mean);
    json_add_number(result, "accuracy_stderr", figure.error);
    json_add_number(result, "few_shot_per_class", run->inputs.plan.shots[shot]);
    json_add_text(result, "classifier", classifier_name(kind));
    cJSON *each = cJSON_AddArrayToObject(result, "accuracies");
    for (int i = 0; i < count; i++)
        json_append_number(each, values[i]);
    cJSON_AddItemToArray(results, result);
}

static cJSON *entry_json(const ExperimentRun *run, const ExperimentEntry *entry) {
    const ExperimentPanel *panel = &run->panel[entry->panel];
    const ExperimentLot *lot = &run->lot[entry->lot];
    const TransferScore *score = any_score(run, entry);
    const TransferFigure figure = shown_figure(run, entry);
    double values[SEEDS];
    char text[160];
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "series", entry->series);
    json_add_text(object, "point", entry->point);
    if (panel->x_name)
        json_add_number(object, "x", entry->x);
    snprintf(text, sizeof text, "%s_mean", measures[panel->measure].key);
    json_add_number(object, text, figure.mean);
    snprintf(text, sizeof text, "%s_stderr", measures[panel->measure].key);
    json_add_number(object, text, figure.error);
    json_add_number(object, "seeds", values_of(run, entry, 0, CLASSIFIER_RIDGE, values));
    json_add_text(object, "method", lot->method->name);
    json_add_text(object, "data", run->inputs.spec[lot->dataset]);
    transfer_describe_base_model(&lot->learning, &run->inputs.dataset[lot->dataset], text,
                                 sizeof text);
    json_add_text(object, "base_model", text);
    json_add_number(object, "inner_steps", score ? score->mark[mark_of(run, entry)].step : NAN);
    if (panel->measure != MEASURE_ACCURACY)
        return object;
    cJSON *results = cJSON_AddArrayToObject(object, "results");
    for (int shot = 0; shot < run->inputs.plan.shot_count; shot++)
        for (int kind = 0; kind < CLASSIFIERS; kind++)
            add_result(results, run, entry, shot, (ClassifierKind)kind);
    return object;
}

cJSON *experiment_json(const ExperimentRun *run) {
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "experiment", run->experiment->name);
    json_add_text(object, "rule", run->inputs.rule_name);
    cJSON *panels = cJSON_AddArrayToObject(object, "panels");
    for (int p = 0; p < run->panel_count; p++) {
        if (run->panel[p].picture)
            continue;
        cJSON *panel = cJSON_CreateObject();
        json_add_text(panel, "title", run->panel[p].title);
        cJSON *entries = cJSON_AddArrayToObject(panel, "values");
        for (int i = 0; i < run->entry_count; i++)
            if (run->entry[i].panel == p)
                cJSON_AddItemToArray(entries, entry_json(run, &run->entry[i]));
        cJSON_AddItemToArray(panels, panel);
    }
    return object;
}

// ---- figure ----

typedef struct {
    double x[2 * EXPERIMENT_POINTS], y[2 * EXPERIMENT_POINTS], error[2 * EXPERIMENT_POINTS];
} Curve;

static bool draw_curves(Scene *scene, const ExperimentRun *run, int index) {
    const ExperimentPanel *panel = &run->panel[index];
    const Heading heading = {0};
    const ChartView view = {.log_x = panel->log_x};
    Grid grid;
    grid_init(&grid, run, index);
    Curve *curve = calloc(CHART_SERIES, sizeof *curve);
    if (!curve)
        return false;
    Chart chart = {.title = panel->title,
                   .x_name = panel->x_name,
                   .y_name = measures[panel->measure].axis,
                   .empty = "nothing is measured yet",
                   .series_count = grid.series_count,
                   .x_whole = true};
    if (panel->measure == MEASURE_ACCURACY || panel->measure == MEASURE_EXPLAINED)
        chart.y_limit_high = 1;
    for (int s = 0; s < grid.series_count; s++) {
        Curve *at = &curve[s];
        size_t count = 0;
        for (int p = 0; p < grid.point_count; p++) {
            const ExperimentEntry *entry = grid.entry[p][s];
            if (!entry || !any_score(run, entry))
                continue;
            const TransferFigure figure = shown_figure(run, entry);
            at->x[count] = entry->x;
            at->y[count] = figure.mean;
            at->error[count++] = figure.error;
        }
        chart.series[s] = (Series){.name = grid.series[s],
                                   .letter = (char)('a' + s),
                                   .x = at->x,
                                   .y = at->y,
                                   .error = at->error,
                                   .count = count,
                                   .ink = (Ink)(INK_CURVE_1 + s % CURVE_INKS),
                                   .points = true};
    }
    scene_init(scene, CURVES_WIDTH, CURVES_HEIGHT);
    figure_chart(scene, &heading, &chart, &view);
    free(curve);
    return true;
}

static bool draw_bars(Scene *scene, const ExperimentRun *run, int index) {
    const ExperimentPanel *panel = &run->panel[index];
    const Heading heading = {0};
    Grid grid;
    grid_init(&grid, run, index);
    Bars *bars = calloc(1, sizeof *bars);
    if (!bars)
        return false;
    bars->title = panel->title;
    bars->axis = measures[panel->measure].axis;
    bars->empty = "nothing is measured yet";
    bars->group_count = grid.point_count < BAR_GROUPS ? grid.point_count : BAR_GROUPS;
    bars->series_count = grid.series_count < BAR_SERIES ? grid.series_count : BAR_SERIES;
    for (int s = 0; s < bars->series_count; s++) {
        bars->series[s] = grid.series[s];
        for (int g = 0; g < bars->group_count; g++) {
            const TransferFigure figure =
                grid.entry[g][s] ? shown_figure(run, grid.entry[g][s]) : (TransferFigure){NAN, NAN};
            bars->group[g] = grid.point[g];
            bars->value[g][s] = figure.mean;
            bars->error[g][s] = figure.error;
        }
    }
    scene_init(scene, BARS_WIDTH, bars_height(bars));
    figure_bars(scene, &heading, bars);
    free(bars);
    return true;
}

static bool draw_panel(Scene *whole, const ExperimentRun *run, int index) {
    const ExperimentPanel *panel = &run->panel[index];
    Scene part;
    if (!(panel->picture  ? experiment_picture_draw
          : panel->x_name ? draw_curves
                          : draw_bars)(&part, run, index))
        return false;
    const double y = whole->height > 0 ? whole->height + 1 : 0;
    whole->width = fmax(whole->width, part.width);
    whole->height = y + part.height;
    scene_append(whole, &part, 0, y);
    scene_clear(&part);
    return true;
}

bool experiment_draw(const ExperimentRun *run, const char *path, int scale, Theme theme,
                     Status *status) {
    const PictureNote notes[] = {{"experiment", run->experiment->name},
                                 {"rule", run->inputs.rule_name}};
    const PictureOptions options = {
        .scale = scale, .theme = theme, .notes = notes, .note_count = 2};
    Scene whole;
    bool done = true;
    scene_init(&whole, 0, 0);
    for (int panel = 0; panel < run->panel_count && done; panel++)
        done = draw_panel(&whole, run, panel) ||
               status_fail(status, STATUS_FAILURE, "%s: no memory for the figure", path);
    done = done && picture_export(&whole, path, &options, status);
    scene_clear(&whole);
    return done;
}
