#!/bin/bash
# train --headless: lines of progress without escape codes, saved on SIGTERM and SIGINT, quiet when the
# reader leaves, resumed where it was; a second writer is refused.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
without_terminal

# shellcheck disable=SC2086 # TINY is several words
start() {
    "$RULESMITH" train $TINY --headless "$@" >out 2>err &
    pid=$!
}

# ended CODE
ended() {
    wait "$pid"
    local code=$?
    [ "$code" -eq "$1" ] || fail "exit code $code instead of $1"
}

# A goal.
start --outer-steps 4
ended 0
grep -q 'outer step 4' out || fail "no last line of progress"
! grep -q $'\033' out err || fail "escape codes in a file"
[ "$(grep -c '"meta_loss"' run/metrics.jsonl)" -eq 4 ] || fail "not four metrics"
state_is finished || fail "not finished"
rm -rf run

# Signals.
for signal in TERM INT; do
    start
    wait_for_steps
    kill -s $signal $pid
    case $signal in TERM) ended 143 ;; INT) ended 130 ;; esac
    [ -e run/checkpoints/latest ] || fail "$signal: not saved"
    state_is interrupted || fail "$signal: $(cat run/status.json)"
    [ $signal = INT ] || rm -rf run
done

# Resumed, killed without mercy, resumed again: no step twice, none missing.
start_resumed() {
    "$RULESMITH" train --resume run --data-path "$folder" --headless "$@" >out 2>err &
    pid=$!
}
start_resumed --set run.checkpoint_seconds=1
wait_for_steps
"$RULESMITH" train --resume run --headless >out2 2>err2
[ $? -eq 1 ] || fail "a second writer was not refused"
grep -q "pid $pid" err2 || fail "second writer: $(cat err2)"
wait_for_steps
kill -KILL $pid
wait "$pid" 2>/dev/null
printf '{"outer_step": 99' >>run/metrics.jsonl
# By name: the kill may have come before the link was moved.
last=$(find run/checkpoints -name 'outer-*.safetensors' -printf '%f\n' | sort | tail -n 1 | tr -dc 0-9 | sed 's/^0*//')
start_resumed --outer-steps $((last + 3))
ended 0
steps=$(grep '"meta_loss"' run/metrics.jsonl | grep -o '"outer_step": *[0-9]*' | grep -o '[0-9]*$')
[ "$steps" = "$(seq 1 $((last + 3)))" ] || fail "metrics have a gap, a duplicate or a torn line: $steps"

# The same bits, whether killed and resumed or straight, on one thread or two.
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless --outer-steps $((last + 3)) --run straight --threads 2 >out 2>err ||
    fail "straight: exit code $?"
cmp run/rule.safetensors straight/rule.safetensors || fail "resumed and straight differ"
[ "$(find run/rules -name 'outer-*.safetensors' | wc -l)" -ge 4 ] || fail "rules of the past: $(ls run/rules)"
diff -r run/rules straight/rules || fail "the kept rules of resumed and straight differ"
without_time() { sed 's/"seconds":[^,]*,//' "$1"; }
without_time run/metrics.jsonl >resumed.txt
without_time straight/metrics.jsonl >straight.txt
cmp resumed.txt straight.txt || fail "metrics of resumed and straight differ: $(diff resumed.txt straight.txt)"

# Every file of a run is what it should be.
"$RULESMITH" verify run >out 2>err || fail "verify run: exit code $?"
for what in settings metrics rule checkpoint rules/outer-0000000000 'run: [12] checkpoint'; do
    grep -q "$what" out || fail "verify does not tell $what"
done
cp run/rule.safetensors broken.safetensors
printf 'x' >>broken.safetensors
"$RULESMITH" verify broken.safetensors >out 2>err
[ $? -eq 3 ] || fail "verify of a broken file: exit code"
grep -q 'broken.safetensors' err || fail "verify: $(cat err)"

# A damaged newest checkpoint is set aside and the one before is taken.
newest=$(readlink run/checkpoints/latest)
if [ "$(find run/checkpoints -name 'outer-*.safetensors' | wc -l)" -eq 2 ]; then
    truncate -s -1 "run/checkpoints/$newest"
    start_resumed --outer-steps $((last + 5))
    ended 0
    [ -e "run/checkpoints/$newest.bad" ] || fail "the damaged checkpoint was not set aside"
    grep -q "$newest" run/log.txt || fail "the log does not tell of the damaged checkpoint"
else
    fail "expected two checkpoints"
fi

# No room for a checkpoint (here: a limit on the size of files): said, exit code 1; what was saved stays and
# is gone on from when there is room.
saved=$(readlink run/checkpoints/latest | tr -dc 0-9 | sed 's/^0*//')
# Metrics still fit, a checkpoint does not.
(
    ulimit -f $(($(stat -c %s run/metrics.jsonl run/log.txt | sort -n | tail -n 1) / 1024 + 8))
    exec "$RULESMITH" train --resume run --headless --outer-steps $((saved + 3))
) >out 2>err
[ $? -eq 1 ] || fail "no room: exit code $?"
grep -q 'cannot be written' err || fail "no room: $(cat err)"
[ "$(readlink run/checkpoints/latest | tr -dc 0-9 | sed 's/^0*//')" = "$saved" ] || fail "no room: latest moved"
"$RULESMITH" verify run >out 2>err || fail "no room: $(cat err)"
start_resumed --outer-steps $((saved + 4))
ended 0
steps=$(grep '"meta_loss"' run/metrics.jsonl | grep -o '"outer_step": *[0-9]*' | grep -o '[0-9]*$')
[ "$steps" = "$(seq 1 $((saved + 4)))" ] || fail "no room: metrics have a gap or a duplicate"

# Without stdin, stdout and stderr nothing of what would be said lands in the run's files.
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless --outer-steps 3 --run mute <&- >&- 2>&- || fail "mute: exit code $?"
"$RULESMITH" verify mute >out 2>err || fail "mute: $(cat err)"

# Nobody reads any more.
rm -rf run
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless 2>err | head -n 1 >out
code=${PIPESTATUS[0]}
[ "$code" -eq 141 ] || fail "a closed pipe: exit code $code"
[ -s out ] || fail "no line"
[ -e run/checkpoints/latest ] || fail "a closed pipe: not saved"
! grep -qi 'pipe' err || fail "a closed pipe is not worth a word"

# A held-out set that is nowhere: said, and held-out glyphs take its place.
rm -rf run
if [ ! -e /usr/share/datasets/mnist ]; then
    start --outer-steps 1 --set evaluate.data=mnist
    ended 0
    grep -q 'not found: mnist; held-out glyphs' err || fail "fallback: $(cat err)"
    grep -q '"data":"held-out glyphs"' run/metrics.jsonl || fail "fallback: no evaluation on held-out glyphs"
fi

# An unknown setting, a wrong file.
"$RULESMITH" train --headless --set outer.rat=1 --run x >out 2>err
[ $? -eq 2 ] || fail "unknown setting: exit code"
[ ! -e x ] || fail "unknown setting: made a run"
echo nonsense >wrong.safetensors
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless --rule wrong.safetensors --run y >out 2>err
[ $? -eq 3 ] || fail "wrong rule: exit code"
grep -q 'wrong.safetensors' err || fail "wrong rule: $(cat err)"
