#!/bin/bash
# A storm of sizes: no crash, training goes on, the last size is drawn.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 100 30
train
RANDOM=7
before=$(outer_step)
for ((i = 0; i < 150; i++)); do
    terminal resize-window -t main -x $((1 + RANDOM % 300)) -y $((1 + RANDOM % 100))
    [ $((i % 25)) -ne 0 ] || keys '?' '?' Tab p + + y
done
for size in '1 1' '500 200' '2 1' '1 2' '80 24'; do
    terminal resize-window -t main -x "${size% *}" -y "${size#* }"
done
wait_for 'quit'
wait_for_steps
[ "$(outer_step)" -gt "$before" ] || fail "training stood still"
[ "$(screen | wc -l)" -eq 24 ] || fail "not the last size"

# Every size settles on a picture that fits: the last row is the key bar.
for size in '80 24' '160 50' '300 80' '60 16'; do
    terminal resize-window -t main -x "${size% *}" -y "${size#* }"
    last_row_is_key_bar() { screen | sed -n "${size#* }p" | grep -q 'quit'; }
    until_true "the key bar in the last row at $size" last_row_is_key_bar
done
keys q
wait_for 'exit=0'
