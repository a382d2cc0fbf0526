#!/bin/bash
# The command line: settings change in the running training and in its config.ini, a resume goes on with
# them; completion, history, errors; leaving by :q.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

export XDG_STATE_HOME=$folder/state
open_shell 100 30
train
wait_for_steps

# A wrong command changes nothing and says why.
keys ':'
wait_for '^:'
terminal send-keys -t main -l 'set outer.rate=-1'
keys Enter
wait_for 'outer.rate: expected a number from'
file_has "$folder/run/config.ini" '^rate = 0.001' || fail 'config.ini was changed'

# A changed rate is used by the next outer step, logged, saved and in config.ini.
keys ':'
terminal send-keys -t main -l 'set outer.rate=0.0375'
keys Enter
wait_for_file "$folder/run/config.ini" '^rate = 0.0375'
wait_for_file "$folder/run/metrics.jsonl" '"rate":0.0375,'
file_has "$folder/run/log.txt" 'outer.rate is 0.0375 from outer step [0-9]+ on \(was 0.001\)' || fail 'not logged'
[ -e "$folder/run/checkpoints/latest" ] || fail 'not saved'

# In a pause too; completed by Tab, recalled by Up.
keys Space
until_true 'the pause' state_is paused
keys ':' s e t Space i n n e r . h Tab
wait_for '^:set inner.horizon_m'
keys Tab
wait_for '^:set inner.horizon_min='
keys Tab Tab
wait_for '^:set inner.horizon_min='
keys Tab
wait_for '^:set inner.horizon_max='
keys 9 Enter
wait_for 'inner.horizon_max is 9 from outer step'
keys ':' Up
wait_for '^:set inner.horizon_max=9'
keys Up
wait_for '^:set outer.rate=0.0375'
keys Escape
wait_gone '^:'

# The same command again says that nothing changes; longer unrolls than at the start find room.
keys ':' s e t Space
terminal send-keys -t main -l 'inner.truncation_max=8'
keys Enter
wait_for 'inner.truncation_max is 8'
keys ':' Up Enter
wait_for 'inner.truncation_max=8 already'
keys ':' r e s u m e Enter
until_true 'training' state_is training
wait_for_steps

# A panel by its name, to a place of one's own.
keys ':' e x p o r t Space g r a Tab m i n e . p n g Enter
wait_for 'exported mine.png'
[ -s "$folder/mine.png" ] || fail 'nothing exported'
keys ':' q u i t Enter
wait_for 'exit=0'

# The resume has them; its command line wins.
type_line "clear; $RULESMITH train --resume run --data-path . --dry-run; echo exit=\$?"
wait_for 'exit=0'
type_line "clear; $RULESMITH train --resume run --data-path . --set outer.rate=0.5; echo exit=\$?"
wait_for 'quit'
wait_for_file "$folder/run/metrics.jsonl" '"rate":0.5,'
file_has "$folder/run/config.ini" '^horizon_max = 9' || fail 'the horizon is forgotten'
file_has "$folder/run/config.ini" '^truncation_max = 8' || fail 'the truncation is forgotten'

# The history outlives the program.
keys ':' Up
wait_for '^:quit'
keys Enter
wait_for 'exit=0'
grep -qx 'set outer.rate=0.0375' "$folder/state/rulesmith/commands" || fail 'no history file'
