#!/bin/bash
# transfer: a text table, JSON with what interface.md names, the same numbers for any number of threads;
# usage errors; interrupted it prints no result and says so.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
train_rule
small="--data glyphs-held-out?size=8 --seeds 2 --tests 40 --shots 1,4 --seed 3"

# shellcheck disable=SC2086 # several words
transfer() {
    "$RULESMITH" transfer $small "$@" >out 2>err
}

transfer --rule "$rule" --vae-steps 20 || fail "exit code $?"
[ ! -s err ] || fail "it talks without a terminal"
! grep -q $'\033' out || fail "escape codes"
for row in rule vae vae_best supervised sgd random pixels pca; do
    [ "$(grep -cE "^$row +[0-9.]+ \+- [0-9.]+ +[0-9.]+ \+- [0-9.]+ +[0-9]+ +[0-9.]+$" out)" -eq 2 ] ||
        fail "no two rows '$row'"
done
# What the rule file says of its training: 4 inner steps, hidden layer 8, batch 32.
grep -q '^base model 64-8-6 relu, .*outer step 2, rate 0.02, batch 32$' out || fail "not as trained"
grep -qE '^rule .* 4 +[0-9.]+$' out || fail "not four inner steps"

# Numbers without the seconds.
numbers() {
    sed -E 's/"seconds":[^,]*,//' out
}
transfer --rule "$rule" --methods rule,pixels --json --threads 1 || fail "--json: exit code $?"
for key in accuracy_mean accuracy_stderr seeds few_shot_per_class inner_steps seconds; do
    [ "$(grep -cE "^		*\"$key\":	[0-9.e-]+,$" out)" -ge 2 ] || fail "no $key in the JSON"
done
grep -q '"glyphs-held-out?size=8":' out || fail "no data set in the JSON"
numbers >one
transfer --rule "$rule" --methods rule,pixels --json --threads 3 || fail "--threads 3: exit code $?"
numbers >three
cmp one three || fail "threads change the result"

refused() { # CODE WORDS...
    local code=$1
    shift
    "$RULESMITH" transfer "$@" >out 2>err
    [ $? -eq "$code" ] || fail "'$*': not exit code $code"
    [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] || fail "'$*': not one line of error"
}
refused 2
refused 2 --methods pixls
grep -q "nearest is 'pixels'" err || fail "no nearest method"
refused 2 --methods pixels,pixels
refused 2 --methods pixels --shots 0
refused 2 --methods pixels --layers 1,x
refused 3 --rule "$folder/tiny.ini"
refused 3 --methods pixels --data 'glyphs-held-out?size=8' --shots 1000

# shellcheck disable=SC2086 # several words
"$RULESMITH" transfer $small --methods vae --vae-steps 10000000 --seeds 1 >out 2>err &
pid=$!
# The job's thread and a worker beside the main one: the evaluation has begun.
has_threads() { [ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 3 ]; }
until_true "three threads" has_threads
kill -INT "$pid"
wait "$pid"
[ $? -eq 130 ] || fail "interrupted: not exit code 130"
[ ! -s out ] || fail "results of an interrupted evaluation"
grep -q 'interrupted' err || fail "it does not say that it was interrupted"
