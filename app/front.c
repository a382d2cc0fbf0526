#include "app/front.h"

#include "app/signals.h"
#include "engine/clock.h"
#include "views/dashboard.h"
#include "views/panels.h"
#include "views/text.h"

#include <curses.h>
#include <string.h>

static void *shown_state(const Front *front) {
    return front->help ? front->help_state : front->workbench.state;
}

static const ScreenKind *shown_kind(const Front *front) {
    return front->help ? &screen_help : front->workbench.kind;
}

static bool is_too_small(const Front *front) {
    return front->workbench.rows < LAYOUT_ROWS || front->workbench.columns < LAYOUT_COLUMNS;
}

// -- From screen to screen
// -----------------------------------------------------------------------------

static void call(Front *front, void (*function)(void *, Workbench *)) {
    if (function)
        function(shown_state(front), &front->workbench);
}

// False, and nothing changed, without memory for its state.
static bool go_to(Front *front, const ScreenKind *kind) {
    void **state = &front->states[kind->number - 1];
    if (!*state)
        *state = kind->open(&front->workbench);
    if (!*state) {
        workbench_say(&front->workbench, "no memory for the screen %s", kind->name);
        return false;
    }
    Workbench *workbench = &front->workbench;
    if (workbench->kind)
        call(front, workbench->kind->leave);
    workbench->kind = kind;
    workbench->state = *state;
    workbench->mode = kind->mode;
    call(front, kind->enter);
    return true;
}

static void show_help(Front *front, bool help) {
    if (!front->help_state)
        front->help_state = screen_help.open(&front->workbench);
    front->help = help && front->help_state;
    if (front->help)
        call(front, screen_help.enter);
}

// Where a handler wants to go.
static void go_where_wanted(Front *front) {
    const Mode wanted = front->workbench.wanted;
    const ScreenKind *kind = screens_find(wanted);
    front->workbench.wanted = 0;
    if (kind || wanted == MODE_HELP)
        show_help(front, wanted == MODE_HELP);
    if (kind && kind != front->workbench.kind)
        go_to(front, kind);
}

static void close_screens(Front *front) {
    for (int i = 0; screens[i]; i++) {
        void *state = front->states[screens[i]->number - 1];
        if (state)
            screens[i]->close(state);
    }
    if (front->help_state)
        screen_help.close(front->help_state);
}

// -- Actions of the workbench
// --------------------------------------------------------------------------

static void choose_screen(Front *front, int key) {
    const ScreenKind *kind = screens_find_number(key - '0');
    if (kind)
        front->workbench.wanted = kind->mode;
    else
        workbench_say(&front->workbench, "there is no screen %c", key);
}

static void next_screen(Front *front, int key) {
    (void)key;
    front->workbench.wanted = screens_next(front->workbench.kind, 1)->mode;
}

static void previous_screen(Front *front, int key) {
    (void)key;
    front->workbench.wanted = screens_next(front->workbench.kind, -1)->mode;
}

static void open_prompt(Front *front, int key) {
    (void)key;
    prompt_open(&front->prompt);
}

static void open_filter(Front *front, int key) {
    (void)key;
    prompt_open(&front->prompt);
    line_editor_replace(&front->prompt.editor, 0, "filter ");
}

static void export_focus(Front *front, int key) {
    (void)key;
    screens_export(&front->workbench, NULL, NULL);
}

static void export_all(Front *front, int key) {
    (void)key;
    screens_export_all(&front->workbench);
}

static void redraw(Front *front, int key) {
    (void)key;
    front->all = true;
}

static void help(Front *front, int key) {
    (void)key;
    show_help(front, !front->help);
}

void front_quit(Front *front) {
    front->quitting = true;
    TrainingThread *thread = front->workbench.plan.thread;
    if (!thread)
        return;
    // Quitting again, after the thread has said that it could not save, leaves without.
    const bool unsaved = training_thread_state(thread) == TRAINING_UNSAVED;
    training_thread_send(thread, unsaved ? TRAINING_ABANDON : TRAINING_QUIT, signals_end());
    if (!unsaved)
        workbench_say(&front->workbench, "saving");
}

static void quit(Front *front, int key) {
    (void)key;
    front_quit(front);
}

static void (*const handlers[ACTION_COUNT])(Front *, int key) = {
    [ACTION_QUIT] = quit,
    [ACTION_HELP] = help,
    [ACTION_SCREEN] = choose_screen,
    [ACTION_NEXT_SCREEN] = next_screen,
    [ACTION_PREVIOUS_SCREEN] = previous_screen,
    [ACTION_COMMAND] = open_prompt,
    [ACTION_FILTER] = open_filter,
    [ACTION_EXPORT] = export_focus,
    [ACTION_EXPORT_ALL] = export_all,
    [ACTION_REDRAW] = redraw,
};

bool front_handles(Action action) {
    return (unsigned)action < ACTION_COUNT && handlers[action];
}

// -- Drawing
// ---------------------------------------------------------------------------------------

static void draw_key_bar(Front *front, Scene *scene) {
    char lines[KEY_LINES][KEY_LINE];
    const char *pointers[KEY_LINES + 1];
    const size_t count = keys_bar(shown_kind(front)->mode, lines);
    for (size_t i = 0; i < count; i++)
        pointers[i] = lines[i];
    pointers[count] = NULL;
    panel_keys(scene, pointers);
}

// The key bar, or a row of a message.
static void draw_row(Front *front, CellGrid *grid, int row, const char *message) {
    Scene scene;
    scene_init(&scene, grid->columns, 1);
    if (message)
        scene_text_reversed(&scene, 0, 0.5, INK_FOCUS, message);
    else
        draw_key_bar(front, &scene);
    cells_blank_part(grid, row, 0, 1, grid->columns);
    cells_draw(grid, row, 0, &scene, &front->workbench.style);
    scene_clear(&scene);
}

// In as many of the last rows as it takes.
static void draw_message(Front *front, CellGrid *grid) {
    enum { ROWS = 8 };
    char rows[ROWS][WORKBENCH_MESSAGE];
    const char *rest = front->workbench.message;
    int count = 0;
    do
        rest = text_row(rows[count++], WORKBENCH_MESSAGE, rest, grid->columns);
    while (*rest && count < ROWS - 1);
    if (*rest)
        text_fit(rows[count++], WORKBENCH_MESSAGE, rest, grid->columns);
    for (int i = 0; i < count; i++)
        draw_row(front, grid, grid->rows - count + i, rows[i]);
}

void front_draw(Front *front, CellGrid *grid) {
    const bool small = is_too_small(front);
    if (small)
        front->prompt.open = false;
    cells_blank(grid);
    if (small && !front->help)
        dashboard_draw_too_small(grid, &front->workbench.style);
    else
        shown_kind(front)->draw(shown_state(front), &front->workbench, grid);
    if (!small && front->prompt.open)
        prompt_draw(&front->prompt, grid, &front->workbench.style);
    else if (!small && clock_seconds() < front->workbench.message_until)
        draw_message(front, grid);
    else if (!small)
        draw_row(front, grid, grid->rows - 1, NULL);
    front->all = front->workbench.changed = false;
}

// -- What comes by itself, and keys
// ---------------------

static void look_at_messages(Front *front) {
    Workbench *workbench = &front->workbench;
    TrainingThread *thread = workbench->plan.thread;
    char text[TRAINING_MESSAGE];
    if (thread && training_thread_message(thread, &front->message_seen, text))
        workbench_say(workbench, "%s", text);
    if (thread && front->quitting && training_thread_state(thread) == TRAINING_UNSAVED) {
        if (workbench->mode != MODE_TRAIN)
            workbench->wanted = MODE_TRAIN; // where s is
        go_where_wanted(front);
        workbench_say(workbench,
                      "NOT SAVED (log.txt says why): s tries again, q leaves without saving");
    }
    if (workbench->message_until > 0 && clock_seconds() >= workbench->message_until) {
        workbench->message_until = 0;
        workbench->changed = true;
    }
}

void front_tick(Front *front) {
    workbench_look(&front->workbench);
    look_at_messages(front);
    const ScreenKind *kind = shown_kind(front);
    if (kind->tick && !is_too_small(front) && kind->tick(shown_state(front), &front->workbench))
        front->workbench.changed = true;
}

static Mode key_mode(const Front *front) {
    return front->help ? MODE_HELP : is_too_small(front) ? MODE_SMALL : front->workbench.mode;
}

// Does what the key means here.
static void dispatch(Front *front, int key) {
    const KeyEntry *entry = keys_find(key, key_mode(front));
    const ScreenKind *kind = shown_kind(front);
    if (entry && handlers[entry->action])
        handlers[entry->action](front, key);
    else if (entry && kind->handlers[entry->action])
        kind->handlers[entry->action](shown_state(front), &front->workbench, key);
}

// A command means what is seen: over a screen the help.
static void press_in_prompt(Front *front, int key) {
    Workbench *workbench = &front->workbench;
    const ScreenKind *kind = workbench->kind;
    void *state = workbench->state;
    workbench->kind = shown_kind(front);
    workbench->state = shown_state(front);
    prompt_press(&front->prompt, workbench, key);
    workbench->kind = kind;
    workbench->state = state;
}

void front_press(Front *front, int key) {
    if (key == KEY_RESIZE) {
        front->all = front->workbench.changed = true;
        return;
    }
    front->workbench.message_until = 0;
    look_at_messages(front); // what was said before the key must not hide what the key says
    front->workbench.changed = true;
    if (front->prompt.open)
        press_in_prompt(front, key);
    else
        dispatch(front, key);
    go_where_wanted(front);
    if (front->workbench.quit)
        front_quit(front);
    front->workbench.quit = false;
}

bool front_at_end(const Front *front) {
    if (!front->quitting)
        return false;
    TrainingThread *thread = front->workbench.plan.thread;
    if (!thread)
        return true;
    const TrainingState state = training_thread_state(thread);
    // With nobody there to decide, what could not be saved is given up.
    if (state == TRAINING_UNSAVED && signals_end())
        training_thread_send(thread, TRAINING_ABANDON, signals_end());
    return state == TRAINING_ENDED;
}

// -- From beginning to end
// ---------------------

void front_init(Front *front, const ScreenPlan *plan) {
    memset(front, 0, sizeof *front);
    front->workbench.plan = *plan;
    front->all = front->workbench.changed = true;
    prompt_init(&front->prompt);
}

bool front_begin(Front *front) {
    Workbench *workbench = &front->workbench;
    const ScreenKind *first = screens_find(workbench->plan.first);
    if (workbench->plan.watched)
        workbench_watch(workbench, workbench->plan.watched);
    workbench_look(workbench);
    return go_to(front, first ? first : screens[0]);
}

void front_clear(Front *front) {
    prompt_clear(&front->prompt);
    close_screens(front);
    workbench_clear(&front->workbench);
}
