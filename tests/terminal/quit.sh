#!/bin/bash
# q, Ctrl-C, SIGTERM and SIGHUP: the training is saved, the terminal is as it was, the exit code tells.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 100 30
record_modes "$folder/before"

# ended CODE: checks what every way out must leave.
ended() {
    wait_for "exit=$1"
    record_modes "$folder/after"
    cmp -s "$folder/before" "$folder/after" || fail "the terminal's modes differ: $(diff "$folder/before" "$folder/after")"
    # The main screen is back, the cursor is shown, the mouse is off.
    [ "$(terminal display-message -p -t main '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')" = '0 1 0' ] ||
        fail "alternate screen, cursor or mouse are left on"
    [ -e "$folder/run/checkpoints/latest" ] || fail "no checkpoint"
    [ -s "$folder/run/rule.safetensors" ] || fail "no rule"
    rm -rf "$folder/run"
}

train
wait_for_steps
keys q
wait_for 'rulesmith --resume'
file_has "$folder/run/status.json" '"state":"interrupted"' || fail "state: $(cat "$folder/run/status.json")"
ended 0

train
keys F10
ended 0

train
keys C-c
ended 130

for signal in TERM HUP QUIT; do
    train
    wait_for_steps
    kill -s "$signal" "$(training_pid)"
    case $signal in TERM) ended 143 ;; HUP) ended 129 ;; QUIT) ended 131 ;; esac
done

# At the goal the screen stays until it is left.
train --outer-steps 7
wait_for 'finished'
keys s
wait_for 'training has ended'
keys q
ended 0

# The terminal goes away: saved all the same.
train
wait_for_steps
terminal kill-server
saved() { file_has "$folder/run/status.json" 'signal 1 ' && [ -e "$folder/run/checkpoints/latest" ]; }
until_true 'the state to be saved' saved
