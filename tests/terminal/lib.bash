# Shared by the terminal tests: they run the real program in a tmux of their own, press keys and read
# the screen.  A test sources this file and calls what is below; it never waits for a time, always
# for something to be seen, with a deadline.
#
# Variables: RULESMITH (the program), folder (the test's own, current directory of the shell in tmux),
# TINY (arguments that make a training of small, quick steps).
set -u

[ -x "${RULESMITH:-}" ] || { echo "RULESMITH names no program: '${RULESMITH:-}'" && exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/rulesmith-terminal.XXXXXX") || exit 1
socket=rulesmith-$$
deadline=${DEADLINE:-30}
limit_of_loops=$((deadline * 20))

cat >"$folder/tiny.ini" <<'END'
[rule]
hidden = 4
error_channels = 3
readout_rank = 2
top_hidden = 4
embedding = 6
[task]
image_size = 8
classes_min = 2
classes_max = 3
shots = 2
batch = 32
hidden_layers_min = 1
hidden_layers_max = 1
width_min = 24
width_max = 32
[inner]
horizon_min = 4
horizon_max = 8
truncation_min = 2
truncation_max = 3
[outer]
workers = 4
[evaluate]
every = 20
data = glyphs-held-out
layers = 8
steps = 4
seeds = 1
shots = 2
examples = 20
END
TINY="--preset $folder/tiny.ini --threads 1 --seed 1 --data-path $folder --run $folder/run"

terminal() {
    tmux -L "$socket" -f /dev/null "$@"
}

clean_up() {
    local pid
    pid=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$folder/run/status.json" 2>/dev/null)
    terminal kill-server 2>/dev/null
    # A training that a failed test leaves would go on writing while the folder is removed; its
    # command line, which names the folder, tells that the process is ours.
    if [ -n "$pid" ] && grep -qa -- "$folder" "/proc/$pid/cmdline" 2>/dev/null; then
        kill -KILL "$pid"
    fi
    until rm -rf "$folder" 2>/dev/null; do
        sleep 0.05
    done
}
trap clean_up EXIT

screen() {
    terminal capture-pane -p -t main
}

fail() {
    echo "FAILED: $*"
    echo "--- the screen:"
    screen
    echo "--- the log:"
    tail -n 20 "$folder"/run/log.txt 2>/dev/null
    exit 1
}

# without_terminal: for a test of what needs none.  Its folder is the current one from now on, and a failure shows what
# the last command has written there.
without_terminal() {
    cd "$folder" || exit 1
    set -m # else bash lets what runs in the background ignore SIGINT
    fail() {
        echo "FAILED: $*"
        cat out err run/log.txt 2>/dev/null
        exit 1
    }
}

# train_rule: without_terminal, a training of two outer steps; $rule is what it made.
train_rule() {
    without_terminal
    # shellcheck disable=SC2086 # TINY is several words
    "$RULESMITH" train $TINY --headless --outer-steps 2 >out 2>err || fail "training: exit code $?"
    # shellcheck disable=SC2034 # for the test that sources this
    rule=$folder/run/rule.safetensors
}

is_png() { # FILE
    [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "$1 is no PNG"
    if command -v pngcheck >/dev/null; then
        pngcheck -q "$1" || fail "$1: pngcheck refuses it"
    fi
}

# until_true WHAT COMMAND...: runs the command until it succeeds.
until_true() {
    local what=$1 i
    shift
    for ((i = 0; i < limit_of_loops; i++)); do
        "$@" && return 0
        sleep 0.05
    done
    fail "waited $deadline s for $what"
}

shows() {
    screen | grep -qE -- "$1"
}

hides() {
    ! shows "$1"
}

# wait_for PATTERN: until the screen shows the extended regular expression.
wait_for() {
    until_true "'$1' on the screen" shows "$1"
}

wait_gone() {
    until_true "'$1' to leave the screen" hides "$1"
}

file_has() {
    grep -qE -- "$2" "$1" 2>/dev/null
}

# wait_for_file FILE PATTERN
wait_for_file() {
    until_true "'$2' in $1" file_has "$1" "$2"
}

# open_shell COLUMNS ROWS [TERM]: a shell in a terminal; the prompt is READY.
open_shell() {
    terminal new-session -d -s main -x "$1" -y "$2" -c "$folder" \
        "env TERM=${3:-tmux-256color} PS1='READY ' bash --norc --noprofile" || fail "no tmux"
    terminal set-option -g status off >/dev/null
    wait_for 'READY'
}

# type_line TEXT: a command for the shell.
type_line() {
    terminal send-keys -t main -l -- "$1"
    terminal send-keys -t main Enter
}

# keys KEY...: as tmux calls them.
keys() {
    terminal send-keys -t main "$@"
}

# train [ARGUMENTS]: starts training and waits for the screen.
train() {
    type_line "clear; $RULESMITH train $TINY $*; echo exit=\$?"
    wait_for 'quit'
}

# The process that trains.
training_pid() {
    sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$folder/run/status.json"
}

# The state of the terminal as the shell sees it.  Each call waits for a line of its own: the one of a call before may
# still be on the screen.
recorded=0
record_modes() { # FILE
    recorded=$((recorded + 1))
    type_line "clear; stty -a >'$1'; echo recorded $recorded"
    wait_for "^recorded $recorded"
}

state_is() {
    file_has "$folder/run/status.json" "\"state\":\"$1\""
}

outer_step() {
    grep -o '"outer_step": *[0-9]*' "$folder/run/metrics.jsonl" 2>/dev/null | tail -n 1 | grep -o '[0-9]*$' || echo 0
}

# The training goes on: at least one more outer step is written.
wait_for_steps() {
    local before
    before=$(outer_step)
    more_steps() { [ "$(outer_step)" -gt "$before" ]; }
    until_true "more outer steps than $before" more_steps
}
