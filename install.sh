#!/bin/sh
# Sets EZVTB Avatar up. `--launch`: and shows it in OBS. `--test`: and runs every test.
# Only what must happen before there is a Python environment is done here; the rest is `python -m ezvtb.setup`.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
python=$here/.venv/bin/python

say() { printf '%s\n' "$*" >&2; }

# Shims of version managers exist for versions that can't run, so a candidate counts only when it runs.
find_python() {
    for name in python3.13 python3.12 python3.11 python3.10 python3.14 python3 python; do
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

make_venv() {
    say "Making the Python environment .venv with $("$1" --version) ..."
    "$1" -m venv --clear "$here/.venv" >&2
}

# pip is asked too: an environment that was interrupted, or whose Python was upgraded, has a python and no pip.
if ! "$python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
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
    if ! "$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        package=$("$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        if ! can_apt; then
            say "$found has no module venv. Install it (on Debian and Ubuntu: sudo apt install $package), then run this again."
            exit 1
        fi
        apt_install "$package"
    fi
    make_venv "$found"
fi

exec env PYTHONPATH="$here/core" "$python" -m ezvtb.setup "$@"
