#!/bin/bash
# Sessions of random keys: on every screen, with training, evaluation, export, pauses, saving and commands, left at a
# random moment in a random way.  Each ends in time, with the exit code of that way, a run that verify accepts and
# nothing that a sanitizer would tell; every third goes on with the run before.
#
#     SESSIONS=1000 SEED=7 THREADS=2 RULESMITH=build/thread/rulesmith tests/terminal/session.sh
#
# DEADLINE is the time in seconds that a session may take to begin or to end (30).
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
seed=${SEED:-$((${EPOCHREALTIME/./} % 32768))}
RANDOM=$seed
echo "SESSIONS=${SESSIONS:-2} SEED=$seed"

# What a user may press; a line is pressed at once.  Keys of screens that are not there do nothing.
mapfile -t strokes <<'STROKES'
t
e
E
s
Space
Space Space
? j j G ?
? Escape
1
2
3
4
5
Tab
BTab
p
P
+
p p p p +
Enter
h h h l
Left Left Right Home End
z z f
Z
H L
x y r
) ) (
] ] [
j k PPage NPage
g G
Escape
C-l
n n N
u f c
o i d w v
/ a b Escape
m Up Down
: p a u s e Enter
: r e s u m e Enter
: e v a l u a t e Enter
: w Enter
: s e t Space o u t e r . r a t e = 0 . 0 0 2 Enter
: s e t Space i n n e r . h o r i z o n _ m a x = 6 Enter
: s e t Space n o n s e n s e Enter
: e x p Tab Space Tab Tab Enter
: e x p o r t Space l o s s Enter
: s c r Tab Space Tab Enter
: h e l p Enter j j Escape
: Up Up Enter
: x y z BSpace C-w C-u Tab Tab BTab Escape
STROKES

# The program is the terminal's own and no shell's, so a key after its end goes nowhere.  Its exit code is in a file:
# tmux 3.3a sometimes does not tell it.
has_ended() {
    [ -s "$folder/ended" ]
}

press_at_random() { # COUNT
    local i stroke
    for ((i = 0; i < $1; i++)); do
        stroke=${strokes[RANDOM % ${#strokes[@]}]}
        pressed+=" [$stroke]"
        # shellcheck disable=SC2086 # several keys
        keys $stroke
        if ((RANDOM % 8 == 0)); then
            terminal resize-window -t main -x $((40 + RANDOM % 120)) -y $((8 + RANDOM % 50))
        fi
    done
}

# Leaves in one of the ways there are; $code is what the program then ends with.
leave() {
    keys Escape Escape
    code=0
    case $((RANDOM % 6)) in
        0) keys C-c && code=130 ;;
        1) pkill -TERM -P "$(terminal display-message -p -t main '#{pane_pid}')" && code=143 ;;
        2) keys F10 ;;
        3) keys : q Enter ;;
        *) keys q ;;
    esac
}

# begin COMMAND: the program in a terminal of 100 x 30, until it has drawn.
begin() {
    terminal resize-window -t main -x 100 -y 30
    rm -f "$folder/ended"
    terminal respawn-window -k -t main "$1; echo \$? >'$folder/ended'"
    pressed=
    has_begun() { shows 'F10 quit' || has_ended; }
    until_true "the screen of session $session" has_begun
}

export TSAN_OPTIONS="${TSAN_OPTIONS:-}:log_path=$folder/sanitizer" ASAN_OPTIONS="${ASAN_OPTIONS:-}:log_path=$folder/sanitizer"
export XDG_STATE_HOME=$folder/state
open_shell 100 30
terminal set-option -g remain-on-exit on >/dev/null
slowest=0
for ((session = 1; session <= ${SESSIONS:-2}; session++)); do
    how=${TINY/--threads 1/--threads ${THREADS:-2}}
    if ((session % 3 == 0)); then
        how="--resume $folder/run --data-path $folder"
    else
        rm -rf "$folder/run"
    fi
    # The history of commands begins anew, or ": Up Up Enter" may be the ":q" of an earlier session.
    rm -rf "$folder/state"
    begin "$RULESMITH train $how --set evaluate.every=5"
    press_at_random $((RANDOM % 25))
    ((RANDOM % 3)) || wait_for '[a-z]' # whatever screen it is, at whatever size
    press_at_random $((RANDOM % 5))
    ! has_ended || fail "session $session: ended by$pressed"
    begun=$EPOCHREALTIME
    leave
    until_true "the end of session $session after$pressed" has_ended
    took=$(((${EPOCHREALTIME/./} - ${begun/./}) / 1000))
    ((took <= slowest)) || slowest=$took
    ended=$(cat "$folder/ended")
    [ "$ended" = "$code" ] || fail "session $session: exit code $ended instead of $code after$pressed"
    ! compgen -G "$folder/sanitizer*" >/dev/null || fail "session $session: $(cat "$folder"/sanitizer*)"
    "$RULESMITH" verify "$folder/run" >"$folder/told" 2>&1 || fail "session $session: $(tail -n 1 "$folder/told")"
done
echo "$((session - 1)) sessions ended, the slowest $slowest ms after it was asked to"
