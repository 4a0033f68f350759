#!/bin/sh
# All that a graphics card can tell, on a bare Linux with NVIDIA's driver: `sh tests/gpu/run.sh [install|engines|bench|tests]`.
# Without a word all of them, one after the other; docs/benchmarks/README.md says what comes out.
# EZVTB_RUNTIME: what to install (tensorrt, tensorrt-rtx, cuda). REFERENCE_PYTHON: a Python with PyTorch, to compare with.
set -u
cd "$(dirname -- "$0")/../.."
python=.venv/bin/python
runtime=${EZVTB_RUNTIME:-tensorrt}
failed=0

step() { printf '\n== %s (%s)\n' "$1" "$(date +%H:%M:%S)"; }

install() {
    step "installing"
    ./install.sh --runtime "$runtime" &&
        $python -m ezvtb.models install realesr_animevideov3 waifu2x_upconv7 &&
        $python -m pip install --quiet --disable-pip-version-check pytest
}

engines() {
    case $runtime in tensorrt*) ;; *) return 0 ;; esac
    step "engines"
    $python -c "import sys; from ezvtb.bench import engines_first; sys.exit(bool(engines_first.build('$runtime', 0, print)))"
}

bench() {
    step "benchmark"
    $python -m ezvtb.bench gpu --no-build ${REFERENCE_PYTHON:+--reference-python "$REFERENCE_PYTHON"}
}

tests() {
    step "tests"
    $python -m pytest -m gpu -q -rA tests/gpu
}

for part in ${1:-install engines bench tests}; do
    $part || { failed=1; printf '%s failed\n' "$part"; }
done
exit $failed
