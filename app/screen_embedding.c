// The Embedding screen: a batch as the base model embeds it, before and after the inner loop with
// the run's rule, along two of its first principal components.
#include "app/feature_watch.h"
#include "app/screens.h"
#include "engine/data/spec.h"
#include "views/feature_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    FeatureWatch watch;
    FeatureView view;
    bool zoomed;
    int data; // which data set: of the run's list, then two moons
} EmbeddingState;

static void *open_embedding(Workbench *workbench) {
    (void)workbench;
    EmbeddingState *state = calloc(1, sizeof *state);
    if (!state)
        return NULL;
    feature_watch_init(&state->watch);
    feature_view_init(&state->view, FEATURE_EMBEDDING);
    return state;
}

static void close_embedding(void *opaque) {
    EmbeddingState *state = opaque;
    feature_watch_clear(&state->watch);
    free(state);
}

static bool go_to_run(EmbeddingState *state, const Workbench *workbench) {
    const bool other = feature_watch_go_to_run(&state->watch, workbench);
    if (other) { // whose data and classes are others
        feature_view_init(&state->view, state->view.figure);
        state->data = 0;
    }
    return other;
}

static void enter(void *opaque, Workbench *workbench) {
    go_to_run(opaque, workbench);
}

static bool tick(void *opaque, Workbench *workbench) {
    EmbeddingState *state = opaque;
    const bool other_run = go_to_run(state, workbench);
    return feature_watch_tick(&state->watch) || other_run;
}

static void draw(const void *opaque, const Workbench *workbench, CellGrid *grid) {
    const EmbeddingState *state = opaque;
    char empty[WORKBENCH_MESSAGE];
    char note[WORKBENCH_MESSAGE];
    feature_watch_note(&state->watch, note, sizeof note);
    const FeatureScreen screen = {.view = &state->view,
                                  .zoomed = state->zoomed,
                                  .tabs = {"embedding", "variance"},
                                  .tab = state->view.figure == FEATURE_VARIANCE,
                                  .note = note,
                                  .data = feature_watch_shown(&state->watch, empty, sizeof empty)};
    feature_screen_draw(grid, workbench->snapshot, &screen, &workbench->style);
}

// -- Export
// ----------------------------------------------------------------------------------------

static int panels(const void *opaque, const Workbench *workbench, const char *names[SCREEN_PANELS],
                  int *focused) {
    (void)workbench;
    names[0] = feature_figure_name(FEATURE_EMBEDDING);
    names[1] = feature_figure_name(FEATURE_VARIANCE);
    *focused = ((const EmbeddingState *)opaque)->view.figure == FEATURE_VARIANCE;
    return 2;
}

static bool export_panel(const void *opaque, const Workbench *workbench, const char *panel,
                         const char *path, Status *status) {
    (void)workbench;
    const EmbeddingState *state = opaque;
    char empty[WORKBENCH_MESSAGE];
    const FeatureData data = feature_watch_shown(&state->watch, empty, sizeof empty);
    FeatureView view = state->view;
    if (!feature_figure_named(panel, &view.figure))
        return status_fail(status, STATUS_USAGE, "the Embedding screen has no panel '%.40s'",
                           panel);
    return feature_export(&view, &data, path, 2, THEME_LIGHT, status);
}

// -- Actions
// ---------------------------------------------------------------------------------------

static void switch_tab(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    FeatureView *view = &((EmbeddingState *)opaque)->view;
    view->figure = view->figure == FEATURE_EMBEDDING ? FEATURE_VARIANCE : FEATURE_EMBEDDING;
}

// The next component of one axis that the other axis does not show.
static void step_component(EmbeddingState *state, Workbench *workbench, int axis, int direction) {
    int *component = state->view.embedding.component;
    const Features *features = state->watch.features;
    const int shown = features ? features->embedding[FEATURES_NOW].shown : 0;
    if (shown < 3) {
        workbench_say(workbench, "there are no more than %d components", shown);
        return;
    }
    do {
        component[axis] = (component[axis] + direction + shown) % shown;
    } while (component[axis] == component[1 - axis]);
}

static void next_across(void *opaque, Workbench *workbench, int key) {
    (void)key;
    step_component(opaque, workbench, 0, 1);
}

static void previous_across(void *opaque, Workbench *workbench, int key) {
    (void)key;
    step_component(opaque, workbench, 0, -1);
}

static void next_up(void *opaque, Workbench *workbench, int key) {
    (void)key;
    step_component(opaque, workbench, 1, 1);
}

static void previous_up(void *opaque, Workbench *workbench, int key) {
    (void)key;
    step_component(opaque, workbench, 1, -1);
}

static void highlight(EmbeddingState *state, int direction) {
    const Features *features = state->watch.features;
    const int choices = features ? features->classes + 1 : 1; // none besides
    int *class = &state->view.embedding.highlighted;
    *class = (*class + 1 + direction + choices) % choices - 1;
}

static void next_class(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    highlight(opaque, 1);
}

static void previous_class(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    highlight(opaque, -1);
}

// SPEC number `wanted` of the run's list of held-out data, then the others that are built in; false
// behind the last.
static bool data_number(const Settings *settings, int wanted, char spec[SETTINGS_TEXT]) {
    static const char *const others[] = {"moons"};
    char text[DATA_SPEC_TEXT];
    DataSpec parsed;
    Status status;
    int number = 0;
    for (const char *rest = settings->evaluate_data; data_spec_next(&rest, text, sizeof text);
         number++) {
        if (number == wanted) {
            snprintf(spec, SETTINGS_TEXT, "%.*s", SETTINGS_TEXT - 1, text);
            return true;
        }
    }
    if (wanted - number >= (int)(sizeof others / sizeof others[0]) ||
        !data_spec_parse(&parsed, others[wanted - number], &status))
        return false;
    snprintf(spec, SETTINGS_TEXT, "%s", others[wanted - number]);
    return true;
}

static void next_data(void *opaque, Workbench *workbench, int key) {
    (void)key;
    EmbeddingState *state = opaque;
    char spec[SETTINGS_TEXT];
    if (!state->watch.probe)
        return;
    if (!data_number(&state->watch.settings, ++state->data, spec)) {
        state->data = 0;
        if (!data_number(&state->watch.settings, 0, spec))
            return;
    }
    workbench_say(workbench, "data: %.200s", spec);
    state->view.embedding.highlighted = -1;
    feature_watch_data(&state->watch, spec);
}

static void follow(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    EmbeddingState *state = opaque;
    feature_watch_hold(&state->watch, !state->watch.held);
}

static void zoom(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    EmbeddingState *state = opaque;
    state->zoomed = !state->zoomed;
}

static void back(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    EmbeddingState *state = opaque;
    if (state->zoomed)
        state->zoomed = false;
    else
        state->view.embedding.highlighted = -1;
}

const ScreenKind screen_embedding = {
    .name = "Embedding",
    .subject = "how the newest rule arranges a batch",
    .mode = MODE_EMBEDDING,
    .number = 4,
    .open = open_embedding,
    .close = close_embedding,
    .enter = enter,
    .draw = draw,
    .tick = tick,
    .panels = panels,
    .export_panel = export_panel,
    .handlers =
        {
            [ACTION_NEXT_PANEL] = switch_tab,
            [ACTION_PREVIOUS_PANEL] = switch_tab,
            [ACTION_NEXT_ITEM] = next_class,
            [ACTION_PREVIOUS_ITEM] = previous_class,
            [ACTION_ACROSS] = next_across,
            [ACTION_ACROSS_BACK] = previous_across,
            [ACTION_UPWARDS] = next_up,
            [ACTION_UPWARDS_BACK] = previous_up,
            [ACTION_DATA] = next_data,
            [ACTION_FOLLOW] = follow,
            [ACTION_ZOOM] = zoom,
            [ACTION_BACK] = back,
        },
};
