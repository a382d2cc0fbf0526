#!/bin/bash
# Folders that may not be written, any umask, no HOME, a decimal comma; without a screen.  What cannot be done ends
# with one clear line and its exit code, leaves nothing behind, and a run that exists can be gone on with.
# shellcheck disable=SC2154 # folder and rule come from there
. "$(dirname "$0")/lib.bash"
train_rule
TINY="--preset $folder/tiny.ini --threads 1 --seed 1 --data-path $folder --headless --set evaluate.every=0"

# Root may write anywhere, unless it gives that up.
as_anybody=
[ "$(id -u)" -ne 0 ] || as_anybody='setpriv --bounding-set=-dac_override,-dac_read_search'
if [ -n "$as_anybody" ] && ! $as_anybody true 2>/dev/null; then
    echo "root here cannot give up its rights: read-only folders are not tried"
    as_anybody=no
fi

# says CODE PATTERN ARGUMENTS...: ends with that code and one line on stderr that has the pattern.
# shellcheck disable=SC2086 # several words
says() {
    local code=$1 pattern=$2 found
    shift 2
    $as_anybody "$RULESMITH" "$@" >out 2>err
    found=$?
    [ $found -eq "$code" ] || fail "$*: exit code $found instead of $code"
    [ "$(wc -l <err)" -eq 1 ] && grep -q "^rulesmith: .*$pattern" err || fail "$*: expected one line, '$pattern'"
}

# -- Folders that may not be written
if [ "$as_anybody" != no ]; then
    mkdir closed
    chmod 555 closed
    # shellcheck disable=SC2086
    says 1 'closed/run: .*Permission denied; --run' train $TINY --outer-steps 1 --run closed/run
    (cd closed && $as_anybody "$RULESMITH" train --headless >../out 2>../err)
    [ $? -eq 1 ] && grep -q '^rulesmith: runs: .*Permission denied; --run' err || fail "the default place: exit code"
    chmod -R a-w run
    says 1 'run/lock: .*Permission denied' train --resume run --headless
    says 1 'closed/x.png: .*Permission denied' export curves --run run --out closed/x.png
    cp "$rule" alone.safetensors # away from its run, whose settings would be told of in a line before
    says 1 'closed/x.png: .*Permission denied' export features --rule alone.safetensors --out closed/x.png
    says 1 'closed/table: .*Permission denied' experiment mismatch --out closed/table
    $as_anybody "$RULESMITH" verify run >out 2>err || fail "verify of what may only be read"
    chmod -R u+w run
    [ -z "$(ls closed)" ] || fail "something was made in the read-only folder"

    # While it trains: the checkpoint cannot be saved, and that is what it ends with; then it goes on.
    # shellcheck disable=SC2086
    $as_anybody "$RULESMITH" train --resume run --data-path "$folder" --headless --outer-steps 100000 >out 2>err &
    pid=$!
    wait_for_steps
    chmod a-w run run/checkpoints
    kill -TERM "$pid"
    wait "$pid"
    [ $? -eq 1 ] || fail "closed while it trained: exit code"
    grep -q '^rulesmith: run/checkpoints/.*Permission denied' err || fail "closed while it trained: $(cat err)"
    chmod u+w run run/checkpoints
    "$RULESMITH" train --resume run --data-path "$folder" --headless --outer-steps 5 >out 2>err ||
        fail "opened again: exit code $?"
fi

# -- What others may do with the files is the umask's business; the folder of a run is no more open than that.
modes() { find "$1" -printf '%m %y\n' | sort -u | tr '\n' ' '; }
# shellcheck disable=SC2086
(umask 077 && "$RULESMITH" train $TINY --outer-steps 1 --run mine >out 2>err) || fail "umask 077: exit code $?"
[ "$(modes mine)" = '600 f 700 d 777 l ' ] || fail "umask 077: $(modes mine)"
# shellcheck disable=SC2086
(umask 0 && "$RULESMITH" train $TINY --outer-steps 1 --run ours >out 2>err) || fail "umask 0: exit code $?"
[ "$(modes ours)" = '666 f 777 d 777 l ' ] || fail "umask 0: $(modes ours)"
cmp mine/rule.safetensors ours/rule.safetensors || fail "umask: not the same rule"
if [ "$as_anybody" != no ]; then
    # shellcheck disable=SC2086
    (umask 777 && says 1 'nobodys/lock: .*Permission denied' train $TINY --outer-steps 1 --run nobodys) || exit 1
    [ ! -e nobodys ] || fail "umask 777: a folder that nobody may enter was left"
fi

# -- Home
for home in '' /nowhere; do
    # shellcheck disable=SC2086
    env -u HOME ${home:+"HOME=$home"} "$RULESMITH" train $TINY --outer-steps 1 --run homeless >out 2>err ||
        fail "HOME '$home': exit code $?"
    cmp homeless/rule.safetensors mine/rule.safetensors || fail "HOME '$home': not the same rule"
    rm -rf homeless
done

# -- A decimal comma and what else a locale brings: the same bytes.
cat >comma <<'END_OF_LOCALE'
LC_NUMERIC
decimal_point ","
thousands_sep "."
grouping 3
END LC_NUMERIC
END_OF_LOCALE
localedef -c -i comma "$folder/comma_LOCALE" >/dev/null 2>&1
[ "$(LOCPATH=$folder LC_ALL=comma_LOCALE bash -c 'printf %.1f 1,5' 2>/dev/null)" = 1,5 ] ||
    echo "no locale with a comma could be made"
without_time() { sed 's/"seconds":[^,]*,//' "$1"; }
for locale in comma_LOCALE no_SUCH; do
    # shellcheck disable=SC2086
    env LOCPATH="$folder" LC_ALL=$locale LANG=$locale "$RULESMITH" train $TINY --outer-steps 1 --run there \
        >out 2>err || fail "locale $locale: exit code $?"
    cmp there/rule.safetensors mine/rule.safetensors || fail "locale $locale: not the same rule"
    cmp there/config.ini mine/config.ini || fail "locale $locale: not the same settings"
    cmp <(without_time there/metrics.jsonl) <(without_time mine/metrics.jsonl) || fail "locale $locale: metrics"
    LOCPATH=$folder LC_ALL=$locale "$RULESMITH" train --resume there --data-path "$folder" --headless \
        --set outer.rate=0.0015 --outer-steps 2 >out 2>err || fail "locale $locale: resumed, exit code $?"
    grep -q '^rate = 0.0015$' there/config.ini || fail "locale $locale: $(grep rate there/config.ini)"
    "$RULESMITH" verify there >out 2>err || fail "locale $locale: $(cat err)"
    rm -rf there
done
