#!/bin/bash
# `runs` lists what is under a folder as text and as JSON, filtered; `diff` tells what differs.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
cd "$folder" || exit 1

fail() {
    echo "FAILED: $*"
    exit 1
}

has() { # FILE PATTERN
    grep -qE -- "$2" "$1" || fail "no '$2' in $1: $(cat "$1")"
}

code_is() { # CODE ARGUMENTS
    local expected=$1 code
    shift
    "$RULESMITH" "$@" >out 2>err
    code=$?
    [ "$code" -eq "$expected" ] || fail "$*: exit code $code, expected $expected: $(cat err)"
}

make_run() { # NAME [ARGUMENTS]
    local name=$1
    shift
    "$RULESMITH" train --preset "$folder/tiny.ini" --threads 1 --data-path "$folder" --headless \
        --run "runs/$name" "$@" >out 2>err || fail "train $name: $(cat err)"
}

code_is 3 runs
has err '^rulesmith: runs: '
mkdir runs
code_is 0 runs
has err 'no run'
[ ! -s out ] || fail "an empty folder: $(cat out)"

make_run one --outer-steps 2 --seed 1
make_run two --outer-steps 4 --seed 2 --set outer.rate=0.5
code_is 0 runs
has out '^one +finished +2 '
has out '^two +finished +4 '
code_is 0 runs --filter 'outer.rate>=0.4' runs
has out '^two'
[ "$(grep -c '^one' out)" -eq 0 ] || fail "--filter: $(cat out)"
code_is 2 runs --filter 'outer.rat>1'
has err "'outer.rate'"
code_is 0 runs --json
python3 - <<'PYTHON' || fail "--json: $(cat out)"
import json
runs = {run["name"]: run for run in json.load(open("out"))["runs"]}
assert sorted(runs) == ["one", "two"]
lines = [json.loads(line) for line in open("runs/two/metrics.jsonl")]
outer = [line for line in lines if line["kind"] == "outer"][-1]
assert runs["two"]["outer_step"] == 4 and runs["two"]["meta_loss"] == outer["meta_loss"]
assert runs["two"]["settings"]["outer.rate"] == "0.5" and runs["two"]["state"] == "finished"
PYTHON

code_is 0 diff runs/one runs/two
has out '^run.seed +1 +2$'
has out '^outer.rate .* 0.5$'
# A mixture of more than one line is read and told in full.
mkdir three
mixture=glyphs,silhouettes:0.00000000000000000000000000000000000000000000000000000000000000125
while IFS= read -r line; do
    case $line in
    "source = "*) printf 'source = %s\\\n    %s ; twice\n' "$mixture," "$mixture" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <runs/two/config.ini >three/config.ini
code_is 0 diff runs/one three
has out "^    $mixture,$mixture\$"
code_is 0 diff runs/one runs/one
has err 'same settings'
[ ! -s out ] || fail "diff of one: $(cat out)"
code_is 2 diff runs/one
has err 'RUN RUN'
exit 0
