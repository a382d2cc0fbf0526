#!/bin/bash
# e writes the focused panel, at first the filters, as PNG into images/ and says where, E all panels; the
# export command makes the same figures from the run directory.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

open_shell 120 40
train
wait_for '8x8, 8 units' # the first evaluation brings the filters
keys e
wait_for 'exported .*images/filters-[0-9]*\.png'
is_png "$(ls "$folder"/run/images/filters-*.png | head -n 1)"

keys p e
wait_for 'exported .*images/loss-[0-9]*\.png'
keys E
wait_for 'exported [0-9]* of [0-9]* panels'
for panel in loss transfer gradient histogram weights filters workers; do
    ls "$folder/run/images/$panel"-*.png >/dev/null || fail "E wrote no $panel"
done
for file in "$folder"/run/images/*.png; do
    is_png "$file"
done
keys q
wait_for 'exit=0'

for figure in features filters activations filmstrip embedding variance histogram weights curves loss transfer gradient; do
    # Twice, beside each other: the same bytes.
    "$RULESMITH" export $figure --run "$folder/run" --data-path "$folder" --out "$folder/again.png" &
    again=$!
    "$RULESMITH" export $figure --run "$folder/run" --data-path "$folder" --out "$folder/$figure.png" ||
        fail "export $figure"
    is_png "$folder/$figure.png"
    wait $again || fail "export $figure again"
    cmp "$folder/$figure.png" "$folder/again.png" || fail "export $figure differs from itself"
done
# Curves need no data set of the run, what only the engine knows does.
cp -r "$folder/run" "$folder/moved"
sed -i 's/^source = .*/source = cifar10/' "$folder/moved/config.ini"
for figure in weights curves loss transfer gradient rate; do
    "$RULESMITH" export $figure --run "$folder/moved" --data-path "$folder" --out "$folder/moved-$figure.png" 2>"$folder/error" ||
        fail "export $figure without data: $(cat "$folder/error")"
    is_png "$folder/moved-$figure.png"
done
"$RULESMITH" export histogram --run "$folder/moved" --data-path "$folder" --out "$folder/x.png" 2>"$folder/error"
[ $? -eq 3 ] || fail "no data for the engine: exit code"
grep -q 'task.source: data .cifar10.' "$folder/error" || fail "no data for the engine: $(cat "$folder/error")"
echo broken >"$folder/moved/metrics.jsonl"
"$RULESMITH" export loss --run "$folder/moved" --out "$folder/x.png" 2>"$folder/error"
[ $? -eq 1 ] || fail "broken metrics: exit code"
grep -q 'metrics.jsonl' "$folder/error" || fail "broken metrics: $(cat "$folder/error")"
# One group of weights; one that is not there.
"$RULESMITH" export weights --group 'phi layer1.W' --run "$folder/run" --data-path "$folder" --out "$folder/group.png" ||
    fail "export weights --group"
is_png "$folder/group.png"
! cmp -s "$folder/group.png" "$folder/weights.png" || fail "one group is all of them"
"$RULESMITH" export weights --group phi --run "$folder/run" --data-path "$folder" --out "$folder/x.png" 2>"$folder/error"
[ $? -eq 2 ] || fail "a group that is not there: exit code"
grep -q "expected one of theta top, .*phi layer1.W" "$folder/error" || fail "a group that is not there: $(cat "$folder/error")"
# A rule of a run, kept or the newest, is shown with the run's settings: the newest is the same picture.
pixels() { tail -c "+$(grep -abo IDAT "$1" | head -n 1 | cut -d : -f 1)" "$1"; } # behind the notes, which name the file
for rule in "$folder/run/rules/outer-0000000001.safetensors" "$folder/run/rule.safetensors"; do
    "$RULESMITH" export filters --rule "$rule" --data-path "$folder" --out "$folder/rule.png" 2>"$folder/error" ||
        fail "export filters --rule $rule: $(cat "$folder/error")"
    grep -q "with the settings of $folder/run/config.ini" "$folder/error" || fail "$rule: $(cat "$folder/error")"
done
cmp <(pixels "$folder/rule.png") <(pixels "$folder/filters.png") || fail "the newest rule is not shown as the run is"
# Features of a rule file alone, each unit in a file of its own; what cannot be is said.
rule=$folder/run/rules/outer-0000000000.safetensors
features() {
    "$RULESMITH" export "$@" --rule "$rule" --preset "$folder/tiny.ini" --data-path "$folder" 2>"$folder/error"
}
features filters --per-unit --weight V --when difference --out "$folder/unit.png" || fail "filters of a rule: $(cat "$folder/error")"
is_png "$folder/unit.png"
[ "$(find "$folder" -name 'unit-0*.png' | wc -l)" -eq 8 ] || fail "not a file for each of 8 units: $(ls "$folder")"
is_png "$folder/unit-008.png"
features activations --layer 3 --out "$folder/x.png"
[ $? -eq 2 ] || fail "a layer that is not there: exit code"
grep -q 'expected 0 (the inputs) to 2' "$folder/error" || fail "a layer that is not there: $(cat "$folder/error")"
features embedding --components 2,2 --out "$folder/x.png"
[ $? -eq 2 ] || fail "a component against itself: exit code"
features filters --weight X --out "$folder/x.png"
[ $? -eq 2 ] || fail "a weight that is not there: exit code"
# The end of an inner loop as the Step screen shows it: the same picture as from a script.
for figure in accuracy loss anatomy anatomy-curves tensor values histogram tensors stages; do
    features step-$figure --data 'shapes?seed=2&size=8' --out "$folder/step-$figure.png" || fail "step-$figure: $(cat "$folder/error")"
    is_png "$folder/step-$figure.png"
done
printf '%s\n' c "export anatomy $folder/script.png" >"$folder/script"
"$RULESMITH" step --script "$folder/script" --rule "$rule" --preset "$folder/tiny.ini" --data 'shapes?seed=2&size=8' >/dev/null || fail "step"
cmp "$folder/script.png" "$folder/step-anatomy.png" || fail "step-anatomy is not what the script exports"
features step-tensor --tensor layer1.X --out "$folder/x.png"
[ $? -eq 2 ] || fail "a tensor that is not there: exit code"
grep -q "found 'layer1.X'" "$folder/error" || fail "a tensor that is not there: $(cat "$folder/error")"
[ ! -e "$folder/x.png" ] || fail "a picture in spite of an error"

"$RULESMITH" export curves --run "$folder" --out "$folder/x.png" 2>"$folder/error"
[ $? -eq 3 ] || fail "a folder that is no run: exit code"
grep -q 'config.ini' "$folder/error" || fail "a folder that is no run: $(cat "$folder/error")"
