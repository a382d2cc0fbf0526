// The experiments, in one table.
#include "app/experiments.h"

#include <string.h>

static const char *const curves_of_rule = "rule,random";

static const Experiment table[] = {
    {.name = "transfer",
     .help = "a rule and its competitors on held-out data",
     .defaults = {.data = "fashion?size=14,fashion?size=28",
                  .methods = "rule,vae,supervised,random,pixels",
                  .shots = "10",
                  .seeds = "3",
                  .tests = "1000"},
     .plan = plan_transfer},
    {.name = "mismatch",
     .help = "loss of a variational autoencoder and accuracy of its encoder while it learns",
     .defaults = {.data = "fashion?size=14",
                  .methods = "vae,random",
                  .shots = "10",
                  .seeds = "3",
                  .tests = "1000"},
     .plan = plan_mismatch},
    {.name = "permutation",
     .help = "prototypical networks, trained on intact and on permuted inputs, and a rule",
     .defaults = {.data = "fashion?size=14,glyphs-held-out?size=14",
                  .methods = "prototypes,rule,random,pixels",
                  .shots = "10",
                  .seeds = "3",
                  .tests = "500",
                  .source = "glyphs:1,shapes:1"},
     .plan = plan_permutation},
    {.name = "width",
     .help = "base models wider and narrower than in meta-training",
     .defaults = {.data = "fashion?size=14",
                  .methods = curves_of_rule,
                  .shots = "10",
                  .seeds = "3",
                  .tests = "500"},
     .points = "16,32,64,128,256,512,1024",
     .points_help = "units of each hidden layer",
     .plan = plan_width},
    {.name = "depth",
     .help = "base models shallower and deeper than in meta-training",
     .defaults = {.data = "fashion?size=14",
                  .methods = curves_of_rule,
                  .shots = "10",
                  .layers = "64",
                  .seeds = "3",
                  .tests = "500"},
     .points = "1,2,3,4,5,7,9,11",
     .points_help = "hidden layers, of the units of the first of --layers",
     .plan = plan_depth},
    {.name = "activations",
     .help = "base models with activations that meta-training did not use",
     .defaults = {.data = "fashion?size=14",
                  .methods = curves_of_rule,
                  .shots = "10",
                  .seeds = "3",
                  .tests = "500"},
     .points = "relu,leaky_relu,elu,swish,tanh,sigmoid,softplus,step,sine",
     .points_help = "activations",
     .plan = plan_activations},
    {.name = "text",
     .help = "rules of a run's past on bags of words (or any data)",
     .defaults = {.methods = "rule,random,pixels", .shots = "10", .seeds = "5", .tests = "500"},
     .data_help = "libsvm:TRAIN:TEST?words=1000&value=log-tf",
     .points_help = "outer steps after which the run that --run names kept a rule",
     .plan = plan_text},
    {.name = "filters",
     .help = "first-layer receptive fields over the rules of a run's past",
     .defaults = {.data = "fashion?size=14",
                  .methods = "rule,random",
                  .shots = "10",
                  .seeds = "3",
                  .tests = "500"},
     .points_help = "outer steps after which the run that --run names kept a rule",
     .looks = true,
     .plan = plan_filters},
    {.name = "embedding",
     .help = "what the embedding is like before and after the inner loop, and its variance",
     .defaults = {.data = "moons,fashion?size=14",
                  .methods = "rule,random,pixels",
                  .shots = "10",
                  .seeds = "5",
                  .tests = "500"},
     .points = "1,2,3,4,5,6,8,10,12,16,20,24,32",
     .points_help = "numbers of principal components",
     .looks = true,
     .plan = plan_embedding},
};

const Experiment *experiments_table(size_t *count) {
    *count = sizeof table / sizeof table[0];
    return table;
}

const Experiment *experiment_named(const char *name) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
