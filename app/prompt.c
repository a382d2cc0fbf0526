#include "app/prompt.h"

#include "views/scene.h"
#include "views/text.h"

#include <stdio.h>
#include <string.h>

void prompt_init(Prompt *prompt) {
    memset(prompt, 0, sizeof *prompt);
    line_history_init(&prompt->history, "commands");
}

void prompt_clear(Prompt *prompt) {
    line_history_clear(&prompt->history);
}

static void forget_completions(Prompt *prompt) {
    prompt->fitting.count = 0;
    prompt->chosen = -1;
}

void prompt_open(Prompt *prompt) {
    line_editor_begin(&prompt->editor, &prompt->history);
    forget_completions(prompt);
    prompt->open = true;
}

// -- Completion
// -----------------------------------------------------------------------------------

// How many bytes all words have in common.
static size_t common_length(const Completions *words) {
    size_t length = strlen(words->words[0]);
    for (int i = 1; i < words->count; i++) {
        size_t same = 0;
        while (same < length && words->words[i][same] == words->words[0][same])
            same++;
        length = same;
    }
    return length;
}

static void put(Prompt *prompt, const char *word) {
    line_editor_replace(&prompt->editor, prompt->from, word);
}

// The only word that fits, and a blank where another may follow.
static void put_only(Prompt *prompt) {
    const char *only = prompt->fitting.words[0];
    const bool value_follows = only[strlen(only) - 1] == '=';
    put(prompt, only);
    if (!value_follows)
        line_editor_press(&prompt->editor, ' ');
    forget_completions(prompt);
}

static void begin_completion(Prompt *prompt, const Workbench *workbench) {
    LineEditor *editor = &prompt->editor;
    char before[LINE_TEXT];
    memcpy(before, editor->text, editor->cursor);
    before[editor->cursor] = '\0';
    prompt->from = prompt_complete(workbench, before, &prompt->fitting);
    if (prompt->fitting.count == 1) {
        put_only(prompt);
    } else if (prompt->fitting.count > 1) {
        const size_t length = common_length(&prompt->fitting);
        if (length > strlen(before + prompt->from)) {
            char word[COMPLETION_TEXT];
            snprintf(word, sizeof word, "%.*s", (int)length, prompt->fitting.words[0]);
            put(prompt, word);
        }
    }
}

// Tab: first what all words that fit have in common, then one after another.
static void complete(Prompt *prompt, const Workbench *workbench, int direction) {
    if (prompt->fitting.count == 0) {
        begin_completion(prompt, workbench);
        return;
    }
    const int count = prompt->fitting.count;
    prompt->chosen = prompt->chosen < 0 ? (direction > 0 ? 0 : count - 1)
                                        : (prompt->chosen + direction + count) % count;
    put(prompt, prompt->fitting.words[prompt->chosen]);
}

void prompt_press(Prompt *prompt, Workbench *workbench, int key) {
    const LineEvent event = line_editor_press(&prompt->editor, key);
    switch (event) {
    case LINE_COMPLETED:
    case LINE_COMPLETED_BACK:
        complete(prompt, workbench, event == LINE_COMPLETED ? 1 : -1);
        return;
    case LINE_ENTERED:
        prompt->open = false;
        line_history_add(&prompt->history, prompt->editor.text);
        prompt_run(workbench, prompt->editor.text);
        break;
    case LINE_LEFT:
        prompt->open = false;
        break;
    case LINE_EDITED:
        break;
    }
    forget_completions(prompt);
}

// -- Drawing
// ---------------------------------------------------------------------------------------

// The words that fit; those before the chosen one make room for it.
static void draw_fitting(const Prompt *prompt, Scene *scene) {
    const Completions *words = &prompt->fitting;
    int first = 0;
    for (int i = 0, x = 0; i <= prompt->chosen; i++) {
        x += text_width(words->words[i]) + 2;
        if (x > scene->width) {
            first = i;
            x = text_width(words->words[i]) + 2;
        }
    }
    double x = 0;
    for (int i = first; i < words->count && x < scene->width; i++) {
        if (i == prompt->chosen)
            scene_text_reversed(scene, x, 0.5, INK_FOCUS, words->words[i]);
        else
            scene_text(scene, x, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, words->words[i]);
        x += text_width(words->words[i]) + 2;
    }
}

// What the command of the line is for, or how to find one.
static void draw_hint(const Prompt *prompt, Scene *scene) {
    char hint[256];
    const PromptCommand *command = prompt_command(prompt->editor.text);
    if (prompt->fitting.count > 0) {
        draw_fitting(prompt, scene);
        return;
    }
    if (command)
        snprintf(hint, sizeof hint, ":%s%s%s  %s", command->name, *command->arguments ? " " : "",
                 command->arguments, command->help);
    else
        snprintf(hint, sizeof hint, "Tab completes, Enter does it, Esc leaves, Up recalls");
    scene_text(scene, 0, 0.5, ALIGN_LEFT, INK_DIM, WEIGHT_NORMAL, hint);
}

// The line behind its colon; of a long one the part around the cursor.
static void draw_line(const Prompt *prompt, Scene *scene) {
    const LineEditor *editor = &prompt->editor;
    char before[LINE_TEXT];
    char under[8] = " ";
    snprintf(before, sizeof before, "%.*s", (int)editor->cursor, editor->text);
    const char *shown = before;
    const char *rest = editor->text + editor->cursor;
    if (*rest) {
        const char *end = rest;
        text_decode(&end);
        snprintf(under, sizeof under, "%.*s", (int)(end - rest), rest);
        rest = end;
    }
    while (*shown && 1 + text_width(shown) + text_width(under) > (int)scene->width)
        text_decode(&shown);
    double x = 1 + text_width(shown);
    scene_text(scene, 0, 0.5, ALIGN_LEFT, INK_KEY, WEIGHT_BOLD, ":");
    scene_text(scene, 1, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, shown);
    scene_text_reversed(scene, x, 0.5, INK_TEXT, under);
    x += text_width(under);
    if (x < scene->width)
        scene_text(scene, x, 0.5, ALIGN_LEFT, INK_TEXT, WEIGHT_NORMAL, rest);
}

void prompt_draw(const Prompt *prompt, CellGrid *grid, const CellStyle *style) {
    const int row = grid->rows - 2;
    Scene scene;
    scene_init(&scene, grid->columns, 1);
    cells_blank_part(grid, row, 0, 2, grid->columns);
    draw_hint(prompt, &scene);
    cells_draw(grid, row, 0, &scene, style);
    scene_reset(&scene, grid->columns, 1);
    draw_line(prompt, &scene);
    cells_draw(grid, row + 1, 0, &scene, style);
    scene_clear(&scene);
}
