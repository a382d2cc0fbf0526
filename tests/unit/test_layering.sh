#!/bin/bash
# Includes point one way: app -> views -> engine.  Each header of engine/ and views/ compiles alone, and
# the libraries contain no symbol that they must not know.  Run by tests/run; FLAVOUR says which build.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/${FLAVOUR:-release}
complaints=0

complain() {
    printf '%s\n' "$@"
    complaints=$((complaints + 1))
}

# No line of the files in the folder may match the pattern.
forbid_include() { # FOLDER PATTERN REASON
    local lines
    lines=$(grep -rnE --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]*$2" "$1")
    [ -z "$lines" ] || complain "$3:" "$lines"
}

forbid_include engine '["<](\.\.?/)*(views|app|tests)/' 'engine/ includes what stands above it'
forbid_include views '["<](\.\.?/)*(app|tests)/' 'views/ includes what stands above it'
forbid_include app '["<](\.\.?/)*tests/' 'app/ includes tests'
forbid_include engine '[<"](n?curses|ncursesw/|term\.h|termios\.h|panel|menu|form)' 'engine/ knows a terminal'
for folder in engine views app; do
    forbid_include $folder '"\.\.?/' 'includes are written from the root of the tree'
done

# Each header alone.  -fsyntax-only; libraries' own headers are not ours to warn about.
includes=$(pkg-config --cflags-only-I ncursesw openblas libpng zlib libcjson inih stb |
    sed 's/-I/-isystem /g')
while IFS= read -r header; do
    # shellcheck disable=SC2086 # one word per flag
    if ! message=$(printf '#include "%s"\nextern int nothing;\n' "$header" |
        "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -DNCURSES_WIDECHAR=1 -Wall -Wextra -Werror -I. $includes \
            -fsyntax-only -x c - 2>&1); then
        case $header in
            # A body that several .c files include after defining its parameters is no header.
            *_body.h | *_absent.h) ;;
            *) complain "$header does not compile alone:" "$(head -n 3 <<<"$message")" ;;
        esac
    fi
done < <(find engine views -name '*.h' | sort)

# What a library needs from outside and what it defines.
undefined() {
    nm -u "$1" 2>/dev/null | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u
}
defined() {
    nm --defined-only "$1" 2>/dev/null | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort -u
}
curses='^(initscr|newterm|endwin|stdscr|curscr|newscr|wrefresh|wnoutrefresh|doupdate|wgetch|wget_wch|waddch|waddnstr|waddnwstr|wadd_wch|wmove|mvwin|newwin|delwin|initpair|init_pair|start_color|setupterm|tigetstr|tigetnum|COLORS|COLOR_PAIRS|LINES|COLS|keypad|cbreak|raw|halfdelay|set_term)$'
if [ ! -f "$build/libengine.a" ] || [ ! -f "$build/libviews.a" ]; then
    complain "the libraries in $build have not been built"
else
    needs=$(undefined "$build/libengine.a")
    names=$(grep -E "$curses" <<<"$needs")
    [ -z "$names" ] || complain "libengine.a calls curses:" "$names"
    for above in libviews libapp; do
        [ -f "$build/$above.a" ] || continue
        names=$(comm -12 <(printf '%s\n' "$needs") <(defined "$build/$above.a"))
        [ -z "$names" ] || complain "libengine.a needs $above.a:" "$names"
    done
    if [ -f "$build/libapp.a" ]; then
        names=$(comm -12 <(undefined "$build/libviews.a") <(defined "$build/libapp.a"))
        [ -z "$names" ] || complain "libviews.a needs libapp.a:" "$names"
    fi
    names=$(grep -E '^(exit|_exit|_Exit|abort|printf|puts|putchar|perror|__printf_chk|vprintf)$' <<<"$needs")
    [ -z "$names" ] || complain "engine/ prints or ends the program:" "$names"
fi

# Nothing at the top of the tree but what was agreed.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    odd=$(git ls-files | cut -d/ -f1 | sort -u |
        grep -vxE 'app|engine|views|assets|tests|Makefile|README\.md|LICENSE|\..*')
    [ -z "$odd" ] || complain "at the top of the tree, outside the agreed layout:" "$odd"
fi

# The flags that would make NaN disappear (style S5).
lines=$(grep -nE -- '-(Ofast|ffast-math|ffinite-math-only|funsafe-math-optimizations|fassociative-math)' \
    Makefile | grep -v '^[0-9]*:[[:space:]]*#')
[ -z "$lines" ] || complain "flags that change numbers:" "$lines"

[ "$complaints" -eq 0 ]
