#!/bin/bash
# ? shows every key of the table, whatever the window; Esc closes it at once.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 100 70
train
keys '?'
wait_for 'Keys'
for name in 'q F10' '\? F1' 'Space' 's ' 'e ' 'E ' 'h Left' 'z ' 'H Shift-Left' 'f ' 'x ' 'r ' '\(' 'G End' 't ' ': ' 'Tab' 'Shift-Tab' '1-5' 'p ' 'P ' '\+ Enter' 'y ' '\]' '\[' \
    'j Down' 'k Up' 'PgDn' 'PgUp' 'g Home' 'Esc' 'Ctrl-L'; do
    shows "^ *$name .*[a-z]{3}" || fail "the help does not tell $name"
done
for command in ':quit :q' ':write :w' ':set section.key' ':export ' ':evaluate'; do
    shows "^ *$command.* [a-z]{3}" || fail "the help does not tell :$command"
done
keys Escape
wait_gone 'Keys'

# Scrolled where it does not fit.
terminal resize-window -t main -x 80 -y 14
keys F1
wait_for 'lines 1-12 of' # drawn for the new size
hides 'Ctrl-L' || fail "everything fits"
keys PPage NPage NPage NPage
wait_for 'Ctrl-L'
keys g
wait_for 'pause training'

# / shows only what has the words, under its headings; Esc takes that away, then the help.
keys / 'PNG panel' Enter
wait_for 'with PNG panel'
shows '^ *e .*focused' || fail "the filter hides what has the words"
hides 'pause training' || fail "the filter hides nothing"
keys Escape
wait_for 'pause training'
keys '?'
wait_gone 'Keys'

# No line is cut in a usual window, on any screen.
terminal resize-window -t main -x 80 -y 120
for name in Train Step Features Embedding Runs; do
    keys '?'
    wait_for "Keys of the $name screen"
    wait_for "^The $name screen"
    wait_for 'Ctrl-L'
    hides '…' || fail "a line of the help of $name is cut"
    keys Escape
    wait_gone 'Keys of the'
    keys Tab
done
keys q
wait_for 'exit=0'
