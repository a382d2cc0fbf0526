#!/bin/bash
# rulesmith verify: says of every kind of file what it is, and of one damaged in one place which file, where, what was
# expected and what was found, with exit code 3 and in one line.
# shellcheck disable=SC2154 # folder and rule come from there
. "$(dirname "$0")/lib.bash"
train_rule

good() { # FILE PATTERN
    "$RULESMITH" verify "$1" >out 2>err || fail "$1: exit code $?"
    tail -n 1 out | grep -qE "^$1: $2" || fail "$1: expected '$2'"
    [ ! -s err ] || fail "$1: talks"
}

bad() { # FILE PATTERN
    "$RULESMITH" verify "$1" >out 2>err
    [ $? -eq 3 ] || fail "$1: not refused with exit code 3"
    [ "$(wc -l <err)" -eq 1 ] && grep -qE "^rulesmith: $1.*$2" err || fail "$1: expected '$2'"
}

# patch FILE OFFSET BYTES: as printf writes them.
patch() {
    # shellcheck disable=SC2059 # escapes are meant
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# safetensors FILE HEADER DATA-BYTES: zeros
safetensors() {
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x ${#2})\0\0\0\0\0\0\0%s" "$2" >"$1"
    head -c "$3" /dev/zero >>"$1"
}

# -- Tensors
cp run/rule.safetensors rule
good rule 'rule: H 4, D 3, R 2, T 4, E 6, 1089 numbers'
truncate -s -4 rule
bad rule 'byte'
cp run/rule.safetensors rule
sed -i 's/bias\.w/bias.x/' rule
bad rule 'bias\.x'
cp run/rule.safetensors rule
patch rule $(($(stat -c %s rule) - 4)) '\377\377\377\377'
bad rule 'finite|nan'
safetensors phi '{"layer1.W":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"layer1.V":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},"layer1.b":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}' 20
good phi 'base model: 2-1'
sed 's/layer1.V/layer1.X/' phi >phi_x
bad phi_x 'layer1\.[VX]'
checkpoint=$(find run/checkpoints -name 'outer-*2.safetensors')
cp "$checkpoint" checkpoint
good checkpoint 'checkpoint: [0-9]+ tensors, .*outer step 2'
for name in theta.bias.b adam.first worker.3.task counters; do
    sed "s/\"$name\"/\"${name%?}_\"/" "$checkpoint" >checkpoint
    bad checkpoint "$name"
done
sed 's/"outer_step":"2"/"outer_step":"3"/' "$checkpoint" >checkpoint
bad checkpoint 'counters: expected outer step 3 .*found 2'
head -c 100 "$checkpoint" >checkpoint
bad checkpoint 'byte'

# -- A run
good run 'run: 2 checkpoints, newest of outer step 2'
cp run/config.ini preset
good preset 'settings: H 4'
sed -i '/^workers/s/4/four/' preset
bad preset ":$(grep -n '^workers' preset | cut -d: -f1): .*four"
good run/status.json 'status of a run: finished'
sed 's/"pid":[0-9]*/"pid":"x"/' run/status.json >status
bad status 'pid'
good run/metrics.jsonl 'metrics: [0-9]+ lines up to outer step 2'
line=$(grep -n '"kind":"outer"' run/metrics.jsonl | tail -n 1 | cut -d: -f1)
sed "${line}s/\"meta_loss\":[^,]*,//" run/metrics.jsonl >metrics
bad metrics ":$line: expected the number meta_loss, found none"
sed "${line}s/,\"dropped\"/\"dropped\"/" run/metrics.jsonl >metrics
bad metrics ":$line: byte [0-9]+: expected a JSON object"
cat run/metrics.jsonl <(grep '"outer_step":1,' run/metrics.jsonl) >metrics
line=$(wc -l <metrics)
bad metrics ":$line: expected outer step 2 or later, found 1"
truncate -s -5 metrics
bad metrics ":$line: the last line is torn"
mv run/checkpoints/latest run/latest
cp checkpoint "$checkpoint"
bad run "/checkpoints/outer-0000000002.safetensors: .*byte"

# -- Data
printf '\0\0\10\3\0\0\0\2\0\0\0\2\0\0\0\3abcdefghijkl' >images
good images 'IDX: 2 examples of 2 x 3, 1 channel$'
gzip -c images >images.gz
good images.gz 'IDX: 2 examples of 2 x 3'
patch images.gz 25 'xx'
bad images.gz 'gzip|inflat|byte'
truncate -s -1 images
bad images 'byte 16: expected 12 bytes of data as the header announces, found 11'
printf '\0\0\10\1\0\0\0\3\0\1\4' >labels
good labels 'IDX: 3 labels, 5 classes'
patch labels 7 '\4'
bad labels 'byte 8: expected 4 bytes'
patch labels 2 '\15'
bad labels 'byte 2: expected values of type unsigned byte .*float'
mkdir cifar
head -c $((2 * 3073)) /dev/zero >cifar/data_batch_1.bin
good cifar/data_batch_1.bin 'CIFAR-10: 2 examples of 32 x 32, 3 channels'
good cifar 'CIFAR-10: 2 training and 0 test examples'
patch cifar/data_batch_1.bin 3073 '\13'
bad cifar/data_batch_1.bin 'byte 3073 \(record 1\): expected a label from 0 to 9, found 11'
bad cifar 'data_batch_1.bin: byte 3073'
truncate -s -1 cifar/data_batch_1.bin
bad cifar/data_batch_1.bin 'byte 3073: expected records of 3073 bytes'
printf '\x93NUMPY\1\0\x46\0%-69s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" >array
head -c 24 /dev/zero >>array
good array 'NumPy array: 2 examples of 3 features'
truncate -s -4 array
bad array 'byte 80: expected .*24'
patch array 20 'X'
bad array 'byte'
printf '1 1:0.5 3:2\n-1 2:1\n' >rows
good rows 'LIBSVM: 2 examples of 3 features, 2 classes'
printf '1 1:0.5 3:2\n-1 2:1 2:5\n' >rows
bad rows 'line 2: expected an index above the one before it, 2, found'
printf '1 1:0.5 3:x\n' >rows
bad rows 'line 1: expected .*x'
mkdir -p pictures/a pictures/b
tail -c +2 "$OLDPWD/tests/fuzz/corpus/image/png_small" >pictures/a/1.png
cp pictures/a/1.png pictures/b/1.png
good pictures 'folder of pictures: 2, 2 classes'
good pictures/a/1.png 'picture: 2 x 2 pixels'
patch pictures/b/1.png 41 'xxxx'
bad pictures '/b/1.png: .*expected'
bad pictures/b/1.png 'CRC|IDAT|compress|zlib|header'
mkdir empty
bad empty 'expected a run \(config.ini\), an experiment .*found none'
: >nothing
bad nothing 'byte 0: .*found the end'
printf 'What is this?' >text
bad text 'byte'

# -- What transfer and experiment write
"$RULESMITH" experiment width --data 'glyphs-held-out?size=8' --seeds 1 --tests 20 --shots 4 --rule "$rule" --points 4 \
    --out table >out 2>err || fail "experiment: exit code $?"
good table 'measurements of an experiment: [0-9]+'
good table/table.json 'table of the experiment width: 4 values'
sed '2s/"seed"/"sede"/' table/items.jsonl >items
bad items ':2: expected the number seed, found none'
sed '0,/"inner_steps"/s//"steps"/' table/table.json >table/table.new && mv table/table.new table/table.json
bad table 'value 1: expected the number inner_steps'
head -c 50 table/table.json >table_short
bad table_short 'byte [0-9]+: expected JSON, found'
"$RULESMITH" transfer --rule "$rule" --data moons --methods pixels --seeds 1 --shots 1 --json >transfer 2>err ||
    fail "transfer: exit code $?"
good transfer 'transfer: 1 result on 1 data set'
sed -i 's/"accuracy_mean":/"accuracy_mean": "high", "x":/' transfer
bad transfer 'moons: pixels: expected the number accuracy_mean, found high'
printf '{"a": 1}' >object
bad object "begins with 'a'"
