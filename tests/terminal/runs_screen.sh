#!/bin/bash
# The Runs screen: the list under a folder, filter, marks, curves, diff; a run that has ended goes on in a
# process of its own and is stopped; watching a run live.  In a small window and a large one.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

make_run() { # NAME ARGUMENTS
    local name=$1
    shift
    "$RULESMITH" train --preset "$folder/tiny.ini" --threads 1 --data-path "$folder" --headless \
        --run "$folder/runs/$name" "$@" >/dev/null 2>&1 || fail "train $name"
}

mkdir "$folder/runs"
make_run one --outer-steps 3 --seed 1
make_run two --outer-steps 5 --seed 2 --set outer.rate=0.5
# One that another process trains, until the end of the test.
# shellcheck disable=SC2086 # TINY is words
"$RULESMITH" train $TINY --headless >/dev/null 2>&1 &
live=$!
wait_for_file "$folder/run/metrics.jsonl" outer_step
kill -STOP "$live" # it leaves the cores to the test until it is watched
ln -s "$folder/runs/one" "$folder/runs/link" # a link is not followed

open_shell 80 24
type_line "clear; $RULESMITH watch '$folder/runs'; echo exit=\$?"
wait_for '^one +finished +3 '
wait_for '^two +finished +5 '
hides '^link' || fail 'a link was followed'

# Filter by a setting; a wrong one is told and changes nothing; Esc takes it away.
keys /
wait_for '^:filter '
terminal send-keys -t main -l 'outer.rate>=0.4'
keys Enter
wait_gone '^one '
wait_for '^two '
keys /
terminal send-keys -t main -l 'loss<lots'
keys Enter
wait_for "expected a number after '<'"
hides '^one ' || fail 'a wrong filter changed the list'
keys Escape
wait_for '^one '

# Two marked runs: letters, both in the chart, what differs between them.
keys g Space Space
wait_for '^a one '
wait_for '^b two '
wait_for 'a one [0-9.]+  b two [0-9.]+'
keys d
wait_for '^outer.rate +0.001 +0.5'
keys Escape
wait_gone '^outer.rate'
keys + # zoomed: no list
wait_gone '^a one '
keys Escape
wait_for '^a one '
terminal send-keys -t main -l ":export runs-loss $folder/loss.png"
keys Enter
wait_for 'exported .*loss.png'
[ "$(head -c 4 "$folder/loss.png" | tail -c 3)" = PNG ] || fail 'no PNG'
"$RULESMITH" export runs --run "$folder/runs" --out "$folder/all.png" || fail 'export runs'
[ "$(head -c 4 "$folder/all.png" | tail -c 3)" = PNG ] || fail 'no PNG of all'
keys u
wait_for '^ *one '

# What has ended is not stopped.  It goes on in a process of its own, and x x stops that.
keys g x
wait_for 'one is not running'
sed -i 's/^outer_steps = .*/outer_steps = 0/' "$folder/runs/one/config.ini"
keys r
wait_for 'one goes on in process'
wait_for '^ *one +training'
keys x
wait_for 'x again saves and stops'
keys x
wait_for '^ *one +interrupted'
file_has "$folder/runs/one/status.json" '"state":"interrupted"' || fail 'one is not interrupted'

# A larger window, and the whole list.
terminal resize-window -t main -x 160 -y 50
wait_for 'accuracy on the first held-out set'
keys Enter
wait_for 'watching +interrupted'
keys Space
wait_for 'is only watched here'
# The other screens are on the run that is shown, and follow to another one.
keys 3
wait_for 'following: outer step [0-9]'
keys 2
wait_for '/one/rule.safetensors'
keys BTab 5 # there a digit is a prefix
wait_for '^two +finished'
keys G Enter
wait_for 'watching +finished'
keys 3
wait_for 'following: outer step 5'
keys 4
wait_for 'following: outer step 5'
keys 2
wait_for '/two/rule.safetensors'
keys q
wait_for 'exit=0'

kill -CONT "$live"
# A live run grows on the screen; it was not started there and cannot be stopped from there.
shown_step() { screen | sed -n 's/.*watching  training  outer step \([0-9,]*\).*/\1/p' | tr -d ,; }
type_line "clear; $RULESMITH watch '$folder/run'; echo exit=\$?"
wait_for 'watching +training'
before=$(shown_step)
grows() { [ "$(shown_step)" -gt "${before:-0}" ]; }
until_true 'more steps' grows
keys 5
wait_for '^run +training'
keys x
wait_for "was not started here: process $live"
keys q
wait_for 'exit=0'
kill "$live"
wait "$live"
file_has "$folder/run/status.json" '"state":"interrupted"' || fail 'the watched run was disturbed'
exit 0
