#!/bin/bash
# stdout on a full disk, stdout that nobody reads any more, no stdin or stdout at all: every command ends at once,
# with one line where there is something to say.  (What a training does then is in headless.sh.)
# shellcheck disable=SC2154 # rule comes from there
. "$(dirname "$0")/lib.bash"
train_rule

for line in '--help' 'train --help' 'data' 'verify run' 'train --dry-run' 'experiment' \
    "transfer --rule run/rule.safetensors --data moons --methods pixels --seeds 1 --shots 1 --json"; do
    # shellcheck disable=SC2086 # several words
    "$RULESMITH" $line >/dev/full 2>err
    [ $? -eq 1 ] && [ "$(grep -c '^rulesmith: stdout: ' err)" -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] ||
        fail "$line to a full disk"
    # The reader is gone before the first byte.
    rm -f gone
    # shellcheck disable=SC2086
    (until [ -e gone ]; do :; done && exec "$RULESMITH" $line 2>err) | (exec <&- && touch gone)
    [ "${PIPESTATUS[0]}" -eq 141 ] && [ ! -s err ] || fail "$line to nobody"
    # shellcheck disable=SC2086
    "$RULESMITH" $line <&- >&- 2>err || fail "$line without stdin and stdout: exit code $?"
    [ ! -s err ] || fail "$line without stdin and stdout"
done
"$RULESMITH" step --rule "$rule" <&- >out 2>err || fail "step without stdin: exit code $?"
