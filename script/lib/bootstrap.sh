# Sourced by script/server, script/test and script/bench: makes .venv fit requirements/, once. It changes nothing outside the checkout.
# shellcheck shell=bash

ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
unset PYTHONDONTWRITEBYTECODE # some images set it: each start of `camket` would compile five hundred modules again, a third of its time

say() { printf '%s\n' "$*" >&2; }

give_up() {
    say "$@"
    exit 3
}

# Shims of a version manager answer to a name and may be dead behind it, so each candidate is run.
usable_python() {
    local candidate without_venv="" candidates=(python3 python3.13 python3.12 python3.11 python3.14)
    local pyenv="${PYENV_ROOT:-$HOME/.pyenv}/versions"
    if [ -d "$pyenv" ]; then
        while IFS= read -r candidate; do candidates+=("$candidate/bin/python3"); done < <(printf '%s\n' "$pyenv"/3.* | sort -rV)
    fi
    for candidate in "${candidates[@]}"; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
        without_venv="$candidate"
    done
    if [ -n "$without_venv" ]; then
        say "$without_venv is new enough but cannot make a virtual environment. On Debian, as root: apt-get install python3-venv"
    else
        say "Camket needs Python 3.11 or newer, and none was found. On Debian 12, as root: apt-get install python3 python3-venv"
    fi
    return 1
}

# The Python that the second leg of the tests stands on; none is fetched, whoever has none goes without the leg.
python_of() {
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python3; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -c "import ensurepip, sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" >/dev/null 2>&1 || continue
        printf '%s\n' "$candidate"
        return 0
    done
    return 1
}

make_venv() {
    local python="${1:-}"
    [ -n "$python" ] || python="$(usable_python)" || exit 3
    say "Making ${VENV##*/} with $("$python" --version) …"
    "$python" -m venv --clear "$VENV" || give_up "The virtual environment could not be made in $VENV: see the line above; is the disk full, the folder writable?"
}

# A .pth file and a launcher instead of `pip install -e .`: that would fetch a build back end whose hash nothing locks.
install_project() {
    local packages
    packages="$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    printf '%s\n' "$ROOT/src" >"$packages/camket.pth"
    # sh first, then Python: a "#!" line cannot hold a long path, or one with a space in it.
    cat >"$VENV/bin/camket" <<'LAUNCHER'
#!/bin/sh
'''exec' "$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"
' '''
import sys

from camket.config.boot import main

if __name__ == "__main__":
    sys.exit(main())
LAUNCHER
    chmod +x "$VENV/bin/camket"
}

install_requirements() {
    local list="$1" log="$VENV/install.log"
    say "Installing requirements/$list.txt (once; about half a minute) …"
    if ! "$PYTHON" -m pip install --quiet --require-hashes --only-binary :all: -r "$ROOT/requirements/$list.txt" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        if grep -qiE 'hashes are required|do not match the hashes' "$log"; then
            give_up "What the package index sent is not what requirements/$list.txt was locked to. If the file is yours, run script/lock; if not, find out why."
        elif grep -qiE 'connection|resolve|timed out|network is unreachable|proxy|retries' "$log"; then
            give_up "The package index cannot be reached. Check the network, or name your own index in PIP_INDEX_URL, and start again."
        fi
        give_up "The packages could not be installed: the lines above say why, the whole of it is in ${VENV##*/}/install.log. To begin afresh: rm -rf ${VENV##*/}"
    fi
}

checksum() { sha256sum <"$1" | cut -c1-16; }

# What .venv is made of; "all" holds everything that "run" does.
stamp_of() {
    local place run all
    place="$ROOT $(checksum "$ROOT/script/lib/bootstrap.sh")"
    run="run:$(checksum "$ROOT/requirements/run.txt")"
    all="all:$(checksum "$ROOT/requirements/all.txt")"
    if [ "$1" = all ]; then printf '%s %s %s' "$place" "$run" "$all"; else printf '%s %s' "$place" "$run"; fi
}

bootstrap() {
    local list="$1" stamp had=""
    stamp="$(stamp_of "$list")"
    [ -f "$VENV/.stamp" ] && had="$(cat "$VENV/.stamp")"
    # A stamp of "all" begins with the stamp of "run".
    if [ -x "$PYTHON" ] && [ "${had#"$stamp"}" != "$had" ]; then return 0; fi
    cd "$ROOT" || exit 3
    # Two first starts at once: the second waits, then finds it done.
    if [ -z "${BOOTSTRAP_LOCKED:-}" ] && command -v flock >/dev/null; then
        exec 9>"$ROOT/.venv.lock"
        flock 9
        BOOTSTRAP_LOCKED=1 bootstrap "$list"
        exec 9>&-
        return 0
    fi
    if ! "$PYTHON" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then make_venv; fi
    install_requirements "$list"
    install_project
    printf '%s' "$stamp" >"$VENV/.stamp"
}

# What script/bench --peers measures us against lives apart: some of it has a licence that the product could not carry.
bootstrap_peers() (
    VENV="$ROOT/.venv-peers" PYTHON="$ROOT/.venv-peers/bin/python"
    stamp="$ROOT $(checksum "$ROOT/requirements/peers.txt")"
    if [ -x "$PYTHON" ] && [ -f "$VENV/.stamp" ] && [ "$(cat "$VENV/.stamp")" = "$stamp" ]; then exit 0; fi
    make_venv
    install_requirements peers
    printf '%s' "$stamp" >"$VENV/.stamp"
)

# The next Django on the next Python, beside ours. Ends with 77 and a sentence where that Python is not there.
bootstrap_next() (
    VENV="$ROOT/.venv-next" PYTHON="$ROOT/.venv-next/bin/python"
    stamp="$ROOT $(checksum "$ROOT/requirements/next.txt")"
    if [ -x "$PYTHON" ] && [ -f "$VENV/.stamp" ] && [ "$(cat "$VENV/.stamp")" = "$stamp" ]; then exit 0; fi
    python="$(python_of 3.13)" || { say "No Python 3.13 is here (as python3.13 on the PATH, or in pyenv): this leg is left out." && exit 77; }
    make_venv "$python"
    install_requirements next
    printf '%s' "$stamp" >"$VENV/.stamp"
)
