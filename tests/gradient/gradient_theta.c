#include "tests/gradient/gradient_theta.h"

#include <string.h>

static bool starts_with_one_of(const char *name, const char *prefixes) {
    for (const char *prefix = prefixes; *prefix;) {
        const size_t length = strcspn(prefix, " ");
        if (strncmp(name, prefix, length) == 0)
            return true;
        prefix += length + strspn(prefix + length, " ");
    }
    return false;
}

size_t theta_inputs(const RandomRule *random_rule, const char *prefixes, GradientInput *inputs) {
    size_t count = 0;
    for (int i = 0; i < random_rule->layout.tensors; i++) {
        const ThetaTensor *tensor = &random_rule->layout.tensor[i];
        if (starts_with_one_of(tensor->name, prefixes))
            inputs[count++] = (GradientInput){tensor->name, random_rule->theta + tensor->offset,
                                              random_rule->dtheta + tensor->offset, tensor->count,
                                              tensor->before_norm};
    }
    return count;
}

void theta_open_bias(RandomRule *random_rule) {
    const ThetaLayout *layout = &random_rule->layout;
    random_rule->theta[layout->tensor[theta_find(layout, "bias.b")].offset] = 2;
}

void theta_derivative(RandomRule *random_rule) {
    rule_gradient_get(&random_rule->gradient, &random_rule->rule, random_rule->dtheta);
}
