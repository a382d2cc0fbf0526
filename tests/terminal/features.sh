#!/bin/bash
# The Features and Embedding screens: every tab, what the keys change, e and E, all sizes, all kinds
# of terminals.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

images=$folder/run/images
exported() {
    local file
    wait_for_file "$folder/run/log.txt" "exported .*images/$1-[0-9]*\\.png" # narrow windows cut it
    file=$(ls "$images/$1"-*.png | tail -n 1)
    [ "$(head -c 4 "$file" | tail -c 3)" = PNG ] || fail "$file is no PNG"
}

open_shell 120 40
train
wait_for_steps
keys 3
wait_for 'following: outer step [0-9]+'
wait_for 'W_1 before.*W_1 now.*W_1 now - before'
wait_for '8x8, base model 64-8-6, 4 inner steps'
keys e
exported features
# Wide and low: of W or V all three; narrow: one.
terminal resize-window -t main -x 120 -y 30
hides_v() { shows 'W_1 now' && hides 'V_1'; }
until_true 'W alone' hides_v
keys w
wait_for 'V_1 before.*V_1 now.*V_1 now - before'
terminal resize-window -t main -x 80 -y 24
wait_gone 'V_1 before'
wait_for 'V_1 now'
keys b
wait_for 'V_1 now - before'
keys b
wait_for 'V_1 before'
keys e
exported filters
keys p
wait_for 'x_1 '
keys ']'
wait_for 'x_2 .*6 units'
keys ']'
wait_for 'x_0 .*64 pixels'
keys '['
wait_for 'x_2 '
keys e
exported activations
keys p
wait_for 'filmstrip of V_1'
wait_for '^ +0 +[0-9]'
keys j
wait_for 'units 2-'
keys g
wait_for 'units 1-'
keys e
exported filmstrip
keys f
wait_for 'held at outer step'
held=$(screen | grep -o 'held at outer step [0-9]*')
wait_for_steps
wait_for "$held"
keys f
wait_for 'following: outer step'

keys 4
wait_for 'PC 1 .*PC 1 '
keys x
wait_for 'PC 3 .*PC 3 '
keys X
wait_for 'PC 1 .*PC 1 '
keys y
wait_for 'PC 3 '
keys ']'
keys e
exported embedding
keys p
wait_for 'participation ratio'
keys E
wait_for 'exported 2 of 2 panels'
keys p

# Any size; what is too small is said, and the screen comes back.
for size in '1 1' '20 5' '48 12' '300 80' '61 17'; do
    # shellcheck disable=SC2086 # two numbers
    set -- $size
    terminal resize-window -t main -x "$1" -y "$2"
    keys 3 4
done
terminal resize-window -t main -x 100 -y 30
wait_for 'PC 1 '
keys '?'
wait_for 'follow newer rules'
keys '?'
keys q
wait_for 'exit=0'

# Without colours, and in ASCII.
type_line 'clear; export NO_COLOR=1 LC_ALL=C TERM=vt100'
rm -rf "$folder/run"
train
wait_for_steps
keys 3
wait_for 'W_1 before'
wait_for 'base model'
! screen | LC_ALL=C grep -q '[^ -~]' || fail "the C locale shows more than ASCII"
keys 4
wait_for 'PC 1 '
! screen | LC_ALL=C grep -q '[^ -~]' || fail "the C locale shows more than ASCII"
keys q
wait_for 'exit=0'
