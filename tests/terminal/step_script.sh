#!/bin/bash
# rulesmith step without a terminal: a line of JSON for each command; forwards and back gives the same
# bytes; a mistake ends a script with its line, and exit code 2.
# shellcheck disable=SC2154 # folder comes from there
. "$(dirname "$0")/lib.bash"

step() {
    "$RULESMITH" step --preset "$folder/tiny.ini" --data 'shapes?seed=2&size=8' "$@"
}

printf '%s\n' 'print layer1.W values' '5n' '5N' 'print layer1.W values' '# a remark' '' \
    'break step==3' 'watch accuracy' c q n >"$folder/commands"
step --script "$folder/commands" >"$folder/out" || fail "step: $?"
[ "$(wc -l <"$folder/out")" -eq 9 ] || fail "a line for each command: $(cat "$folder/out")"
[ "$(sed -n 2p "$folder/out")" = "$(sed -n 5p "$folder/out")" ] || fail "there and back differ"
sed -n 8p "$folder/out" | grep -q 'breakpoint 1: step==3 (step = 3)' || fail "no breakpoint"

# From stdin the same.
step <"$folder/commands" >"$folder/again" || fail "step from stdin"
cmp "$folder/out" "$folder/again" || fail "a script from stdin differs"

printf 'n\nbreak accuracy<\n' >"$folder/wrong"
step --script "$folder/wrong" >"$folder/out" 2>"$folder/error"
[ $? -eq 2 ] || fail "a wrong script: exit code"
grep -q 'wrong:2: .*position 10' "$folder/error" || fail "a wrong script: $(cat "$folder/error")"
tail -n 1 "$folder/out" | grep -q '"error":' || fail "no error in the reply"

step --script "$folder/missing" 2>"$folder/error"
[ $? -eq 3 ] || fail "a missing script: exit code"
step --base 8:relux </dev/null 2>"$folder/error"
[ $? -eq 2 ] || fail "a wrong activation: exit code"

# --seed and the command `seed` are the same draws.
echo next | step --seed 3 | tail -n 1 >"$folder/option"
printf '%s\n' 'seed 3' next | step | tail -n 1 >"$folder/command"
cmp "$folder/option" "$folder/command" || fail "--seed 3 and seed 3 differ"
