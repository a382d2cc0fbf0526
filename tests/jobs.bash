# Sourced by tests/run and tests/check: jobs side by side, told in their order.
#
#     jobs_run WORK TELL ITEM...
#
# calls `WORK ITEM` for each item in a shell of its own, TEST_JOBS at a time (as many as there are
# cores), and `TELL ITEM` in this shell, in the order of the items, as soon as WORK has ended for that
# one and all before it.  What WORK finds out it leaves in files.

jobs_run() {
    local work=$1 tell=$2 most=${TEST_JOBS:-$(nproc)} started=0 told=0 running=0 pipe channel ended
    shift 2
    local items=("$@") over=()
    # Whoever ends writes its number: a pipe is waited for, whatever ends in the meantime.
    pipe=$(mktemp -u "${TMPDIR:-/tmp}/rulesmith-jobs.XXXXXX")
    mkfifo "$pipe" && exec {channel}<>"$pipe" && rm "$pipe" || exit 1
    while [ "$told" -lt ${#items[@]} ]; do
        while [ "$started" -lt ${#items[@]} ] && [ "$running" -lt "$most" ]; do
            {
                "$work" "${items[started]}" {channel}>&-
                echo "$started" >&"$channel"
            } &
            started=$((started + 1))
            running=$((running + 1))
        done
        read -r ended <&"$channel"
        over[ended]=yes
        running=$((running - 1))
        while [ "${over[told]:-}" ]; do
            "$tell" "${items[told]}"
            told=$((told + 1))
        done
    done
    exec {channel}>&-
    wait
}
