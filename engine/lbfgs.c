#include "engine/lbfgs.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 10, HALVINGS = 40 };

// The last steps of the search, a ring.
typedef struct {
    int n, count, next;
    double *step[MEMORY];   // [n] w_{i+1} - w_i
    double *change[MEMORY]; // [n] of the gradient
    double product[MEMORY]; // step . change
} Memory;

typedef struct {
    double *w, *gradient, *direction; // [n] tried position, gradient there, where to go
    double *old_gradient;
    Memory memory;
    double *block; // all of the above
} Search;

static double largest(int n, const double *values) {
    return fabs(values[cblas_idamax(n, values, 1)]);
}

static bool search_init(Search *search, int n) {
    *search = (Search){.memory = {.n = n}};
    search->block = calloc((size_t)n, (4 + 2 * MEMORY) * sizeof(double));
    if (!search->block)
        return false;
    double *at = search->block;
    double **const parts[] = {&search->w, &search->gradient, &search->direction,
                              &search->old_gradient};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++, at += n)
        *parts[i] = at;
    for (int i = 0; i < MEMORY; i++, at += 2 * (ptrdiff_t)n) {
        search->memory.step[i] = at;
        search->memory.change[i] = at + n;
    }
    return true;
}

// direction = -(inverse Hessian) gradient, as the memory has it: the two loops of the paper.
static void find_direction(const Memory *memory, const double *gradient, double *direction) {
    const int n = memory->n;
    double share[MEMORY];
    for (int i = 0; i < n; i++)
        direction[i] = -gradient[i];
    for (int age = 1; age <= memory->count; age++) {
        const int i = (memory->next - age + MEMORY) % MEMORY;
        share[i] = cblas_ddot(n, memory->step[i], 1, direction, 1) / memory->product[i];
        cblas_daxpy(n, -share[i], memory->change[i], 1, direction, 1);
    }
    if (memory->count > 0) {
        const int i = (memory->next - 1 + MEMORY) % MEMORY;
        const double square = cblas_ddot(n, memory->change[i], 1, memory->change[i], 1);
        cblas_dscal(n, memory->product[i] / square, direction, 1);
    } else {
        cblas_dscal(n, 1 / fmax(1, cblas_dnrm2(n, gradient, 1)), direction, 1);
    }
    for (int age = memory->count; age >= 1; age--) {
        const int i = (memory->next - age + MEMORY) % MEMORY;
        const double back = cblas_ddot(n, memory->change[i], 1, direction, 1) / memory->product[i];
        cblas_daxpy(n, share[i] - back, memory->step[i], 1, direction, 1);
    }
}

// Remembers the step from w to search->w, unless rounding has made it useless.
static void remember(Search *search, const double *w) {
    Memory *memory = &search->memory;
    const int i = memory->next, n = memory->n;
    for (int k = 0; k < n; k++) {
        memory->step[i][k] = search->w[k] - w[k];
        memory->change[i][k] = search->gradient[k] - search->old_gradient[k];
    }
    memory->product[i] = cblas_ddot(n, memory->step[i], 1, memory->change[i], 1);
    if (!(memory->product[i] > 0))
        return;
    memory->next = (i + 1) % MEMORY;
    if (memory->count < MEMORY)
        memory->count++;
}

// One step from w, whose value and gradient are known.  False if no length lowers the value.
static bool advance(Search *search, LbfgsFunction *function, void *context, double *w,
                    double *value) {
    const int n = search->memory.n;
    find_direction(&search->memory, search->gradient, search->direction);
    const double slope = cblas_ddot(n, search->gradient, 1, search->direction, 1);
    memcpy(search->old_gradient, search->gradient, (size_t)n * sizeof(double));
    double length = 1;
    for (int i = 0; i < HALVINGS && slope < 0; i++, length /= 2) {
        for (int k = 0; k < n; k++)
            search->w[k] = w[k] + length * search->direction[k];
        const double tried = function(context, search->w, search->gradient);
        if (!(tried <= *value + 1e-4 * length * slope))
            continue;
        remember(search, w);
        memcpy(w, search->w, (size_t)n * sizeof(double));
        *value = tried;
        return true;
    }
    memcpy(search->gradient, search->old_gradient, (size_t)n * sizeof(double));
    return false;
}

bool lbfgs_minimise(LbfgsFunction *function, void *context, int n, double *w, double tolerance,
                    int most, LbfgsResult *result, Status *status) {
    Search search;
    *result = (LbfgsResult){0};
    if (!search_init(&search, n))
        return status_fail(status, STATUS_FAILURE, "no memory to minimise over %d numbers", n);
    result->value = function(context, w, search.gradient);
    while (result->iterations < most && largest(n, search.gradient) > tolerance &&
           advance(&search, function, context, w, &result->value))
        result->iterations++;
    result->gradient = largest(n, search.gradient);
    result->converged = result->gradient <= tolerance;
    free(search.block);
    return true;
}
