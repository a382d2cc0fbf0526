#!/bin/bash
# Too small a window: one line says what is needed, only help and quit act, training goes on.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 100 30
train
terminal resize-window -t main -x 40 -y 5
wait_for 'small|needs'
one_line() { [ "$(screen | grep -c '[^ ]')" -eq 1 ]; }
until_true 'one line only' one_line
newest=$(readlink "$folder/run/checkpoints/latest")
keys Space s e
wait_for_steps
state_is training || fail "a key acted that should not: $(cat "$folder/run/status.json")"
[ "$(readlink "$folder/run/checkpoints/latest")" = "$newest" ] || fail "s saved in a window that is too small"

keys '?'
wait_for 'Keys'
keys '?'
wait_for 'small|needs'
keys q
wait_for 'exit=0'
