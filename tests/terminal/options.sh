#!/bin/bash
# --help and --version of every command go to stdout with exit code 0; usage errors to stderr with 2.
# shellcheck disable=SC2154 # folder and TINY come from there
. "$(dirname "$0")/lib.bash"
without_terminal

"$RULESMITH" --help >out 2>err || fail "--help: exit code $?"
[ ! -s err ] || fail "--help talks on stderr"
commands=$(sed -n '/^Commands/,/^$/s/^  \([a-z]*\).*/\1/p' out)
[ "$(echo "$commands" | wc -l)" -ge 3 ] || fail "--help lists too few commands: $commands"
for command in $commands; do
    for option in --help --version; do
        "$RULESMITH" "$command" $option >out 2>err || fail "$command $option: exit code $?"
        [ -s out ] || fail "$command $option says nothing"
        [ ! -s err ] || fail "$command $option talks on stderr"
    done
done
for word in commit build kernels blas; do
    "$RULESMITH" --version | grep -q "^$word: *[^ ]" || fail "--version does not name $word"
done

for line in trian --headles2 'train --outer-steps many' 'train --threads -1' verify 'verify a b' export; do
    # shellcheck disable=SC2086 # several words
    "$RULESMITH" $line >out 2>err
    [ $? -eq 2 ] || fail "'$line': exit code"
    [ ! -s out ] || fail "'$line' wrote to stdout"
    [ "$(wc -l <err)" -eq 1 ] || fail "'$line': $(cat err)"
done

"$RULESMITH" train --dry-run --set outer.workers=3 >out 2>err || fail "--dry-run: exit code $?"
grep -q '^workers *= *3' out || fail "--dry-run does not show the effective settings"
grep -q 'memory.* MiB' out || fail "--dry-run does not estimate memory"
[ ! -e runs ] || fail "--dry-run made a run"

"$RULESMITH" --help >/dev/full 2>err
[ $? -eq 1 ] || fail "a full disk behind stdout goes unnoticed"
