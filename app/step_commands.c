#include "app/step_commands.h"

#include "app/json_object.h"
#include "app/step_handlers.h"
#include "app/step_json.h"
#include "engine/number.h"
#include "engine/words.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void step_say(const StepJob *job, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(job->reply->text, STEP_REPLY, format, arguments);
    va_end(arguments);
}

bool step_fail_expected(const StepJob *job, const char *expected, const char *found) {
    return status_fail(job->status, STATUS_USAGE, "expected %s, found '%s'", expected, found);
}

bool step_expect_nothing(const StepJob *job, const StepLine *line) {
    return !*line->rest || step_fail_expected(job, "nothing more", line->rest);
}

// ---- other ----

static bool reseed(const StepJob *job, const StepLine *line) {
    int64_t seed;
    int gone;
    if (!number_read_whole(line->rest, &seed) || seed < 0 || seed > INT_MAX)
        return step_fail_expected(job, "a seed from 0 to 2147483647", line->rest);
    if (!step_session_reseed(job->session, (int)seed, &gone, job->status))
        return false;
    step_say(job, "seed %d", (int)seed);
    json_add_number(job->reply->json, "seed", (double)seed);
    step_json_start(job->reply->json, debugger_looked_at_stepper(job->debugger));
    step_command_tell(job->session, job->reply);
    return true;
}

static bool quit(const StepJob *job, const StepLine *line) {
    job->reply->quit = step_expect_nothing(job, line);
    return job->reply->quit;
}

static bool help(const StepJob *job, const StepLine *line);

// ---- the table ----

static const StepCommand table[] = {
    {{"stage", 's', "[COUNT]", "to the next stage of the inner step"},
     step_move,
     MOVE_STAGE,
     false},
    {{"next", 'n', "[COUNT]", "to the same stage of the next inner step"},
     step_move,
     MOVE_INNER_STEP,
     false},
    {{"until", 'u', "[COUNT]", "to the end of the truncation"}, step_move, MOVE_TRUNCATION, false},
    {{"outer", 'o', "[COUNT]",
      "to the next outer step, which for one unroll is its next truncation"},
     step_move,
     MOVE_TRUNCATION,
     false},
    {{"finish", 'f', "[COUNT]", "to the last stage of the inner step: its loss and accuracy"},
     step_move,
     MOVE_FINISH,
     false},
    {{"continue", 'c', "", "to a breakpoint, or the end of the task's inner steps"},
     step_move,
     MOVE_CONTINUE,
     false},
    {{"back-stage", 'S', "[COUNT]", "to the stage before"}, step_move, MOVE_STAGE, true},
    {{"back-next", 'N', "[COUNT]", "to the same stage of the inner step before"},
     step_move,
     MOVE_INNER_STEP,
     true},
    {{"back-until", 'U', "[COUNT]", "to the beginning of the truncation, or of the one before"},
     step_move,
     MOVE_TRUNCATION,
     true},
    {{"back-outer", 'O', "[COUNT]", "the same"}, step_move, MOVE_TRUNCATION, true},
    {{"back-finish", 'F', "[COUNT]", "to the beginning of the inner step"},
     step_move,
     MOVE_FINISH,
     true},
    {{"back-continue", 'C', "", "back to a breakpoint, or the beginning"},
     step_move,
     MOVE_CONTINUE,
     true},
    {{"go", 0, "STEP", "to the beginning of an inner step"}, .handler = step_go},
    {{"where", 'w', "", "where this is: rule, task, position, tensors"}, .handler = step_where},
    {{"stages", 0, "", "the stages of an inner step, with their formulas"},
     .handler = step_list_stages},
    {{"break", 'b', "CONDITION", "stop where it is true: loss>2, nan, layer2.dW.norm>10"},
     .handler = step_add_break},
    {{"watch", 0, "EXPRESSION",
      "tell it at every stop; a condition also stops where its truth changes"},
     .handler = step_add_watch},
    {{"delete", 'd', "NUMBER", "take a breakpoint or watch away"}, .handler = step_delete_point},
    {{"points", 0, "", "list breakpoints and watches"}, .handler = step_list_points},
    {{"print", 'p', "NAME [values]", "a tensor with its histogram, or a number such as loss"},
     .handler = step_print},
    {{"anatomy", 0, "[LAYER]", "the share of each term in this inner step"},
     .handler = step_anatomy},
    {{"curve", 0, "[NAME]",
      "loss, accuracy, layer1.TERM.share over the inner steps, in both futures"},
     .handler = step_curve},
    {{"export", 0, "FIGURE [TENSOR] FILE.png",
      "loss, accuracy, anatomy, anatomy-curves, tensor, values, histogram, tensors, stages, "
      "points"},
     .handler = step_export_figure},
    {{"term", 0, "NAME off|on|FACTOR",
      "what if: a term's merge weight times a factor, from here on"},
     .handler = step_set_term},
    {{"rate", 0, "X", "what if: another inner rate"}, .handler = step_set_rate},
    {{"rule", 0, "FILE", "what if: another rule"}, .handler = step_load_rule},
    {{"look", 0, "[as-is|what-if]", "look at the other future"}, .handler = step_look},
    {{"drop", 0, "", "give the second future up"}, .handler = step_drop},
    {{"keep", 0, "", "go on with the second future alone"}, .handler = step_keep},
    {{"seed", 0, "N", "begin anew with another base model, few-shot problem and batches"},
     .handler = reseed},
    {{"help", 'h', "", "these commands"}, .handler = help},
    {{"quit", 'q', "", "the end"}, .handler = quit},
};
enum { COMMANDS = sizeof table / sizeof table[0] };

static const StepCommand *find_command(const char *word) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(table[i].help.name, word) == 0 ||
            (table[i].help.letter && word[0] == table[i].help.letter && !word[1]))
            return &table[i];
    return NULL;
}

bool step_command_help(size_t index, StepCommandHelp *text) {
    if (index >= COMMANDS)
        return false;
    *text = table[index].help;
    return true;
}

static bool help(const StepJob *job, const StepLine *line) {
    if (!step_expect_nothing(job, line))
        return false;
    cJSON *array = job->reply->json ? cJSON_AddArrayToObject(job->reply->json, "commands") : NULL;
    for (size_t i = 0; array && i < COMMANDS; i++) {
        const StepCommandHelp *entry = &table[i].help;
        const char letter[2] = {entry->letter, '\0'};
        cJSON *one = cJSON_CreateObject();
        cJSON_AddItemToArray(array, one);
        json_add_text(one, "name", entry->name);
        json_add_text(one, "letter", letter);
        json_add_text(one, "arguments", entry->arguments);
        json_add_text(one, "help", entry->help);
    }
    return true;
}

// ---- a line ----

static bool fail_unknown(const char *word, Status *status) {
    const char *nearest = NULL;
    for (size_t i = 0; i < COMMANDS; i++)
        word_nearest(word, table[i].help.name, &nearest);
    return status_fail(status, STATUS_USAGE, "expected a command, found '%s'%s%s%s", word,
                       nearest ? "; the nearest is '" : "; 'help' lists them",
                       nearest ? nearest : "", nearest ? "'" : "");
}

// text is cut at its end and stays as long as the line is used.
static bool take_apart(char *text, StepLine *line, Status *status) {
    text += strspn(text, " \t");
    *line = (StepLine){.count = 1, .counted = isdigit((unsigned char)*text)};
    if (line->counted) {
        char *end;
        line->count = strtol(text, &end, 10);
        if (line->count < 1 || line->count > STEP_MOST_REPEATS)
            return status_fail(status, STATUS_USAGE,
                               "expected a count from 1 to %d before the command, found '%.40s'",
                               STEP_MOST_REPEATS, text);
        text = end + strspn(end, " \t");
    }
    const size_t length = strcspn(text, " \t");
    snprintf(line->word, sizeof line->word, "%.*s",
             (int)(length < STEP_WORD ? length : STEP_WORD - 1), text);
    line->rest = text + length + strspn(text + length, " \t");
    return true;
}

bool step_command_run(StepSession *session, const char *written, StepReply *reply, Status *status) {
    StepLine line;
    const StepJob job = {session, session->debugger, reply, status};
    char *text = strdup(written);
    reply->text[0] = '\0';
    reply->quit = false;
    if (!text)
        return status_fail(status, STATUS_FAILURE, "out of memory for a command");
    for (size_t length = strlen(text); length > 0 && isspace((unsigned char)text[length - 1]);)
        text[--length] = '\0';
    bool done = take_apart(text, &line, status);
    const StepCommand *command = done ? find_command(line.word) : NULL;
    line.command = command;
    const bool silent = (!*line.word && !line.counted) || line.word[0] == '#';
    if (done && !silent && !command)
        done = fail_unknown(line.word, status);
    else if (done && command && line.counted && command->handler != step_move)
        done = status_fail(status, STATUS_USAGE, "expected no count before '%s', found %ld",
                           command->help.name, line.count);
    else if (done && command)
        done = command->handler(&job, &line);
    free(text);
    return done;
}
