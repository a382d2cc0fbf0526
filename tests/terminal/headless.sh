#!/bin/bash
# train --headless: lines of progress without escape codes, saved on SIGTERM and SIGINT, quiet when the
# reader leaves, resumed where it was; a second writer is refused.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
cd "$folder" || exit 1

fail() {
    echo "FAILED: $*"
    cat out err run/log.txt 2>/dev/null
    exit 1
}

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
last=$(readlink run/checkpoints/latest | tr -dc 0-9 | sed 's/^0*//')
start_resumed --outer-steps $((last + 3))
ended 0
steps=$(grep '"meta_loss"' run/metrics.jsonl | grep -o '"outer_step": *[0-9]*' | grep -o '[0-9]*$')
[ "$steps" = "$(seq 1 $((last + 3)))" ] || fail "metrics have a gap, a duplicate or a torn line: $steps"

# Nobody reads any more.
rm -rf run
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless 2>err | head -n 1 >out
code=${PIPESTATUS[0]}
[ "$code" -eq 141 ] || fail "a closed pipe: exit code $code"
[ -s out ] || fail "no line"
[ -e run/checkpoints/latest ] || fail "a closed pipe: not saved"
! grep -qi 'pipe' err || fail "a closed pipe is not worth a word"

# An unknown setting, a wrong file.
"$RULESMITH" train --headless --set outer.rat=1 --run x >out 2>err
[ $? -eq 2 ] || fail "unknown setting: exit code"
[ ! -e x ] || fail "unknown setting: made a run"
echo nonsense >wrong.safetensors
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless --rule wrong.safetensors --run y >out 2>err
[ $? -eq 3 ] || fail "wrong rule: exit code"
grep -q 'wrong.safetensors' err || fail "wrong rule: $(cat err)"
