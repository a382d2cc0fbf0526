#!/bin/bash
# No terminal, or one that can show nothing: one line that names --headless, exit 1, nothing made.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

# refused BEFORE AFTER: what stands before and after the command in the shell of a real terminal.
# The screen of the call before may still stand there, so each says which one it is.
call=0
refused() {
    call=$((call + 1))
    type_line "clear; $1 $RULESMITH train $TINY 2>error $2; echo exit=\$? lines=\$(wc -l <error) call=$call"
    wait_for "^exit=1 lines=1 call=$call\$"
    grep -q -- '--headless' "$folder/error" || fail "'$1' '$2': $(cat "$folder/error")"
    [ ! -e "$folder/run" ] || fail "'$1' '$2': made a run directory"
}

open_shell 100 30
type_line 'set -o pipefail'
refused 'TERM=dumb' ''
refused 'TERM=' ''
refused 'TERM=no-such-terminal' ''
refused '' '| cat'
refused '' '</dev/null'
