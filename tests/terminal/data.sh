#!/bin/bash
# `data` tells what a SPEC is, as text and as JSON, and which there are; a wrong one is one clear line.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
without_terminal

refused() { # CODE PART SPEC
    "$RULESMITH" data "$3" >out 2>err
    local code=$?
    [ "$code" -eq "$1" ] || fail "data $3: exit code $code, expected $1"
    [ ! -s out ] || fail "data $3 wrote to stdout"
    [ "$(wc -l <err)" -eq 1 ] || fail "data $3: $(cat err)"
    grep -qF -e "$2" err || fail "data $3: '$(cat err)' does not name $2"
}

"$RULESMITH" data >out 2>err || fail "data: exit code $?"
for word in glyphs-held-out 'cifar10[:FOLDER]' idx:IMAGES npy:FILE libsvm:FILE images:FOLDER moons size=N split=SHARE; do
    grep -qF "$word" out || fail "data does not list $word"
done

"$RULESMITH" data 'glyphs?classes=0-2' >out 2>err || fail "data glyphs: $(cat err)"
grep -q '^glyphs?classes=0-2: [0-9]* images of 20 x 20 pixels, grey, 3 classes$' out || fail "$(cat out)"
"$RULESMITH" data --json 'glyphs?classes=0-2&size=10&colour' >out 2>err || fail "data --json: $(cat err)"
python3 - <<'PYTHON' || fail "--json: $(cat out)"
import json, sys
told = json.load(open("out"))
assert told["kind"] == "images" and told["channels"] == 3 and told["height"] == told["width"] == 10
assert sum(c["examples"] for c in told["classes"]) == told["examples"] > 0
assert told["bytes"] == told["examples"] * 300 and told["seconds"] >= 0
PYTHON

# How fast they load.
"$RULESMITH" bench --data 'glyphs-held-out,moons?examples=50' >out 2>err || fail "bench --data: $(cat err)"
grep -qE '^glyphs-held-out +1342 +0\.5 +[0-9.]+ +[0-9.]+ +[0-9.]+$' out || fail "bench --data: $(cat out)"
[ "$(wc -l <out)" -eq 3 ] || fail "bench --data: $(cat out)"
"$RULESMITH" bench --json --data 'glyphs?classes=0-2&size=10' >out 2>err || fail "bench --json: $(cat err)"
python3 - <<'PYTHON' || fail "bench --json: $(cat out)"
import json
told = json.load(open("out"))["glyphs?classes=0-2&size=10"]
assert told["examples"] > 0 and told["bytes"] >= 100 * told["examples"]
assert 0 < told["load_seconds_best"] <= told["load_seconds"] and told["processor_seconds"] > 0
PYTHON
"$RULESMITH" bench --data nothing >out 2>err
[ $? -eq 2 ] && grep -q "'nothing'" err || fail "bench --data nothing: $(cat err)"

# CIFAR: one record of each class but the last, red in one row.
mkdir cifar
python3 -c 'import sys
for label in range(9): sys.stdout.buffer.write(bytes([label] + [255] * 32 + [0] * 3040))' >cifar/data_batch_2.bin
"$RULESMITH" data 'cifar10:cifar?grey&size=16' >out 2>err || fail "data cifar10: $(cat err)"
grep -q '9 images of 16 x 16 pixels, grey, 10 classes$' out || fail "cifar: $(cat out)"
truncate -s 27000 cifar/data_batch_2.bin
refused 3 'data_batch_2.bin: byte 24584: expected records of 3073 bytes' cifar10:cifar

# Vectors: sparse text with a test file, an array with labels, moons.
printf '1 1:2 3:1\n-1 2:5\n' >train.txt
printf -- '-1 3:4\n' >test.txt
"$RULESMITH" data --json 'libsvm:train.txt:test.txt?part=test&words=2' >out 2>err || fail "data libsvm: $(cat err)"
grep -q '"kind":"vectors","examples":1,.*"width":2,.*"storage":"bytes with a table"' out || fail "libsvm: $(cat out)"
refused 3 'train.txt: line 1: expected an index of at most 2' 'libsvm:train.txt?features=2'
python3 - <<'PYTHON'
import struct
def array(path, descr, shape, values):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + values)
array("images.npy", "|u1", (3, 4, 4), bytes(48))
array("labels.npy", "<i8", (3,), struct.pack("<3q", 7, -3, 7))
PYTHON
"$RULESMITH" data 'npy:images.npy:labels.npy?size=2' >out 2>err || fail "data npy: $(cat err)"
grep -q '3 images of 2 x 2 pixels, grey, 2 classes$' out && grep -q '^ *1 *2  7$' out || fail "npy: $(cat out)"
refused 3 'images.npy: expected labels of shape' npy:images.npy:images.npy
"$RULESMITH" data 'moons?examples=50' >out 2>err && grep -q '50 vectors of 2 features, 2 classes' out || fail "moons: $(cat err)"
refused 2 'moons has no option' 'moons?size=3'

# Pictures: a bad one is named and skipped, or refused.
mkdir -p pictures/cat/more pictures/dog
printf 'P6 2 2 255\nxxxxxxxxxxxx' | tee pictures/cat/1.ppm pictures/cat/more/2.pnm >pictures/dog/a.ppm
printf '\211PNG\r\n\032\nno' >pictures/dog/broken.png
"$RULESMITH" data 'images:pictures?size=4' >out 2>err || fail "data images: $(cat err)"
grep -q '3 images of 4 x 4 pixels, colour, 2 classes$' out && grep -q '^ *0 *2  cat$' out || fail "images: $(cat out)"
[ "$(wc -l <err)" -eq 1 ] && grep -q 'skipped dog/broken.png: ' err || fail "a bad picture: $(cat err)"
refused 3 'pictures/dog/broken.png: expected a picture' 'images:pictures?bad=refuse'

refused 2 'nearest is glyphs' glyps
refused 2 'nearest is size' 'glyphs?sice=3'
refused 2 'idx:IMAGES' idx
refused 3 /nowhere/x idx:/nowhere/x

# A mixture trains, and names its parts; what is not there is one clear error and makes no run.
# shellcheck disable=SC2086 # several words
"$RULESMITH" train $TINY --headless --outer-steps 3 --run run \
    --set 'task.source=glyphs:0.5,glyphs?classes=0-19&colour:0.5' >out 2>err || fail "mixture: $(cat err)"
grep -q '^source *= *glyphs:0.5,glyphs?classes=0-19&colour:0.5$' run/config.ini || fail "config: $(cat run/config.ini)"
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless --run none --set task.source=glyphs,idx:/nowhere/x >out 2>err
[ $? -eq 3 ] || fail "a missing source: exit code"
grep -q 'task.source: /nowhere/x' err || fail "a missing source: $(cat err)"
[ ! -e none ] || fail "a missing source made a run"
# shellcheck disable=SC2086
"$RULESMITH" train $TINY --headless --run none --set task.source=glyphs:0 >out 2>err
[ $? -eq 2 ] || fail "no weight: exit code"
