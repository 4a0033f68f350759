"""`python -m ezvtb.models`: install, import, list, verify and remove models."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ezvtb.errors import EzvtbError, ModelDamaged

from .imported import import_folder
from .install import install, remove, remove_downloads
from .manifest import IMPORTED, STANDARD, Description, Model, describe, find_model, read_manifest
from .store import model_folder, problems, read_record, remedy


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when all went well."""
    parser = argparse.ArgumentParser(prog="python -m ezvtb.models", description="The avatar's models.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command, what in (
        ("install", "download, check and build models; what is there already stays"),
        ("list", "what there is, what is installed, whose it is"),
        ("verify", "compute the checksum of every installed file"),
        ("remove", "remove installed models"),
    ):
        sub = commands.add_parser(command, help=what, description=what)
        sub.add_argument("names", metavar="NAME", nargs="*", help=_WHERE_NONE_IS_NAMED[command])
        if command == "remove":
            sub.add_argument("--downloads", action="store_true", help="remove the kept downloads too")
    what = "recognise, check and use models that you have already"
    sub = commands.add_parser("import", help=what, description=what)
    sub.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help="THA3's official .pt files (separable or standard, float or half), or EasyVtuber's ONNX files: THA3, "
        "RIFE, super resolution",
    )
    options = parser.parse_args(arguments)
    try:
        if options.command == "import":
            return _import(options.folder)
        if options.command == "install":
            return _install([find_model(name) for name in options.names] or _default())
        models = [describe(name) for name in options.names] or _unnamed(options.command)
        if options.command == "list":
            return _list(models)
        if options.command == "verify":
            return _verify(models)
        return _remove(models if options.names or not options.downloads else [], downloads=options.downloads)
    except EzvtbError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"{error.strerror or error}{where}. Put that right and run the command again.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted. Run the command again: it goes on where it stopped.", file=sys.stderr)
    return 1


_WHERE_NONE_IS_NAMED = {
    "install": "those that every avatar needs, where none is named",
    "list": "all of them where none is named",
    "verify": "those and what else is installed, where none is named",
    "remove": "all of them where none is named",
}


def _default() -> list[Model]:
    return [model for model in read_manifest().values() if model.default]


def _unnamed(command: str) -> list[Description]:
    """The models that `command` is about where none is named."""
    models: list[Description] = [*read_manifest().values(), STANDARD]
    models += [model for model in IMPORTED.values() if model is not STANDARD and model_folder(model.name).exists()]
    if command == "verify":
        default = [model.name for model in _default()]
        return [model for model in models if model.name in default or model_folder(model.name).exists()]
    return models


def _install(models: Sequence[Model]) -> int:
    for model in models:
        if install(model.name, say=partial(print, f"{model.name}:", file=sys.stderr)):
            print(f"{model.name}: installed. {model.licence}: {model.attribution}")
        elif (record := read_record(model.name)) and record.imported:
            print(
                f"{model.name}: imported from a folder of yours, and left as it is. "
                f"To have the downloaded one, run `python -m ezvtb.models remove {model.name}` first."
            )
        else:
            print(f"{model.name}: already installed, nothing to do.")
    return 0


def _import(folder: Path) -> int:
    report = import_folder(folder, say=partial(print, file=sys.stderr))
    for word, lines in (("found", report.found), ("used", report.used), ("skipped", report.skipped)):
        for line in lines:
            print(f"{word:<8} {line}")
    if not report.used:
        print("Nothing could be used: what was installed before is as it was.", file=sys.stderr)
    return 0 if report.used else 1


def _list(models: Sequence[Description]) -> int:
    for model in models:
        print(f"{model.name}: {model.title}")
        print(f"    state        {_state(model)}")
        print(f"    licence      {model.licence} <{model.licence_url}>")
        print(f"    attribution  {model.attribution}")
        parcel = f"{model.wheel.project} {model.wheel.version} on PyPI" if isinstance(model, Model) else "no download"
        print(f"    source       {model.source}; {parcel}")
    return 0


def _state(model: Description) -> str:
    try:
        record = read_record(model.name)
    except ModelDamaged as error:
        return f"damaged. {error.remedy}"
    if record is None:
        if isinstance(model, Model):
            return f"not installed ({model.wheel.bytes / 1e6:.0f} MB to download)"
        return f"not installed. {remedy(model.name)}"
    size = sum(graph.bytes for graph in record.graphs.values()) / 1e6
    precisions = " and ".join(dict.fromkeys(path.split("/")[0] for path in record.graphs))
    how = "installed"
    if record.imported:
        how = f"imported from a folder of yours ({record.note}; licence and attribution are those of upstream's own)"
    return f"{how}, {precisions}, {size:.0f} MB, in {model_folder(model.name)}"


def _verify(models: Sequence[Description]) -> int:
    bad = 0
    for model in models:
        found = problems(model.name)
        for problem in found:
            print(f"{problem} {remedy(model.name, read_record(model.name))}", file=sys.stderr)
        if not found:
            print(f"{model.name}: every file is as it was installed.")
        bad += bool(found)
    return 1 if bad else 0


def _remove(models: Sequence[Description], *, downloads: bool) -> int:
    for model in models:
        print(f"{model.name}: removed." if remove(model.name) else f"{model.name}: was not installed.")
    if downloads:
        print("The kept downloads are removed." if remove_downloads() else "There were no downloads.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
