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
