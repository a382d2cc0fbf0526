#!/bin/bash
# Every kind of terminal and locale gets a screen: Unicode or ASCII, with or without colours.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"

# The bytes of the screen with their escape sequences.
coloured() {
    terminal capture-pane -e -p -t main | grep -qE $'\033\\[[0-9;]*(3[0-7]|38;5;[0-9]+|9[0-7])m'
}

open_shell 100 30
for name in xterm-256color tmux-256color screen linux vt100; do
    type_line "clear; export TERM=$name"
    train
    wait_for_steps
    keys '?'
    wait_for 'Keys'
    keys '?'
    wait_for 'quit'
    case $name in
        vt100) ! coloured || fail "$name has no colours" ;;
        *) coloured || fail "$name: no colours" ;;
    esac
    keys q
    wait_for 'exit=0'
    rm -rf "$folder/run"
done

# Colours by red, green and blue where terminfo has them: an entry like xterm-direct, which Debian keeps in
# another package.
cat >"$folder/direct.ti" <<'END'
rulesmith-direct|direct colours,
	RGB, ccc@, initc@, oc@, colors#0x1000000, pairs#0x7FFF,
	setab=\E[%?%p1%{8}%<%t4%p1%d%e48\:2\:\:%p1%{65536}%/%d\:%p1%{256}%/%{255}%&%d\:%p1%{255}%&%d%;m,
	setaf=\E[%?%p1%{8}%<%t3%p1%d%e38\:2\:\:%p1%{65536}%/%d\:%p1%{256}%/%{255}%&%d\:%p1%{255}%&%d%;m,
	use=xterm-256color,
END
tic -x -o "$folder/terminfo" "$folder/direct.ti" || fail "tic"
type_line "clear; export TERM=rulesmith-direct TERMINFO=$folder/terminfo"
terminal resize-window -t main -x 120 -y 40
train
wait_for '8x8, 8 units' # the first evaluation brings the filters
direct() {
    terminal capture-pane -e -p -t main | grep -qE $'\033\\[38;2;[0-9]+;[0-9]+;[0-9]+m.*\033\\[48;2;'
}
until_true 'half blocks in 24-bit colours' direct
keys q
wait_for 'exit=0'
rm -rf "$folder/run"
type_line 'clear; unset TERMINFO'
terminal resize-window -t main -x 100 -y 30

type_line 'clear; export TERM=tmux-256color NO_COLOR=1'
train
wait_for_steps
! coloured || fail "NO_COLOR is not heeded"
keys q
wait_for 'exit=0'
rm -rf "$folder/run"

type_line 'clear; unset NO_COLOR; export LC_ALL=C'
train
wait_for_steps
! screen | LC_ALL=C grep -q '[^ -~]' || fail "the C locale shows more than ASCII"
keys q
wait_for 'exit=0'
