#!/bin/bash
# What the keys do to a training: pause, save, test, zoom; redraw.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 120 40
train
wait_for_steps
keys Space
until_true 'the pause' state_is paused
wait_for '[Pp]aused'
step=$(outer_step)

# Saving works in a pause.
keys s
wait_for "saved outer step $step"
[ -e "$folder/run/checkpoints/latest" ] || fail "nothing saved"
evaluations() { grep -c '"kind":"evaluation"' "$folder/run/metrics.jsonl"; }
before=$(evaluations)
keys t
one_more() { [ "$(evaluations)" -gt "$before" ]; }
until_true 'one more evaluation' one_more
[ "$(outer_step)" -eq "$step" ] || fail "it went on in the pause"
keys Space
until_true 'training' state_is training
wait_for_steps

# p and + let one panel fill the window, Esc takes both back.
keys p +
wait_gone 'workers'
keys Escape
wait_for 'workers'

# Ctrl-L repairs what something else has written over the screen.
# At a place of its own, as the program may leave the cursor at the end of a line.
type_on_terminal() { printf '\0337\033[5;20HXYZZY\0338' >"$(terminal display-message -p -t main '#{pane_tty}')"; }
keys Space
until_true 'the pause' state_is paused
wait_gone 'paused at outer'
# Not in the middle of a frame: what is written there would be torn apart by the frame's own output.
still() {
    local before
    before=$(screen)
    sleep 0.3
    [ "$(screen)" = "$before" ]
}
until_true 'a screen that holds still' still
type_on_terminal
wait_for 'XYZZY'
keys C-l
wait_gone 'XYZZY'

# What is not in the table does nothing.
keys z '~' '@'
# A number or Tab goes to another screen.
keys 5
wait_for 'runs in '
keys 1
wait_for 'workers'
keys BTab
wait_gone 'workers'
keys Tab
wait_for 'workers'
state_is paused || fail "an unknown key acted"
keys q
wait_for 'exit=0'
