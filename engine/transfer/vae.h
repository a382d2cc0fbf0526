// A variational autoencoder (Kingma and Welling, 2014) whose encoder is a base model: the paper's
// unsupervised baseline.
//
//     mean, log variance = linear maps of the embedding x_L     [B, Z]
//     z = mean + exp(log variance / 2) noise
//     decoder: the base model's hidden layers in reverse, from Z units, then a linear map to N_0
//     logits loss = mean_b ( sum_n cross-entropy(sigmoid(logit), x)
//                     + sum_z (mean^2 + variance - 1 - log variance) / 2 )
//
// Inputs lie in 0 .. 1.  The decoder has batch norm as the encoder has.
#ifndef ENGINE_TRANSFER_VAE_H
#define ENGINE_TRANSFER_VAE_H

#include "engine/base_model.h"

// A linear map of values [in, B] to [out, B], and its derivative; memory of the Vae.
typedef struct {
    int in, out;
    real *w, *b;   // [in, out], [out]
    real *dw, *db; // the same
} VaeMap;

typedef struct {
    PhiShape shape; // of the encoder, whose phi is the caller's
    PhiShape
        decoder_shape; // Z, hidden layers in reverse; no layers if the encoder has no hidden ones
    int batch, latent; // B, Z
    BaseModel encoder, decoder;
    Phi decoder_phi, decoder_dphi; // views of the blocks below
    // All that is learned beside phi, and its derivative, in one block each.
    real *values, *derivative; // [count]
    size_t count;
    VaeMap to_mean, to_log_variance, to_logit;
    real *mean, *log_variance; // [Z, B]
    real *z;                   // [Z, B] the decoder's x_0
    real *logit;               // [N_0, B]; after backward the derivative with respect to it
    real *dmean, *dlog_variance;
    real *dx[PHI_LAYERS + 1], *dz[PHI_LAYERS + 1]; // encoder
    real *decoder_dx[PHI_LAYERS + 1], *decoder_dz[PHI_LAYERS + 1];
    double reconstruction, divergence; // the two parts of the loss
} Vae;

void vae_take(Vae *vae, const PhiShape *shape, int batch, Arena *arena);

// Decoder as base models begin, linear maps truncated normal(1 / sqrt(fan_in)), biases 0.
void vae_initialise(Vae *vae, Random *random);

// x [B, N_0], noise [Z, B].  Returns the loss.
double vae_forward(Vae *vae, const Phi *phi, const real *x, const real *noise);

// dphi and vae->derivative are set; after forward with the same phi and noise.
void vae_backward(Vae *vae, const Phi *phi, const real *noise, Phi *dphi);

#endif
