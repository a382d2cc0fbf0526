#!/bin/bash
# assets/rules/make.sh makes a rule in stages, each from the one before, goes on with what was interrupted, and
# says whether the numbers are those of the shipped rule.
# shellcheck disable=SC2154 # folder comes from there
. "$(dirname "$0")/lib.bash"

make_rule() {
    RUNS=$folder/runs STEPS=$1 sh assets/rules/make.sh "$2" >"$folder/out" 2>"$folder/error" || fail "make.sh $2: $(cat "$folder/error")"
}
make_rule 1 glyphs-shapes
grep -q "runs/D/rule.safetensors: other numbers than assets/rules/glyphs-shapes.safetensors" "$folder/out" || fail "$(cat "$folder/out")"
make_rule 2 glyphs-shapes
[ "$(grep -c '"kind":"outer"' "$folder/runs/D/metrics.jsonl")" -eq 2 ] || fail "the second call did not go on"

# A stage that was stopped on its way is not taken for done.
RULESMITH=true STEPS=5 RUNS=$folder/runs sh assets/rules/make.sh glyphs-shapes >"$folder/out" 2>"$folder/error"
[ $? -eq 1 ] || fail "a stage that was stopped: exit code"
grep -q 'runs/D/rule.safetensors is not of outer step 5' "$folder/error" || fail "a stage that was stopped: $(cat "$folder/error")"

# A run whose rule has the shipped one's numbers: nothing is left to do.
cp assets/rules/glyphs-shapes.safetensors "$folder/runs/D/rule.safetensors"
RULESMITH=true RUNS=$folder/runs sh assets/rules/make.sh glyphs-shapes >"$folder/out" 2>&1
grep -q "runs/D/rule.safetensors: the same numbers as" "$folder/out" || fail "$(cat "$folder/out")"

sh assets/rules/make.sh no-such-rule >"$folder/out" 2>"$folder/error"
[ $? -eq 2 ] || fail "a rule that is not there: exit code"
grep -q 'NAME is glyphs-shapes, silhouettes or bright-silhouettes' "$folder/error" || fail "usage: $(cat "$folder/error")"
