// Principal components of a set of vectors (Pearson, 1901; Hotelling, 1933): the orthogonal
// directions along which the set varies most, in double precision.
//
// The solver works on the smaller of the covariance [features, features] and the Gram matrix
// [count, count], whose eigenvalues other than zero are the same.
#ifndef ENGINE_PCA_H
#define ENGINE_PCA_H

#include "engine/real.h"
#include "engine/status.h"

typedef struct {
    int features;
    int components;        // how many were found
    double *mean;          // [features]; owned, as are the others
    double *component;     // [components, features] of unit length, by falling variance; the
                           // number of greatest absolute value in each is positive
    double *variance;      // [components] along each, biased (divided by count)
    double total_variance; // along all directions, those left out counted in
} Pca;

// Fits x [count, features] and keeps `most` components, or fewer if the set varies along fewer
// (directions whose variance is lost in rounding beside the first one's are left out; a set of
// equal vectors has none).  An error if count, features or most is below 1, a number is not finite,
// or memory is missing; then there is nothing to clear.
bool pca_fit(Pca *pca, const real *x, int count, int features, int most, Status *status);
void pca_clear(Pca *pca);

// projected [count, components] = (x - mean) component^T, of any x [count, features].
void pca_project(const Pca *pca, const real *x, int count, real *projected);

#endif
