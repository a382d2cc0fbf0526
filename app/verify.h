// What a file is, or what is wrong with it: one function for each kind that rulesmith verify knows.
//
// On success told is what the file holds, in a line; what is wrong names the file, the position,
// what was expected and what was found.  A Verifier reads the whole file and changes nothing.
#ifndef APP_VERIFY_H
#define APP_VERIFY_H

#include "engine/status.h"

enum { TOLD = 512 };

typedef bool Verifier(const char *path, char told[TOLD], Status *status);

// verify_tensors.c
Verifier verify_rule;
Verifier verify_safetensors; // rules, base models, checkpoints and others, by what they say

// verify_json.c
Verifier verify_status;
Verifier verify_json_lines; // metrics.jsonl, an experiment's items.jsonl
Verifier verify_json;       // these and what transfer and experiment write, by their keys

// verify_data.c
Verifier verify_idx; // images, vectors or labels, plain or compressed
Verifier verify_cifar;
Verifier verify_npy;
Verifier verify_libsvm;
Verifier verify_cifar_folder;
Verifier verify_image_folder; // every picture is decoded

#endif
