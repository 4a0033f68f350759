"""TensorRT's engines of all that is measured, built before: `python -m ezvtb.bench.engines_first KIND CARD`.

The process prints progress as `ezvtb.backends.tensorrt_build --json` does, and ends when its input is closed.
"""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ezvtb import own_stdin
from ezvtb.backends import devices, engines, tensorrt_build
from ezvtb.backends.background_build import BackgroundBuild
from ezvtb.backends.cuda import open_card
from ezvtb.backends.flavours import FLAVOURS, PLAIN
from ezvtb.bench import peaks
from ezvtb.bench.entrant import CHAINS
from ezvtb.errors import EzvtbError, ModelError
from ezvtb.models import store

PRECISIONS = ("fp16", "fp32")
_TELL_SECONDS = 10.0


def build(kind: str, number: int, say: Callable[[str], object]) -> str:
    """Builds what a TensorRT of this kind lacks for a card, telling of it; why it didn't get to its end, or nothing."""
    running = BackgroundBuild([sys.executable, "-m", "ezvtb.bench.engines_first", kind, str(number)])
    told = ""
    try:
        while not running.wait(_TELL_SECONDS):
            if running.text != told:
                told = running.text
                say(told)
    finally:
        running.cancel()
    say(running.text if not running.error else f"Not all of TensorRT's engines could be built: {running.error}")
    return running.error


def networks() -> "list[str]":
    """The installed networks that are measured, as `tensorrt_build` names them: "tha3_separable/fp16/editor"."""
    found = []
    for model, names in CHAINS.items():
        for precision in PRECISIONS:
            try:
                graphs = store.find(model, precision).graphs
            except ModelError:  # the contestants say so
                continue
            found += [f"{model}/{precision}/{name}" for name in names if name in graphs]
    return found


def build_files(files: "Iterable[Path]", number: int, kind: str = PLAIN.kind) -> None:
    """Builds the engines of ONNX files that belong to no model, those that aren't there. BackendError if one fails."""
    device, version = devices.known_as(kind, number).name, FLAVOURS[kind].library().__version__
    for file in files:
        wanted = engines.identity(file, version, device, kind)
        if engines.read(wanted) is None:
            tensorrt_build.build(file, wanted, open_card(number), lambda part: None)


def main(kind: str, number: int) -> int:
    """The process. 0 if every engine is there."""
    own_stdin.end_with_it()
    try:
        tensorrt_build.run(networks(), number, _say_json, kind)
        for precision in PRECISIONS:
            build_files(peaks.graphs(precision, on_card=True).values(), number, kind)
    except (EzvtbError, ImportError, OSError) as error:
        print(json.dumps({"error": str(error), "built": 0}), flush=True)
        return 1
    return 0


def _say_json(progress: "dict[str, Any]") -> None:
    print(json.dumps(progress), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
