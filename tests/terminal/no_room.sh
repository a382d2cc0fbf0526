#!/bin/bash
# A run that cannot be saved, under the screen: said at once; leaving asks, trying again saves as soon as it can be;
# nothing is lost but what the user gives up.  And a terminal that goes away without a signal.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

# Files of the training may grow to so many bytes, as on a disk that is full.
room() { prlimit --pid "$(training_pid)" --fsize="$1": || fail "prlimit"; }

open_shell 100 30
for way in again without; do
    train --set outer.workers=2
    wait_for_steps
    room 16000 # log.txt and status.json still fit
    keys s
    wait_for 'NOT SAVED'
    wait_for_file "$folder/run/log.txt" 'NOT SAVED: .*File too large'
    keys q
    wait_for 'NOT SAVED .*s tries again, q leaves'
    before=$(grep -c 'NOT SAVED' "$folder/run/log.txt")
    keys s
    tried_again() { [ "$(grep -c 'NOT SAVED' "$folder/run/log.txt")" -gt "$before" ]; }
    until_true 'another try to save' tried_again
    wait_for 'NOT SAVED .*s tries again, q leaves'
    if [ $way = again ]; then
        room unlimited
        keys s
        wait_for 'exit=0'
        saved=$(outer_step)
        [ "$(readlink "$folder/run/checkpoints/latest" | tr -dc 0-9 | sed 's/^0*//')" -ge "$((saved - 1))" ] ||
            fail "saved $(readlink "$folder/run/checkpoints/latest") of $saved"
    else
        keys q
        wait_for 'exit=1'
        screen | tr -d '\n' | grep -q 'rulesmith: .*File too large' || fail "the last line does not tell why"
    fi
    "$RULESMITH" verify "$folder/run" >"$folder/told" 2>&1 ||
        grep -q 'the last line is torn' "$folder/told" || fail "$way: $(tail -n 1 "$folder/told")"
    type_line "clear; $RULESMITH train --resume $folder/run --data-path $folder --headless --set run.outer_steps=$(($(outer_step) + 2)) 2>&1 | tail -n 1; echo exit=\${PIPESTATUS[0]}"
    wait_for 'exit=0'
    "$RULESMITH" verify "$folder/run" >"$folder/told" 2>&1 || fail "$way, resumed: $(tail -n 1 "$folder/told")"
    rm -rf "$folder/run"
done

# In a session of its own no SIGHUP comes when the terminal goes.
type_line "clear; setsid -w env -u HOME $RULESMITH train $TINY 2>$folder/err"
wait_for 'quit'
wait_for_steps
pid=$(training_pid)
terminal kill-server
saved() { file_has "$folder/run/status.json" 'signal 1 ' && ! kill -0 "$pid" 2>/dev/null; }
until_true 'the state to be saved' saved
"$RULESMITH" verify "$folder/run" >"$folder/told" 2>&1 || fail "verify: $(tail -n 1 "$folder/told")"
