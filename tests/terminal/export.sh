#!/bin/bash
# e writes the focused panel, at first the filters, as PNG into images/ and says where, E all panels; the
# export command makes the same figures from the run directory.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

is_png() {
    [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "$1 is no PNG"
    if command -v pngcheck >/dev/null; then
        pngcheck -q "$1" || fail "$1: pngcheck refuses it"
    fi
}

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
for panel in loss transfer gradient histogram filters workers; do
    ls "$folder/run/images/$panel"-*.png >/dev/null || fail "E wrote no $panel"
done
for file in "$folder"/run/images/*.png; do
    is_png "$file"
done
keys q
wait_for 'exit=0'

for figure in filters histogram curves loss transfer gradient; do
    "$RULESMITH" export $figure --run "$folder/run" --data-path "$folder" --out "$folder/$figure.png" ||
        fail "export $figure"
    is_png "$folder/$figure.png"
    # The same bytes again.
    "$RULESMITH" export $figure --run "$folder/run" --data-path "$folder" --out "$folder/again.png" ||
        fail "export $figure again"
    cmp "$folder/$figure.png" "$folder/again.png" || fail "export $figure differs from itself"
done
"$RULESMITH" export curves --run "$folder" --out "$folder/x.png" 2>"$folder/error"
[ $? -eq 3 ] || fail "a folder that is no run: exit code"
grep -q 'config.ini' "$folder/error" || fail "a folder that is no run: $(cat "$folder/error")"
