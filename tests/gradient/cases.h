// The cases of test_gradient.c, one or more for each differentiable operation; sizes are odd on
// purpose (not multiples of the vector width or of a tile), and include single layers and units.
#ifndef TESTS_GRADIENT_CASES_H
#define TESTS_GRADIENT_CASES_H

typedef void GradientCase(void **state);

// case_base_model.c
GradientCase activation_slopes, base_model_phi, base_model_single_layer;
// case_layer.c
GradientCase convolution_along_batch, convolution_along_units, layer_norm_relu, layer_residual;
// case_top_error.c
GradientCase top_error_theta;
// case_compute_h.c
GradientCase compute_h_inside, compute_h_input_layer, compute_h_embedding,
    weight_statistics_weights;
// case_weight_change.c
GradientCase weight_change_pulled, weight_change_free, weight_change_narrow;
// case_inner_step.c
GradientCase inner_step_phi, inner_step_one_layer, meta_objective_classes,
    meta_objective_regression_targets;
// case_unroll.c
GradientCase unroll_odd_sizes, unroll_one_layer, unroll_narrow_layer;
// case_transfer.c
GradientCase logistic_weights, labelled_loss_weights, vae_weights, prototypes_weights;

#endif
