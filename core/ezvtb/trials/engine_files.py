"""TensorRT's engine files: built, loaded again, and built anew when one is damaged. In a folder of their own."""

import os
import tempfile
from collections.abc import Callable

from ezvtb.backends import check, engines
from ezvtb.backends.flavours import FLAVOURS
from ezvtb.bench import engines_first
from ezvtb.trials.place import Outcome, Place

DAMAGES: "dict[str, Callable[[bytes], bytes]]" = {
    "a truncated engine": lambda content: content[: len(content) // 2],
    "an altered engine": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "another file": lambda content: b"no engine",
}
"""What befalls the file."""


def trial(place: Place) -> "list[Outcome]":
    """With the smallest network; nothing where there are no engines."""
    if place.kind not in FLAVOURS:
        return []
    file = check.graph_file("fp16" if place.half else "fp32")
    backend = place.backend()
    before = os.environ.get("EZVTB_CACHE")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EZVTB_CACHE"] = folder
        try:
            engines_first.build_files([file], place.number, place.kind)
            check.prove(backend)
            found.append(Outcome("a new engine", True, "built, loaded, right"))
            (path,) = engines.folder().glob("*.engine")
            for what, damage in DAMAGES.items():
                path.write_bytes(damage(path.read_bytes()))
                try:
                    backend.load(file)
                    found.append(Outcome(what, False, "it was loaded"))
                except engines.NotBuilt:
                    deleted = not path.exists()
                    engines_first.build_files([file], place.number, place.kind)
                    check.prove(backend)
                    found.append(Outcome(what, deleted, "refused, deleted, built anew" if deleted else "not deleted"))
        finally:
            del os.environ["EZVTB_CACHE"]
            if before is not None:
                os.environ["EZVTB_CACHE"] = before
    return found
