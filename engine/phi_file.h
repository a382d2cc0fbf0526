// A base model on disk: a safetensors file with layer1.W [N_0, N_1], layer1.b [N_1], layer1.V [N_0,
// N_1], layer2.W ..., and metadata:
//
//     kind         "phi"
//     version      1
//     sizes        "196,64,64,32": N_0 .. N_L
//     activation   "relu"
//
// A reader needs the tensors only, in any order, F32 or F64.  Metadata that is there must agree.
// Unknown, missing, misshapen and non-finite tensors are errors that name them.
#ifndef ENGINE_PHI_FILE_H
#define ENGINE_PHI_FILE_H

#include "engine/phi.h"

// On success phi->block belongs to the caller (free).  shape->activation is ACTIVATION_COUNT if the
// file does not say.
bool phi_file_read(PhiShape *shape, Phi *phi, const char *path, Status *status);

// Replaces the file whole or not at all.
bool phi_file_write(const PhiShape *shape, const Phi *phi, const char *path, Status *status);

#endif
