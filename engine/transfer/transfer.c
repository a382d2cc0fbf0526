#include "engine/transfer/transfer.h"

#include "engine/clock.h"
#include "engine/pool.h"
#include "engine/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int transfer_items(const TransferPlan *plan) {
    return plan->dataset_count * plan->method_count * plan->seeds;
}

static TransferScore *score_of(const Transfer *transfer, int dataset, int method, int shot,
                               int seed) {
    const TransferPlan *plan = &transfer->plan;
    return &transfer->score[(((ptrdiff_t)dataset * plan->method_count + method) * plan->shot_count +
                             shot) *
                                plan->seeds +
                            seed];
}

const TransferScore *transfer_score(const Transfer *transfer, int dataset, int method, int shot,
                                    int seed) {
    return score_of(transfer, dataset, method, shot, seed);
}

// ---- running ----

// One data set, method and seed while they are measured.
typedef struct {
    const TransferPlan *plan;
    int dataset, method, seed;
    int shot; // index of the only number of shots to test; negative: all
    Problem problem;
    TransferScore *score; // [shot_count], `stride` apart
    ptrdiff_t stride;
} Item;

static TransferScore *score_in(const Item *item, int shot) {
    return &item->score[shot * item->stride];
}

static bool test(void *context, int step, double loss, const Representation *representation,
                 Status *status) {
    const Item *item = context;
    const TransferPlan *plan = item->plan;
    const Method *method = plan->method[item->method];
    Look look = {.dimensions = 0};
    if (plan->look && !look_at(&look, &item->problem, representation, status))
        return false;
    for (int shot = 0; shot < plan->shot_count; shot++) {
        if (item->shot >= 0 && shot != item->shot)
            continue;
        TransferScore *score = score_in(item, shot);
        TransferMark *mark = &score->mark[score->marks++];
        *mark = (TransferMark){.step = step, .loss = loss, .look = look};
        if (!few_shot_accuracy(&item->problem, plan->shots[shot], representation,
                               method->chooses_strength ? STRENGTH_CHOSEN : STRENGTH_FIXED,
                               mark->accuracy, status))
            return false;
    }
    return true;
}

// Lets the method learn once, and notes how long that took.
static bool run_lesson(Item *item, bool *stopped, Status *status) {
    const TransferPlan *plan = item->plan;
    const Method *method = plan->method[item->method];
    const double begun = clock_seconds();
    MethodPlan learning = plan->learning;
    if (!plan->curves && !method->best_too)
        learning.marks = 1;
    Lesson lesson = {.plan = &learning,
                     .problem = &item->problem,
                     .shots = plan->shots[item->shot < 0 ? 0 : item->shot],
                     .seed = plan->seed + (uint64_t)item->seed,
                     .stop = plan->stop,
                     .mark = test,
                     .context = item};
    const bool done = method->learn(&lesson, status);
    *stopped = lesson.stopped;
    for (int shot = 0; shot < plan->shot_count; shot++)
        if (item->shot < 0 || shot == item->shot)
            score_in(item, shot)->seconds = clock_seconds() - begun;
    return done;
}

static int most_shots(const TransferPlan *plan) {
    int most = 0;
    for (int i = 0; i < plan->shot_count; i++)
        most = plan->shots[i] > most ? plan->shots[i] : most;
    return most;
}

static bool measure(Item *item, bool *stopped, Status *status) {
    const TransferPlan *plan = item->plan;
    const ProblemPlan problem = {.classes = plan->classes,
                                 .shots = most_shots(plan),
                                 .tests = plan->tests,
                                 .permute = plan->permute,
                                 .seed =
                                     plan->seed + (plan->same_problem ? 0 : (uint64_t)item->seed)};
    *stopped = plan->stop && atomic_load_explicit(plan->stop, memory_order_relaxed);
    if (*stopped)
        return true;
    if (!problem_init(&item->problem, &plan->datasets[item->dataset], &problem, status))
        return false;
    bool done = true;
    item->shot = plan->method[item->method]->supervised ? 0 : -1;
    do
        done = run_lesson(item, stopped, status);
    while (done && !*stopped && item->shot >= 0 && ++item->shot < plan->shot_count);
    problem_clear(&item->problem);
    return done;
}

bool transfer_measure(const TransferPlan *plan, int dataset, int method, int seed,
                      TransferScore *score, bool *stopped, Status *status) {
    Item item = {.plan = plan,
                 .dataset = dataset,
                 .method = method,
                 .seed = seed,
                 .score = score,
                 .stride = 1};
    memset(score, 0, (size_t)plan->shot_count * sizeof *score);
    return measure(&item, stopped, status);
}

typedef struct {
    bool stopped, failed;
    Status status;
} Outcome;

typedef struct {
    Transfer *transfer;
    Outcome *outcome; // [items]
} Job;

// Items of one data set are together, then those of one method.
static void run_item(void *context, int index, int thread) {
    const Job *job = context;
    const TransferPlan *plan = &job->transfer->plan;
    Outcome *outcome = &job->outcome[index];
    Item item = {.plan = plan,
                 .seed = index % plan->seeds,
                 .method = index / plan->seeds % plan->method_count,
                 .dataset = index / plan->seeds / plan->method_count,
                 .stride = plan->seeds};
    item.score = score_of(job->transfer, item.dataset, item.method, 0, item.seed);
    (void)thread;
    outcome->failed = !measure(&item, &outcome->stopped, &outcome->status);
    if (plan->done)
        atomic_fetch_add_explicit(plan->done, 1, memory_order_relaxed);
}

bool transfer_run(Transfer *transfer, const TransferPlan *plan, bool *stopped, Status *status) {
    const int items = transfer_items(plan);
    Pool *pool = NULL;
    *stopped = false;
    *transfer = (Transfer){.plan = *plan};
    transfer->score = calloc((size_t)items * (size_t)plan->shot_count, sizeof *transfer->score);
    Job job = {.transfer = transfer, .outcome = calloc((size_t)items, sizeof *job.outcome)};
    bool done = transfer->score && job.outcome
                    ? pool_new(&pool, plan->threads, status)
                    : status_fail(status, STATUS_FAILURE, "no memory for %d scores", items);
    if (done)
        pool_run(pool, items, run_item, &job);
    pool_free(pool);
    for (int i = 0; done && i < items; i++) {
        *stopped = *stopped || job.outcome[i].stopped;
        if (job.outcome[i].failed) {
            *status = job.outcome[i].status;
            done = false;
        }
    }
    free(job.outcome);
    if (!done || *stopped)
        transfer_clear(transfer);
    return done;
}

void transfer_clear(Transfer *transfer) {
    free(transfer->score);
    *transfer = (Transfer){0};
}

// ---- figures ----

// Scores lie one after the other, their numbers a whole number of doubles apart.
static_assert(sizeof(TransferScore) % sizeof(double) == 0, "stride of scores");

TransferFigure transfer_accuracy(const Transfer *transfer, int dataset, int method, int shot,
                                 int mark, ClassifierKind kind) {
    const TransferScore *score = transfer_score(transfer, dataset, method, shot, 0);
    TransferFigure figure;
    mean_and_error(transfer->plan.seeds, &score->mark[mark].accuracy[kind],
                   sizeof *score / sizeof(double), &figure.mean, &figure.error);
    return figure;
}

int transfer_best_mark(const Transfer *transfer, int dataset, int method, int shot,
                       ClassifierKind kind) {
    const int marks = transfer_score(transfer, dataset, method, shot, 0)->marks;
    double greatest = -INFINITY;
    int best = 0;
    for (int mark = 0; mark < marks; mark++) {
        const double mean = transfer_accuracy(transfer, dataset, method, shot, mark, kind).mean;
        if (mean > greatest) {
            greatest = mean;
            best = mark;
        }
    }
    return best;
}
