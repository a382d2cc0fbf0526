#!/bin/bash
# Kills a training at random moments, also while it is made, resumed and saved, and checks after each
# that nothing is lost but what the checkpoint interval allows:
#
#   - every file of the run is what it should be (rulesmith verify), and it opens again;
#   - metrics.jsonl has no gap, no duplicate and no torn line but the last;
#   - the newest checkpoint is at most the interval, a step and a save old.
#
# At the end it trains on in peace.  Then theta, every metric and every metric that was superseded must
# be, but for the times, those of a training that was never killed: so each resume was bit for bit.
#
#     KILLS=200 PLACES='disk full sync' SEED=7 RULESMITH=build/release/rulesmith tests/terminal/kill.sh
#
# MINUTES ends it earlier, with as many kills as there were.
#
# Places: disk; full, a small file system that is nearly full most of the time; sync, where one of
# seventeen fsync calls fails.
# shellcheck disable=SC2154 # folder and TINY come from there
kills=${KILLS:-2}
places=${PLACES:-disk full sync}
minutes=${MINUTES:-1000}

# A file system of our own needs a name space of our own.
if [[ $places == *full* && -z ${MAY_MOUNT:-} ]]; then
    for how in '' '--user --map-root-user'; do
        # shellcheck disable=SC2086 # several words
        if unshare $how --mount true 2>/dev/null; then
            MAY_MOUNT=yes exec unshare $how --mount bash "$0"
        fi
    done
    echo "no small file system: neither root nor user name spaces; 'full' is not tried"
    places=${places/full/}
fi

here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.bash"
cd "$folder" || exit 1
seed=${SEED:-$((${EPOCHREALTIME/./} % 32768))}
RANDOM=$seed
echo "KILLS=$kills PLACES='$places' SEED=$seed"
cc -shared -fPIC -Wall -Werror -o failing_disk.so "$here/failing_disk.c" || exit 1

fail() {
    echo "FAILED: in $place, after $killed kills: $*"
    tail -n 5 "$folder/out" "$folder/err" run/log.txt 2>/dev/null
    ls -l run run/checkpoints 2>/dev/null
    exit 1
}

without_time() { sed 's/"seconds":[^,]*,//' "$@"; }
newest() { find run/checkpoints -name 'outer-*.safetensors' 2>/dev/null | sort | tail -n 1; }
step_of() { basename "$1" .safetensors | tr -dc 0-9 | sed 's/^0*//' | grep . || echo 0; }
outer_steps() { grep -a '"kind":"outer"' "$1" | grep -o '"outer_step":[0-9]*' | cut -d: -f2; }

# shellcheck disable=SC2086 # TINY is several words
start() { # ARGUMENTS: goes on with the run, or makes it
    local how="$TINY"
    [ ! -e run/config.ini ] || how="--resume run --data-path $folder"
    interval=$((RANDOM % 3 / 2))
    "$RULESMITH" train $how --headless --set run.checkpoint_seconds=$interval "$@" \
        >"$folder/out" 2>"$folder/err" &
    pid=$!
}

metrics_size() { stat -c %s run/metrics.jsonl 2>/dev/null; }

trains() { # SIZE of the metrics before
    ! kill -0 "$pid" 2>/dev/null || [ "$(metrics_size)" != "$1" ]
}

# Whatever has happened, this holds.
check() {
    local last=0 steps
    [ -e run/config.ini ] || return 0
    [ -n "$(newest)" ] || fail "no checkpoint"
    if ! "$RULESMITH" verify run >"$folder/told" 2>&1; then
        grep -q 'the last line is torn' "$folder/told" || fail "verify: $(tail -n 1 "$folder/told")"
        sed '$d' run/metrics.jsonl >"$folder/whole.jsonl"
    else
        cp run/metrics.jsonl "$folder/whole.jsonl" 2>/dev/null || : >"$folder/whole.jsonl"
    fi
    steps=$(outer_steps "$folder/whole.jsonl")
    [ -z "$steps" ] || last=${steps##*$'\n'}
    [ "$steps" = "$(seq 1 "$last")" ] || fail "metrics have a gap or a duplicate"
    [ "$last" -ge "$(step_of "$(newest)")" ] || fail "the newest checkpoint has no metrics"
    [ -z "$(without_time "$folder/whole.jsonl" | sort | uniq -d)" ] || fail "a metric comes twice"
    lost=$((last - $(step_of "$(newest)")))
    [ "$last" -le "$furthest" ] || furthest=$last
}

# Where every save succeeds: none was due yet before the last step.  By the times of the metrics, which do not
# depend on how busy the machine is.
in_time() {
    grep -a '"kind":"outer"' "$folder/whole.jsonl" | sed 's/.*"outer_step":\([0-9]*\).*"seconds":\([0-9.e+-]*\).*/\1 \2/' |
        awk -v saved="$(step_of "$(newest)")" -v allowed="$allowed" '
            $1 == saved + 1 { first = $2; seen = 1 }
            $1 > saved + 1 { late = late || before - first >= allowed + 0.001 }
            { before = $2 }
            END { exit seen && late }'
}

# Leaves nearly no room, room for two checkpoints at most, or all.
fill() {
    local size room
    rm -f ballast
    [ "$place" = full ] && ((RANDOM % 4 > 0)) || return 0
    size=$(stat -c %s "$(newest)" 2>/dev/null || echo 40000)
    room=$((RANDOM * RANDOM % (RANDOM % 3 ? 2 * size : 8000)))
    head -c $(($(df --output=avail -B 1 . | tail -n 1) - room)) /dev/zero >ballast 2>/dev/null
}

# One life of the training.  It may end by itself only where nothing can be written, and says so.
live() {
    local code moment size
    fill
    size=$(metrics_size)
    if [ "$place" = sync ]; then
        FAILING_SYNC=6 LD_PRELOAD=$folder/failing_disk.so start
    else
        start
    fi
    # At once, while it starts, or once it trains.
    moment=$((RANDOM % (RANDOM % 2 ? 30 : 400)))
    ((RANDOM % 3 == 0)) || until_true 'training to go on' trains "$size"
    sleep "$(printf '0.%03d' $moment)"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    code=$?
    rm -f ballast
    [ -z "$(find run -name '*.new' 2>/dev/null)" ] || caught=$((caught + 1))
    unsaved=$((unsaved + $(grep -c 'NOT SAVED' "$folder/err")))
    if [ "$code" -ne 137 ]; then
        [ "$place" != disk ] && [ "$code" -eq 1 ] || fail "ended with status $code"
        grep -qE 'No space left|Input/output error' "$folder/err" || fail "ended without a reason"
        refused=$((refused + 1))
    else
        killed=$((killed + 1))
    fi
    check
    # One that was killed before it resumed leaves the metrics of the life before.
    [ "$(metrics_size)" = "$size" ] || allowed=$interval
    [ "$place" != disk ] || [ ! -e run/config.ini ] || in_time || fail "no checkpoint for more than $allowed s"
    total=$((total + lost))
    [ "$lost" -le "$most" ] || most=$lost
}

try() {
    local goal
    killed=0 caught=0 unsaved=0 refused=0 total=0 most=0 lost=0 furthest=0 allowed=0
    mkdir "$folder/$place" && cd "$folder/$place" || exit 1
    if [ "$place" = full ]; then
        trap 'cd /; umount -l "$folder/full"; clean_up' EXIT
        mount -t tmpfs -o size=16m tmpfs . && cd "$folder/$place" || fail "no tmpfs"
    fi
    TINY="--preset $folder/tiny.ini --threads 1 --seed 1 --data-path $folder --set evaluate.every=3 --run run"
    while [ "$killed" -lt "$kills" ] && [ $SECONDS -lt $((60 * minutes)) ]; do
        live
    done
    goal=$((furthest + 7))
    start --outer-steps "$goal"
    wait "$pid" || fail "in peace: exit status $?"
    check
    # shellcheck disable=SC2086
    "$RULESMITH" train ${TINY% run} "$folder/straight" --headless --threads 2 --outer-steps "$goal" \
        >"$folder/out" 2>"$folder/err" || fail "never killed: exit status $?"
    cmp run/rule.safetensors "$folder/straight/rule.safetensors" || fail "theta differs"
    without_time "$folder/straight/metrics.jsonl" >"$folder/expected"
    without_time run/metrics.jsonl | cmp - "$folder/expected" || fail "metrics differ"
    touch run/metrics-superseded.jsonl
    [ -z "$(without_time run/metrics-superseded.jsonl | sort -u | comm -23 - <(sort "$folder/expected"))" ] ||
        fail "a superseded metric is not that of a training without kills"
    rm -rf "$folder/straight" run
    cd "$folder" || exit 1
    echo "$place: $killed kills, $caught of them while a file was written; $unsaved saves failed and said so," \
        "$refused starts were refused with a reason;" \
        "$goal outer steps, at most $most and in all $total of them done again; nothing lost"
}

for place in $places; do
    try
done
