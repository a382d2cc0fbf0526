// phi, the weights of a base model (spec 2), and its shape.
//   W_l [N_{l-1}, N_l] forward weights, b_l [N_l] biases, V_l [N_{l-1}, N_l] backward weights, used
//   only by the update;  l = 1 .. L.  N_0 input features, N_L embedding.
// All tensors of a phi lie in one block; a phi does not own it.
#ifndef ENGINE_PHI_H
#define ENGINE_PHI_H

#include "engine/activation.h"
#include "engine/arena.h"
#include "engine/random.h"
#include "engine/real.h"

enum { PHI_LAYERS = 16 };

typedef struct {
    int layers;                // L
    int sizes[PHI_LAYERS + 1]; // N_0 .. N_L
    Activation activation;
} PhiShape;

typedef struct {
    real *W[PHI_LAYERS + 1]; // index 0 is unused: layers count from 1, as in the paper
    real *b[PHI_LAYERS + 1];
    real *V[PHI_LAYERS + 1];
    real *block;  // all of the above
    size_t count; // reals in the block, padding between tensors counted in
} Phi;

// Reals in the block of a phi of this shape.
size_t phi_count(const PhiShape *shape);

// Lays phi out in a block of phi_count reals (which may be NULL while an arena measures).
void phi_place(Phi *phi, const PhiShape *shape, real *block);
void phi_take(Phi *phi, const PhiShape *shape, Arena *arena); // the same, block from the arena

void phi_zero(Phi *phi);
void phi_copy(Phi *to, const Phi *from);

// W, V ~ truncated normal(0.01), b ~ truncated normal(0.1), cut at two standard deviations.
void phi_initialise(Phi *phi, const PhiShape *shape, Random *random);

// The name and size of tensor i of a phi ("layer1.W" ...), 3 for each layer; for files and views.
enum { PHI_NAME = 24 };
typedef struct {
    char name[PHI_NAME];
    int rank; // 2 for W and V, 1 for b
    int shape[2];
    real *values;
    size_t count;
} PhiTensor;
int phi_tensor_count(const PhiShape *shape);
PhiTensor phi_tensor(const Phi *phi, const PhiShape *shape, int index);

#endif
