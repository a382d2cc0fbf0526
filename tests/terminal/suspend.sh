#!/bin/bash
# Ctrl-Z gives the shell its terminal, fg brings the screen back, and training goes on.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 100 30
record_modes "$folder/before"
train
wait_for_steps

# While it draws, too: curses would ignore the signal during every refresh.
pid=$(training_pid)
ignored=0
for ((i = 0; i < 30000; i++)); do
    read -r -a field <"/proc/$pid/stat" # the 33rd is the mask of what is ignored
    ignored=$((ignored + (field[32] >> 19 & 1)))
done
[ "$ignored" = 0 ] || fail "SIGTSTP was ignored at $ignored of 30,000 moments"

for round in 1 2; do
    keys C-z
    wait_for 'Stopped'
    record_modes "$folder/during"
    cmp -s "$folder/before" "$folder/during" || fail "round $round: the modes differ while stopped"
    [ "$(terminal display-message -p -t main '#{alternate_on}')" = 0 ] || fail "the screen was left on"
    type_line fg
    wait_for 'quit'
    wait_for_steps
done

# Stopped by somebody else and continued: drawn again, and a window that changed meanwhile is noticed.
kill -STOP "$pid"
wait_for 'Stopped'
terminal resize-window -t main -x 120 -y 40
type_line fg
wait_for 'quit'
reaches_the_edge() { screen | tail -n +35 | grep -q '[^ ]'; }
until_true 'something below row 35' reaches_the_edge
keys q
wait_for 'rulesmith --resume'
record_modes "$folder/after"
# The size has changed, which stty -a tells too.
diff <(sed 's/rows [0-9]*; columns [0-9]*;//' "$folder/before") \
    <(sed 's/rows [0-9]*; columns [0-9]*;//' "$folder/after") || fail "the modes differ"
