#!/bin/bash
# experiment: the list; table, JSON and figure; the same again measures nothing; interrupted it goes on and
# ends with the same table; a line of progress on a terminal and nothing of the kind elsewhere; errors.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
train_rule
small="--data glyphs-held-out?size=8 --seeds 2 --tests 40 --shots 4 --seed 3 --rule $rule"

"$RULESMITH" experiment >out 2>err || fail "no list"
for name in transfer mismatch permutation width depth activations text filters embedding; do
    grep -qE "^  $name +[a-z]" out || fail "'$name' is not listed"
done

# shellcheck disable=SC2086 # several words
experiment() { # NAME OPTIONS
    "$RULESMITH" experiment "$1" $small "${@:2}" >out 2>err
}

experiment width --points 4,12 || fail "exit code $?"
! grep -qE $'\r|left' err || fail "a line of progress without a terminal"
for row in 4 12; do
    [ "$(grep -cE "^$row +([0-9.]+ \+- [0-9.]+ *){4}$" out)" -eq 1 ] || fail "no row '$row'"
done
cmp out experiments/width/table.txt || fail "the table is another one"
is_png experiments/width/figure.png
[ "$(wc -l <experiments/width/items.jsonl)" -eq 8 ] || fail "not eight measurements"
cp experiments/width/table.json first.json

# Again: everything is there.  One more point adds to it; --json goes to stdout.
experiment width --points 4,12 || fail "again: exit code $?"
grep -q '^rulesmith: 8 of 8 measurements' err || fail "it does not say that all is there"
cmp first.json experiments/width/table.json || fail "another result of the same measurements"
experiment width --points 4,12,6 --json --out other || fail "--out: exit code $?"
cmp out other/table.json || fail "--json is another result"
cp experiments/width/items.jsonl other/
experiment width --points 4,12,6 --out other || fail "more points: exit code $?"
grep -q '^rulesmith: 8 of 12 measurements' err || fail "it does not take what is there"

for name in depth activations transfer permutation embedding; do
    more=()
    [ $name = depth ] && more=(--points "1,2")
    [ $name = activations ] && more=(--points "relu,sine")
    [ $name = transfer ] && more=(--vae-steps 20)
    [ $name = permutation ] && more=(--prototype-steps 5)
    experiment $name "${more[@]}" || fail "$name: exit code $?"
    is_png experiments/$name/figure.png
done

# Over the rules that the run has kept: of the outer steps 1 and 2.
"$RULESMITH" experiment text --run run --data 'glyphs-held-out?size=8' --seeds 2 --tests 40 >out 2>err ||
    fail "text: exit code $?"
for row in 1 2; do
    [ "$(grep -cE "^$row +([0-9.]+ \+- [0-9.]+ *){4}$" out)" -eq 1 ] || fail "text: no row '$row'"
done
is_png experiments/text/figure.png
"$RULESMITH" experiment filters --run run --data 'glyphs-held-out?size=8' --seeds 1 --tests 40 >out 2>err ||
    fail "filters: exit code $?"
for row in 1 2; do
    [ "$(grep -cE "^$row +(-?[0-9.]+ \+- - +){3}$" out)" -eq 2 ] || fail "filters: no rows '$row'"
done
is_png experiments/filters/figure.png

# Interrupted once something is measured, it goes on, and ends where it would have.
experiment mismatch --vae-steps 600 --seeds 6 --out whole || fail "mismatch: exit code $?"
# shellcheck disable=SC2086 # several words
"$RULESMITH" experiment mismatch $small --vae-steps 600 --seeds 6 --out parts >out 2>err &
pid=$!
wait_for_file parts/items.jsonl key
kill -INT "$pid"
wait "$pid"
code=$?
if [ $code -ne 0 ]; then # else it was done before the signal came
    [ $code -eq 130 ] || fail "interrupted: exit code $code"
    grep -q '^rulesmith: interrupted after [0-9]* of 12 measurements; the same command goes on$' err ||
        fail "it does not say that it was interrupted"
fi
experiment mismatch --vae-steps 600 --seeds 6 --out parts || fail "going on: exit code $?"
cmp whole/table.json parts/table.json || fail "another result after an interruption"

refused() { # CODE WORDS...
    local code=$1
    shift
    "$RULESMITH" experiment "$@" >out 2>err
    [ $? -eq "$code" ] || fail "'$*': not exit code $code"
    [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] || fail "'$*': not one line of error"
}
refused 2 widht
grep -q "nearest is 'width'" err || fail "no nearest experiment"
refused 2 width
refused 2 width --rule "$rule" --points 0
refused 2 activations --rule "$rule" --points relu,cosine
refused 2 transfer --rule "$rule" --points 3
refused 2 text --run run
refused 2 text --data 'glyphs-held-out?size=8' --rule "$rule"
refused 3 text --data 'glyphs-held-out?size=8' --run "$folder" --rule "$rule"
refused 1 mismatch --out "$folder/no/folder" --data 'glyphs-held-out?size=8'

open_shell 100 20
type_line "$RULESMITH experiment mismatch $small --vae-steps 100000 --minutes 0.02 --out late"
wait_for '^mismatch \[[#.]{30}\] [0-9]+ %, .* left'
wait_for 'time is over after [0-9]+ of 4 measurements; the same command goes on'
