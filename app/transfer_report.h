// A transfer evaluation from the command line: run with a line of progress, told as text tables or
// as JSON (interface.md).
//
// A method that is watched while it learns (vae) has two rows: what it was in the end, and at the
// step of its best mean accuracy over the seeds with the most shots, which is chosen by the test
// itself and so in the method's favour.
#ifndef APP_TRANSFER_REPORT_H
#define APP_TRANSFER_REPORT_H

#include "app/json_object.h"
#include "app/transfer_inputs.h"

#include <stdio.h>

// transfer_run, with `name` at the head of the line of progress, until a signal asks to end.
bool transfer_run_shown(Transfer *transfer, const TransferInputs *inputs, const char *name,
                        bool *stopped, Status *status);

// A row of a report.
typedef struct {
    char name[24]; // "vae", "vae_best"
    int method;    // index in the plan
    int mark;      // of the scores that the row shows
} TransferRow;

enum { TRANSFER_ROWS = 2 * TRANSFER_METHODS };
int transfer_rows(const Transfer *transfer, int dataset, TransferRow rows[TRANSFER_ROWS]);

void transfer_print_tables(const Transfer *transfer, const TransferInputs *inputs, FILE *stream);
// To be freed by cJSON_Delete.
cJSON *transfer_json(const Transfer *transfer, const TransferInputs *inputs);

// The index of the most labelled examples, whose accuracy stands for all where there is room for
// one.
int transfer_most_shots(const TransferPlan *plan);

// "196-128-32 relu"
void transfer_describe_base_model(const MethodPlan *learning, const Dataset *dataset, char *text,
                                  size_t size);

// "    0.566 +- 0.015  ", in 20 columns
void transfer_print_figure(TransferFigure figure, FILE *stream);

#endif
