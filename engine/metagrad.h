// One fixed unroll and its gradient, from files to a file (interface.md, `metagrad`): with it
// anyone can compare this engine with an implementation of their own.  All files are safetensors.
//
//     theta    a rule (rule_file.h)
//     phi      a base model before the first step (phi_file.h)
//     inputs   for each inner step k = 0 .. K-1: x{k} [B, N_0], and the labelled batches xa{k}
//     xb{k}
//              [examples, N_0], ya{k} yb{k} [examples, columns]: one-hot columns first, then
//              regression targets.  Metadata: inner_lr, unroll (K), activation, classes (columns
//              that are one-hot).
//     out      step{k+1}.layer{l}.{W,b,V}, meta_loss{k}, accuracy{k}, class_accuracy{k}, loss,
//              grad.theta.NAME, grad.phi0.layer{l}.{W,b,V}; scalars are [1]; in the build's number
//              type
//
// The two accuracies are the same without regression targets.  With them they differ: the golden
// vectors take the argmax over all columns of the prediction and of the target, so accuracy{k}
// does; section 4 of the update rule takes it over the class columns, and class_accuracy{k} is
// that.
#ifndef ENGINE_METAGRAD_H
#define ENGINE_METAGRAD_H

#include "engine/kernels.h"
#include "engine/status.h"

// Bad files are STATUS_BAD_DATA, an unroll that leaves the finite numbers STATUS_DIVERGED; then
// nothing is written.
bool metagrad(const char *theta_path, const char *phi_path, const char *inputs_path,
              const char *out_path, Status *status);

// The same with chosen kernels (for tests).
bool metagrad_with(const Kernels *kernels, const char *theta_path, const char *phi_path,
                   const char *inputs_path, const char *out_path, Status *status);

#endif
