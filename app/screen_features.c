// The Features screen: what the run's rule makes of a base model's first layer, of a batch, and how
// that has changed over meta-training.
#include "app/feature_watch.h"
#include "app/screens.h"
#include "views/feature_screen.h"
#include "views/nearest.h"

#include <stdlib.h>

typedef struct {
    FeatureWatch watch;
    FeatureView view;
    bool zoomed;
} FeaturesState;

// The tabs, in their order.
static const FeatureFigure figures[] = {FEATURE_FILTERS, FEATURE_ACTIVATIONS, FEATURE_FILMSTRIP};
enum { FIGURES = sizeof figures / sizeof figures[0] };

static int tab_of(const FeaturesState *state) {
    for (int i = 0; i < FIGURES; i++) {
        if (figures[i] == state->view.figure)
            return i;
    }
    return 0;
}

static void *open_features(Workbench *workbench) {
    (void)workbench;
    FeaturesState *state = calloc(1, sizeof *state);
    if (!state)
        return NULL;
    feature_watch_init(&state->watch);
    feature_view_init(&state->view, FEATURE_FILTERS);
    return state;
}

static void close_features(void *opaque) {
    FeaturesState *state = opaque;
    feature_watch_clear(&state->watch);
    free(state);
}

static bool go_to_run(FeaturesState *state, const Workbench *workbench) {
    const bool other = feature_watch_go_to_run(&state->watch, workbench);
    if (other) // whose layers and units are others
        feature_view_init(&state->view, state->view.figure);
    return other;
}

static void enter(void *opaque, Workbench *workbench) {
    go_to_run(opaque, workbench);
}

static bool tick(void *opaque, Workbench *workbench) {
    FeaturesState *state = opaque;
    const bool other_run = go_to_run(state, workbench);
    state->watch.wants_film = state->view.figure == FEATURE_FILMSTRIP;
    return feature_watch_tick(&state->watch) || other_run;
}

static void draw(const void *opaque, const Workbench *workbench, CellGrid *grid) {
    const FeaturesState *state = opaque;
    char empty[WORKBENCH_MESSAGE];
    char note[WORKBENCH_MESSAGE];
    feature_watch_note(&state->watch, note, sizeof note);
    const FeatureScreen screen = {.view = &state->view,
                                  .zoomed = state->zoomed,
                                  .tabs = {"weights", "activations", "filmstrip"},
                                  .tab = tab_of(state),
                                  .note = note,
                                  .data = feature_watch_shown(&state->watch, empty, sizeof empty)};
    feature_screen_draw(grid, workbench->snapshot, &screen, &workbench->style);
}

// -- Export
// ----------------------------------------------------------------------------------------

static int panels(const void *opaque, const Workbench *workbench, const char *names[SCREEN_PANELS],
                  int *focused) {
    const FeaturesState *state = opaque;
    FeatureLayout layout;
    int count = 0;
    feature_layout(&state->view, state->zoomed, 2, workbench->rows - 1, workbench->columns,
                   &layout);
    for (int figure = FEATURE_SHEET; figure <= FEATURE_FILMSTRIP; figure++) {
        if (figure == FEATURE_FILMSTRIP && state->watch.filmstrip.count == 0)
            continue;
        // Several sheets beside each other are one figure.
        const bool sheet = layout.count > 1 && state->view.figure == FEATURE_FILTERS;
        if (figure == (sheet ? FEATURE_SHEET : (int)state->view.figure))
            *focused = count;
        names[count++] = feature_figure_name((FeatureFigure)figure);
    }
    return count;
}

static bool export_panel(const void *opaque, const Workbench *workbench, const char *panel,
                         const char *path, Status *status) {
    (void)workbench;
    const FeaturesState *state = opaque;
    char empty[WORKBENCH_MESSAGE];
    const FeatureData data = feature_watch_shown(&state->watch, empty, sizeof empty);
    FeatureView view = state->view;
    if (!feature_figure_named(panel, &view.figure))
        return status_fail(status, STATUS_USAGE, "the Features screen has no panel '%.40s'", panel);
    if (view.figure == FEATURE_ACTIVATIONS && view.when == FEATURES_DIFFERENCE)
        view.when = FEATURES_NOW;
    return feature_export(&view, &data, path, 2, THEME_LIGHT, status);
}

// -- Actions
// ---------------------------------------------------------------------------------------

static void go_to_tab(FeaturesState *state, int direction) {
    state->view.figure = figures[(tab_of(state) + direction + FIGURES) % FIGURES];
    state->view.first = 0;
}

static void next_tab(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    go_to_tab(opaque, 1);
}

static void previous_tab(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    go_to_tab(opaque, -1);
}

static void switch_weight(void *opaque, Workbench *workbench, int key) {
    (void)key;
    FeaturesState *state = opaque;
    state->view.weight = state->view.weight == FEATURES_W ? FEATURES_V : FEATURES_W;
    workbench_say(workbench, "%s weights",
                  state->view.weight == FEATURES_W ? "forward (W)" : "backward (V)");
}

static void switch_when(void *opaque, Workbench *workbench, int key) {
    (void)key;
    static const char *const names[] = {"before the inner loop", "now, after the inner loop",
                                        "the difference: now - before"};
    FeaturesState *state = opaque;
    const int choices = state->view.figure == FEATURE_ACTIVATIONS ? 2 : FEATURES_WHEN;
    state->view.when = (FeaturesWhen)(((int)state->view.when + 1) % choices);
    workbench_say(workbench, "%s", names[state->view.when]);
}

static void go_to_layer(FeaturesState *state, int direction) {
    const Features *features = state->watch.features;
    const int layers = features ? features->shape.layers + 1 : 1;
    state->view.layer = (state->view.layer + direction + layers) % layers;
    state->view.figure = FEATURE_ACTIVATIONS;
}

static void next_layer(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    go_to_layer(opaque, 1);
}

static void previous_layer(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    go_to_layer(opaque, -1);
}

static void switch_grey(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    FeaturesState *state = opaque;
    state->view.grey = !state->view.grey;
}

static void zoom(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    FeaturesState *state = opaque;
    state->zoomed = !state->zoomed;
}

static void back(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    ((FeaturesState *)opaque)->zoomed = false;
}

static void follow(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    FeaturesState *state = opaque;
    feature_watch_hold(&state->watch, !state->watch.held);
}

static void scroll_to(FeaturesState *state, int first) {
    const Features *features = state->watch.features;
    const int last = features ? features->shape.sizes[1] - 1 : 0;
    state->view.first = nearest_index(first, last);
}

enum { LINE = 1, PAGE = 8 };

static void down(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    scroll_to(opaque, ((FeaturesState *)opaque)->view.first + LINE);
}

static void up(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    scroll_to(opaque, ((FeaturesState *)opaque)->view.first - LINE);
}

static void page_down(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    scroll_to(opaque, ((FeaturesState *)opaque)->view.first + PAGE);
}

static void page_up(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    scroll_to(opaque, ((FeaturesState *)opaque)->view.first - PAGE);
}

static void first(void *opaque, Workbench *workbench, int key) {
    (void)workbench;
    (void)key;
    scroll_to(opaque, 0);
}

const ScreenKind screen_features = {
    .name = "Features",
    .subject = "what the newest rule makes of the inputs",
    .mode = MODE_FEATURES,
    .number = 3,
    .open = open_features,
    .close = close_features,
    .enter = enter,
    .draw = draw,
    .tick = tick,
    .panels = panels,
    .export_panel = export_panel,
    .handlers =
        {
            [ACTION_NEXT_PANEL] = next_tab,
            [ACTION_PREVIOUS_PANEL] = previous_tab,
            [ACTION_NEXT_ITEM] = next_layer,
            [ACTION_PREVIOUS_ITEM] = previous_layer,
            [ACTION_WEIGHT] = switch_weight,
            [ACTION_WHEN] = switch_when,
            [ACTION_GREY] = switch_grey,
            [ACTION_FOLLOW] = follow,
            [ACTION_ZOOM] = zoom,
            [ACTION_BACK] = back,
            [ACTION_DOWN] = down,
            [ACTION_UP] = up,
            [ACTION_PAGE_DOWN] = page_down,
            [ACTION_PAGE_UP] = page_up,
            [ACTION_FIRST] = first,
        },
};
