#!/bin/sh
# Sets EZVTB Avatar up. `--launch`: and shows it in OBS. `--uninstall`: removes it. `--help` names the rest.
# Only what must happen before there is a Python is done here; the rest is `python -m ezvtb.setup`.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

say() { printf '%s\n' "$*" >&2; }

# Shims of version managers exist for versions that can't run, so a candidate counts only when it runs.
find_python() {
    for name in python3.13 python3.12 python3.11 python3.10 python3.14 python3 python "$here/.venv/bin/python"; do
        if "$name" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15))' >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return
        fi
    done
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_install() {
    say "Installing $* with apt-get (about 20 MB at most) ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q </dev/null >&2
    apt-get install -y -q -o Dpkg::Use-Pty=0 --no-install-recommends "$@" </dev/null >&2
}

found=$(find_python)
if [ -z "$found" ]; then
    if ! can_apt; then
        say "There is no Python from 3.10 to 3.14 here. Install one (for example: sudo apt install python3 python3-venv), then run this again."
        exit 1
    fi
    apt_install python3 python3-venv
    found=$(find_python)
    [ -n "$found" ] || { say "This system's Python is older than 3.10. Install Python 3.12, then run this again."; exit 1; }
fi

exec env PYTHONPATH="$here/core" "$found" -m ezvtb.setup "$@"
