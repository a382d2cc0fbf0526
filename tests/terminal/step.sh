#!/bin/bash
# The Step screen: stages, prefix, back, breakpoints, what-if, values, zoom, export; on its own and with a
# copy of a running training's unroll, which goes on.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

prompt() {
    keys ':'
    terminal send-keys -t main -l -- "$1"
    keys Enter
}

open_shell 80 24
type_line "cd $folder; clear; $RULESMITH step --preset $folder/tiny.ini --data 'shapes?seed=2&size=8'; echo exit=\$?"
wait_for 'inner step 0 of 4 .*stage 1 of 19: phi_t'
wait_for 'layer0.x +64x32'
keys s
wait_for 'stage 2 of 19: forward layer 1'
wait_for 'z_l = \(a - mean_b a\)'
keys 1 0 s
wait_for 'stage 12 of 19: terms of layer 1'
wait_for 'layer1.hebb'
keys 3 S 2 n
wait_for 'inner step 2 of 4 .*stage 9 of 19: delta_1'
keys N N F
wait_for 'inner step 0 of 4 .*stage 1 of 19'
screen | head -n 23 >"$folder/before"

# Forwards and back is the same screen, to the last digit and the last cell.
keys 3 n
wait_for 'inner step 3 of 4'
keys 3 N
same() { screen | head -n 23 | cmp -s - "$folder/before"; }
until_true 'the screen of before' same

# Breakpoints stop, also backwards; a wrong one says where.
prompt 'break step==2'
wait_for 'breakpoint 1: step==2'
keys c
wait_for 'breakpoint 1: step==2 \(step = 2\)'
wait_for 'inner step 2 of 4 .*stage 1 of 19'
prompt 'break accuracy<'
wait_for 'position 10'
prompt 'delete 1'
wait_for 'deleted 1'

# Another tensor, as a table; zoom and back.
keys j v
wait_for 'layer1.W +64x8'
wait_for '^row, column|row, column'
keys +
wait_gone 'stages'
keys Escape
wait_for 'stages'
keys v

# What if.
prompt 'term hebb off'
wait_for 'WHAT IF'
keys n x
wait_for 'other future: hebb off'
prompt 'drop'
wait_for 'the second future is gone'

# Other data and base model; what cannot be opened leaves the session as it is.
prompt 'open base=5:tanh seed=3'
wait_for '64-5-6 tanh'
prompt 'open data=nothing'
wait_for 'nothing'
wait_for '64-5-6 tanh'
prompt "export anatomy $folder/anatomy.png"
wait_for 'exported'
[ "$(head -c 4 "$folder/anatomy.png" | tail -c 3)" = PNG ] || fail 'no PNG'

# Without a run pictures go into the present folder.
keys e
wait_for 'exported [a-z]+-[0-9]+.png'
compgen -G "$folder/tensors-*.png" >/dev/null || fail 'no picture in the present folder'

# Sizes, help.
for size in '160 50' '48 12' '30 8' '100 30'; do
    terminal resize-window -t main -x "${size% *}" -y "${size#* }"
done
wait_for 'anatomy'
keys '?'
wait_for 'to the next stage of the inner step'
keys Escape
wait_for 'anatomy'
keys q
wait_for 'exit=0'

# A copy of the first worker's unroll, while training goes on; screens go round.
type_line clear
terminal resize-window -t main -x 120 -y 40
train
wait_for_steps
keys 2
wait_for 'COPY of worker 1, outer step'
wait_for_steps
keys 2 s
wait_for 'stage 3 of'
prompt 'copy 9'
wait_for 'expected a worker from 1 to 4, found 9'
prompt 'copy 3'
wait_for 'COPY of worker 3'
keys e
wait_for 'exported .*images/tensors-[0-9]*.png'
keys Tab
keys BTab
wait_for 'COPY of worker 3'
keys q
wait_for 'exit=0'
