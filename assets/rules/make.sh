#!/bin/sh
# Makes a rule of this folder anew, in the stages that RECIPE.md tells of:
#
#     sh assets/rules/make.sh NAME [FOLDER]
#
# NAME is glyphs-shapes, silhouettes or bright-silhouettes; FOLDER holds cifar10/data_batch_1.bin, which
# the last two need.  Each stage is a run in $RUNS (runs/NAME), watched by `rulesmith watch DIR`; what
# was interrupted goes on when the script is called again.  STEPS=20 ends every stage after so many
# outer steps, to try it.  RULESMITH is the program (build/release/rulesmith).
set -e
name=$1
folder=$2
rulesmith=${RULESMITH:-build/release/rulesmith}
here=$(dirname "$0")
runs=${RUNS:-runs/$name}
rule= # of the stage before

usage() {
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# stage RUN PRESET OUTER-STEPS
stage() {
    run=$runs/$1
    steps=${STEPS:-$3}
    mkdir -p "$runs"
    if [ -e "$run/config.ini" ]; then
        set -- --resume "$run"
    else
        set -- --preset "$here/$2.ini" --run "$run" ${rule:+--rule "$rule"}
    fi
    "$rulesmith" train --headless --outer-steps "$steps" "$@" ${folder:+--data-path "$folder"}
    rule=$run/rule.safetensors
    # A training that was told to stop ends well, but the next stage must not begin from there.
    if ! head -c 8192 "$rule" | grep -aq "\"outer_step\":\"$steps\""; then
        echo "$rule is not of outer step $steps; the same command goes on" >&2
        exit 1
    fi
}

tensors() {
    tail -c "+$(($(od -An -tu8 -N8 "$1") + 9))" "$1"
}

case $name in
glyphs-shapes)
    stage D glyphs-shapes 10061
    ;;
silhouettes)
    stage D glyphs-shapes 10061
    stage F glyphs-shapes-cifar10 2142
    stage G silhouettes 1064
    ;;
bright-silhouettes)
    stage J silhouettes-elu 7324
    stage S bright-silhouettes-first 3951
    stage V bright-silhouettes 6912
    ;;
*) usage ;;
esac

tensors "$rule" >"$runs/made"
if tensors "$here/$name.safetensors" | cmp -s - "$runs/made"; then
    echo "$rule: the same numbers as $here/$name.safetensors"
else
    echo "$rule: other numbers than $here/$name.safetensors"
fi
rm "$runs/made"
