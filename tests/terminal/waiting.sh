#!/bin/bash
# While something takes long the screens say what is waited for, and keys answer: the Step screen while
# an evaluation goes on, Features and Embedding while their inner loop does.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 120 40
train --set evaluate.steps=100000
wait_for 'evaluating' # a copy asked for before is there at once
keys 2
wait_for 'the unroll of worker 1 is copied when this outer step or evaluation ends'
keys s
wait_for 'there is nothing to step through yet'
wait_for 'the unroll of worker 1 is copied when' # still
keys e
wait_for 'nothing to export on the screen Step'
keys Tab
wait_for 'computing: an inner loop'
keys e
wait_for 'nothing to export: computing: an inner loop'
keys 4 E
wait_for 'exported 0 of 2 panels: nothing to export: computing'
keys q
wait_for 'exit=0'
