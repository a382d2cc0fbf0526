#!/bin/bash
# A crash gives the terminal back and says how to go on; the signal still ends the program as it would.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 100 30
record_modes "$folder/before"
for signal in SEGV:139 ABRT:134 BUS:135 FPE:136 ILL:132; do
    train
    wait_for_steps
    keys s
    wait_for_file "$folder/run/log.txt" 'saved'
    kill -s "${signal%:*}" "$(training_pid)"
    wait_for "exit=${signal#*:}"
    wait_for 'rulesmith --resume'
    [ "$(terminal display-message -p -t main '#{alternate_on} #{cursor_flag}')" = '0 1' ] ||
        fail "$signal: the screen was left on"
    record_modes "$folder/after"
    cmp -s "$folder/before" "$folder/after" || fail "$signal: the modes differ"
    rm -rf "$folder/run"
done
