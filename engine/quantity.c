#include "engine/quantity.h"

#include "engine/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *statistic_name(Statistic statistic) {
    static const char *const names[STATISTIC_COUNT] = {
        [STATISTIC_NORM] = "norm", [STATISTIC_MIN] = "min", [STATISTIC_MEAN] = "mean",
        [STATISTIC_MAX] = "max",   [STATISTIC_STD] = "std", [STATISTIC_NAN] = "nan",
    };
    return names[statistic];
}

double statistic_of(const TensorStatistics *statistics, Statistic statistic) {
    switch (statistic) {
    case STATISTIC_NORM:
        return statistics->norm;
    case STATISTIC_MIN:
        return statistics->min;
    case STATISTIC_MEAN:
        return statistics->mean;
    case STATISTIC_MAX:
        return statistics->max;
    case STATISTIC_STD:
        return statistics->deviation;
    default:
        return (double)statistics->non_finite;
    }
}

// ---- finding ----

typedef int Compare(const char *a, const char *b);

// All stages with a tensor of that name; *exact is set from the first.
static int find_stages(Stepper *stepper, const char *name, Compare *compare,
                       int stages[QUANTITY_STAGES], char exact[TENSOR_NAME]) {
    TensorView views[STEPPER_TENSORS];
    int found = 0;
    for (int stage = 0; stage < stepper_position(stepper).stages; stage++) {
        const int count = stepper_tensors(stepper, stage, views);
        for (int i = 0; i < count && found < QUANTITY_STAGES; i++) {
            if (compare(views[i].name, found ? exact : name) != 0)
                continue;
            memcpy(exact, views[i].name, TENSOR_NAME);
            compare = strcmp; // the other stages have the same tensor, not one that is like it
            stages[found++] = stage;
            break;
        }
    }
    return found;
}

int tensor_stages(Stepper *stepper, const char *name, int stages[QUANTITY_STAGES],
                  char exact[TENSOR_NAME]) {
    const int found = find_stages(stepper, name, strcmp, stages, exact);
    return found > 0 ? found : find_stages(stepper, name, strcasecmp, stages, exact);
}

static const struct {
    const char *name;
    QuantityKind kind;
} plain[] = {{"step", QUANTITY_STEP},
             {"loss", QUANTITY_LOSS},
             {"accuracy", QUANTITY_ACCURACY},
             {"nan", QUANTITY_NON_FINITE}};

// The statistic that a word may have meant; the norm, if it is like none.
static const char *nearest_statistic(const char *word) {
    const char *best = NULL;
    for (int i = 0; i < STATISTIC_COUNT; i++)
        word_nearest(word, statistic_name((Statistic)i), &best);
    word_nearest(word, "share", &best);
    word_nearest(word, "projection", &best);
    return best ? best : statistic_name(STATISTIC_NORM);
}

// Tells what there is, and the nearest to what was found.
static bool fail_unknown(Stepper *stepper, const char *name, Status *status) {
    enum { CANDIDATE = TENSOR_NAME + 24 };
    TensorView views[STEPPER_TENSORS];
    char candidate[CANDIDATE], nearest[CANDIDATE] = "";
    const char *dot = strrchr(name, '.'), *best = NULL;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        word_nearest(name, plain[i].name, &best);
    if (best)
        snprintf(nearest, sizeof nearest, "%s", best);
    for (int stage = 0; dot && stage < stepper_position(stepper).stages; stage++) {
        const int count = stepper_tensors(stepper, stage, views);
        for (int i = 0; i < count; i++) {
            const char *before = *nearest ? nearest : NULL;
            best = before;
            snprintf(candidate, sizeof candidate, "%.39s.%.16s", views[i].name,
                     nearest_statistic(dot + 1));
            word_nearest(name, candidate, &best);
            if (best != before)
                memcpy(nearest, candidate, sizeof nearest);
        }
    }
    return status_fail(status, STATUS_USAGE,
                       "expected step, loss, accuracy, nan, TENSOR.STATISTIC such as "
                       "layer1.dW.norm (or .min .mean .max .std .nan) or layer1.TERM.share (or "
                       ".projection), found '%s'%s%s%s",
                       name, *nearest ? "; the nearest is '" : "", nearest, *nearest ? "'" : "");
}

static bool find_part(Quantity *quantity, const Stepper *stepper, const char *tensor) {
    const int layers = stepper_shape(stepper)->layers;
    int length = 0;
    if (sscanf(tensor, "layer%d.%n", &quantity->layer, &length) != 1 || length == 0 ||
        quantity->layer < 1 || quantity->layer > layers)
        return false;
    for (int part = 0; part < ANATOMY_PARTS; part++) {
        if (strcasecmp(anatomy_part_name(part), tensor + length) == 0) {
            quantity->part = part;
            quantity->stage[0] = stage_index(layers, (Stage){STAGE_MERGE, quantity->layer});
            quantity->stage_count = 1;
            return true;
        }
    }
    return false;
}

bool quantity_find(Quantity *quantity, Stepper *stepper, const char *name, Status *status) {
    *quantity = (Quantity){.kind = QUANTITY_STEP};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(name, plain[i].name) == 0) {
            quantity->kind = plain[i].kind;
            return true;
        }
    }
    const char *dot = strrchr(name, '.');
    const size_t length = dot ? (size_t)(dot - name) : 0;
    if (length == 0 || length >= TENSOR_NAME)
        return fail_unknown(stepper, name, status);
    memcpy(quantity->tensor, name, length);
    quantity->tensor[length] = '\0';
    const bool share = strcmp(dot, ".share") == 0;
    if (share || strcmp(dot, ".projection") == 0) {
        quantity->kind = share ? QUANTITY_SHARE : QUANTITY_PROJECTION;
        return find_part(quantity, stepper, quantity->tensor) ||
               fail_unknown(stepper, name, status);
    }
    quantity->kind = QUANTITY_STATISTIC;
    while (quantity->statistic < STATISTIC_COUNT &&
           strcmp(dot + 1, statistic_name(quantity->statistic)) != 0)
        quantity->statistic++;
    if (quantity->statistic == STATISTIC_COUNT)
        return fail_unknown(stepper, name, status);
    char wanted[TENSOR_NAME];
    snprintf(wanted, sizeof wanted, "%s", quantity->tensor);
    quantity->stage_count = tensor_stages(stepper, wanted, quantity->stage, quantity->tensor);
    return quantity->stage_count > 0 || fail_unknown(stepper, name, status);
}

// ---- values ----

// The last stage up to the present one that makes it, or -1.
static int made_at(const Quantity *quantity, const StepperPosition *position) {
    int made = -1;
    for (int i = 0; i < quantity->stage_count; i++)
        if (quantity->stage[i] <= position->stage)
            made = quantity->stage[i];
    return made;
}

bool quantity_is_new(const Quantity *quantity, const Stepper *stepper) {
    const StepperPosition position = stepper_position(stepper);
    switch (quantity->kind) {
    case QUANTITY_STEP:
        return position.stage == 0;
    case QUANTITY_LOSS:
    case QUANTITY_ACCURACY:
        return position.stage == position.stages - 1;
    case QUANTITY_NON_FINITE:
        return true;
    default:
        return made_at(quantity, &position) == position.stage;
    }
}

static double count_non_finite(Stepper *stepper, int stage) {
    TensorView views[STEPPER_TENSORS];
    TensorStatistics statistics;
    double sum = 0;
    const int count = stepper_tensors(stepper, stage, views);
    for (int i = 0; i < count; i++) {
        tensor_statistics(&statistics, &views[i]);
        sum += (double)statistics.non_finite;
    }
    return sum;
}

static bool statistic_value(const Quantity *quantity, Stepper *stepper, int stage, double *value) {
    TensorView views[STEPPER_TENSORS];
    TensorStatistics statistics;
    const int count = stepper_tensors(stepper, stage, views);
    for (int i = 0; i < count; i++) {
        if (strcmp(views[i].name, quantity->tensor) != 0)
            continue;
        tensor_statistics(&statistics, &views[i]);
        *value = statistic_of(&statistics, quantity->statistic);
        return true;
    }
    return false;
}

bool quantity_value(const Quantity *quantity, Stepper *stepper, double *value) {
    const StepperPosition position = stepper_position(stepper);
    const int made = made_at(quantity, &position);
    *value = NAN;
    switch (quantity->kind) {
    case QUANTITY_STEP:
        *value = position.step;
        return true;
    case QUANTITY_LOSS:
        *value = stepper_newest_record(stepper).loss;
        return true;
    case QUANTITY_ACCURACY:
        *value = stepper_newest_record(stepper).accuracy;
        return true;
    case QUANTITY_NON_FINITE:
        *value = count_non_finite(stepper, position.stage);
        return true;
    case QUANTITY_STATISTIC:
        return made >= 0 && statistic_value(quantity, stepper, made, value);
    default:
        break;
    }
    if (made < 0)
        return false;
    *value = quantity_on_record(quantity, stepper, position.step - position.first);
    return true;
}

bool quantity_has_curve(const Quantity *quantity) {
    return quantity->kind == QUANTITY_LOSS || quantity->kind == QUANTITY_ACCURACY ||
           quantity->kind == QUANTITY_SHARE || quantity->kind == QUANTITY_PROJECTION;
}

double quantity_on_record(const Quantity *quantity, const Stepper *stepper, int index) {
    const StepRecord *record = stepper_record(stepper, index);
    if (quantity->kind == QUANTITY_LOSS || quantity->kind == QUANTITY_ACCURACY)
        return quantity->kind == QUANTITY_LOSS ? record->loss : record->accuracy;
    const Anatomy *anatomy = stepper_anatomy(stepper, index, quantity->layer);
    return quantity->kind == QUANTITY_SHARE ? anatomy_share(anatomy, quantity->part)
                                            : (double)anatomy->projection[quantity->part];
}
