"""Import a folder of the user's: recognise what is in it, check it, build it and put it where the engine looks.

Two kinds of things are known: THA3's official `.pt` files (`imported_weights`), and the ONNX graphs of EasyVtuber's
users (`imported_onnx`). Either is told by its content; names of files and folders serve the messages. A set is checked
in full before anything is written, and appears in one step: what was installed before stays until then, or for good
where something is wrong.
"""

from collections.abc import Iterator
from pathlib import Path

from ezvtb.errors import ModelError

from .build import Say
from .import_report import Report
from .imported_onnx import import_graphs
from .imported_weights import import_weights

LEVELS = 3
"""How many folders deep it is looked: in EasyVtuber's `models` there are `tha3/standard/fp32`."""


def import_folder(folder: Path, say: Say = lambda line: None) -> Report:
    """Import all that is known in `folder`; what is wrong with the rest is in the report, and nothing of it is left.

    Raises:
        ModelError: there is no such folder, or nothing of a known kind in it.
    """
    if not folder.is_dir():
        raise ModelError(f"There is no folder {folder}.", "Name the folder that holds your models.")
    weights, graphs = (list(_files(folder, ending)) for ending in (".pt", ".onnx"))
    if not weights and not graphs:
        raise ModelError(
            f"{folder} holds no .pt and no .onnx file, nor do the folders in it.",
            "Name the folder of THA3's .pt files, or the one in which EasyVtuber keeps its ONNX files.",
        )
    report = Report()
    import_weights(folder, weights, report, say)
    import_graphs(folder, graphs, report, say)
    return report


def _files(folder: Path, ending: str, levels: int = LEVELS) -> Iterator[Path]:
    """Files with this ending in `folder` and below, in the order of their names. Links to folders aren't followed."""
    inside = sorted(folder.iterdir())
    yield from (path for path in inside if path.suffix.casefold() == ending and path.is_file())
    for path in inside:
        if levels and path.is_dir() and not path.is_symlink():
            yield from _files(path, ending, levels - 1)
