#!/bin/bash
# Makes the pictures of the README anew, from a run and the shipped rule:
#
#     assets/make_pictures.sh RUN [RULE]
#
# curves.png and weights.png are of the run that "It learns" tells of: rulesmith export curves|weights --run RUN --scale 1.
# Else assets/pictures/*.png are what `rulesmith export` and `rulesmith step` write, assets/pictures/screen-*.txt what tmux
# captures of each screen at 80x24 and 160x50 while a copy of RUN goes on.  RUN itself is only read.
set -eu
cd "$(dirname "$0")/.."
program=$PWD/build/release/rulesmith
run=$(realpath "$1")
rule=${2:-$PWD/assets/rules/silhouettes.safetensors}
to=$PWD/assets/pictures
work=$(mktemp -d)
server=rulesmith-pictures-$$
trap 'tmux -L "$server" kill-server 2>/dev/null; rm -rf "$work"' EXIT
mkdir -p "$to"

# ---- figures ----

for figure in loss transfer gradient rate histogram filmstrip; do
    "$program" export "$figure" --run "$run" --scale 1 --out "$to/$figure.png"
done
for figure in features filters activations embedding variance; do
    "$program" export "$figure" --rule "$rule" --scale 1 --out "$to/$figure.png"
done
"$program" export embedding --rule "$rule" --data moons --scale 1 --out "$to/moons.png"
"$program" export features --rule "$rule" --scale 1 --theme dark --out "$to/features-dark.png"
cat >"$work/script" <<END
go 24
export accuracy $to/step-accuracy.png
export loss $to/step-loss.png
export anatomy $to/step-anatomy.png
export anatomy-curves $to/step-anatomy-curves.png
export tensor layer1.W $to/step-tensor.png
export histogram layer1.W $to/step-histogram.png
go 12
term hebb off
go 36
export accuracy $to/step-what-if.png
END
"$program" step --rule "$rule" --script "$work/script" >/dev/null

# ---- screens ----

screen() { # NAME KEY SIZE...
    local name=$1 key=$2 size
    shift 2
    tmux -L "$server" send-keys -t main "$key"
    for size; do
        tmux -L "$server" resize-window -t main -x "${size%x*}" -y "${size#*x}"
        sleep 8 # an inner loop may have to be computed for it
        tmux -L "$server" capture-pane -p -t main | sed 's/ *$//' >"$to/screen-$name-$size.txt"
    done
}

mkdir "$work/runs"
cp -r "$run" "$work/runs/example"
"$program" train --headless --run "$work/runs/glyphs-only" --preset default,glyphs --outer-steps 40 >/dev/null
"$program" train --headless --run "$work/runs/wide" --set task.width_max=256 --outer-steps 40 >/dev/null
tmux -L "$server" -f /dev/null new-session -d -s main -x 80 -y 24 "cd $work && LC_ALL=C.UTF-8 '$program' --resume runs/example" ||
    exit 1
sleep 10
screen train 1 80x24 160x50
screen features 3 80x24 160x50
screen embedding 4 80x24 160x50
screen runs 5 80x24 160x50
tmux -L "$server" send-keys -t main 1
tmux -L "$server" send-keys -t main 2
sleep 5
tmux -L "$server" send-keys -t main 6 n
sleep 2
screen step s 80x24 160x50
tmux -L "$server" send-keys -t main '?'
screen help '' 80x24
tmux -L "$server" send-keys -t main Escape q
sleep 5
