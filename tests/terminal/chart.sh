#!/bin/bash
# The charts of the Train screen under the keys: the cursor reads exact values and holds the chart
# while training goes on, until f follows again; zoom, pan, scales; panels without room are reached.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

# steps_done N: until so many outer steps are done.
steps_done() {
    local wanted=$1
    enough() { [ "$(outer_step)" -ge "$wanted" ]; }
    until_true "$wanted outer steps" enough
}

# The title line of the loss, as far as the next panel.
title() {
    screen | grep -oE 'meta-loss.{0,28}'
}

open_shell 80 24
train
steps_done 60
keys h h h
wait_for 'meta-loss +at [0-9]+ .*held'
held=$(title)
# What it reads is what was written: the loss of that outer step.
step=$(sed -nE 's/.* at ([0-9]+) .*/\1/p' <<<"$held")
loss=$(grep "\"outer_step\":$step,.*meta_loss" "$folder/run/metrics.jsonl" | grep -oE '"meta_loss":[-0-9.e]+' | cut -d: -f2)
reads_loss() {
    screen | sed -nE 's/.*this step ([-0-9.e]+).*/\1/p' | head -n 1 |
        awk -v loss="$loss" 'NF { found = ($1 - loss) ^ 2 <= (1e-3 * loss) ^ 2 } END { exit !found }'
}
until_true "the cursor to read $loss" reads_loss
before=$(outer_step)
steps_done $((before + 60))
[ "$(title)" = "$held" ] || fail "the cursor moved from '$held' to '$(title)'"
keys z
until_true "another window" sh -c "tmux -L '$socket' capture-pane -p -t main | grep -q 'meta-loss *at $step .*held'"
keys f
wait_gone ' held( |$)'
hides " at [0-9]+ " || fail "the cursor is still there"
keys H
wait_for 'everything is shown; z zooms in'
keys z
wait_for ' held( |$)'
keys y x
wait_for 'log x log y'
keys y x r r
wait_for 'fixed y'
keys Escape
wait_gone ' held( |$)'

# Panels that have no room take a place while they have the focus.
hides 'gradient norm|learning rate' || fail "there is room for everything"
keys p p p
wait_for '> gradient norm'
shows 'meta-loss' || fail "the loss has gone"
keys p
wait_for '> learning rate'
keys G
wait_for 'learning rate +at [0-9]+ +held'
wait_for '0\.00[0-9]+'
keys Enter
wait_gone 'meta-loss'
wait_for 'rate of Adam +— this step [0-9.e-]+'
keys Enter Escape Escape
wait_gone ' held( |$)|> '

# w: in the place of the histogram the same weights over time, a chart like the others.
keys w
wait_for '^theta top over time'
keys P P P w
wait_gone 'over time'
wait_for '> theta top'
keys w ']'
wait_for '> theta h[.a-z_0-9]* over time'
keys Enter g
wait_for 'over time +at 0 +held'
wait_for '— max [-0-9.]+  — 84% [-0-9.]+  — median'
keys q
wait_for 'exit=0'
