"""`--uninstall`: takes back what the set-up did, and nothing else. OBS's files are copied before they are changed.

It runs under any Python, also one without our packages: the environment is among what it removes.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT, RECORD, cache_folder
from ezvtb.setup import environment, scene, user_obs, windows_python
from ezvtb.setup.console import say
from ezvtb.setup.obs_ini import ini_value, main_ini, read_ini, scenes_folder, with_ini_value
from ezvtb.setup.scene_collections import avatars, find_collection, read_collection, without_script
from ezvtb.setup.sizes import folder_bytes, shown
from ezvtb.setup.user_obs import COLLECTION


class Trace(NamedTuple):
    """One thing that the set-up has left."""

    what: str
    size: int
    """Bytes that its removal frees."""
    undo: Callable[[], None]


def uninstall(*, ask: bool = True, project: Path = PROJECT) -> int:
    """Says what will go, asks, removes it; the exit code. SetupError while OBS runs."""
    configs = user_obs.config_folders()
    in_obs = [trace for config in configs for trace in obs_traces(config, project)]
    traces = [*in_obs, *disk_traces(project)]
    if not traces:
        say("Nothing of EZVTB Avatar is installed.")
        say(f"Left is this folder itself; delete it when you like: {project}")
        return 0
    user_obs.refuse_while_running()
    if sys.platform == "win32" and environment.is_inside(project):
        raise SetupError("An environment can't remove itself on Windows.", r"Run .\install.ps1 -Uninstall instead.")
    say("This will be removed:")
    for trace in traces:
        say(f"  {trace.what}" + (f" ({shown(trace.size)})" if trace.size else ""))
    say(f"Together {shown(sum(trace.size for trace in traces))}.")
    for name in (name for config in configs for name in collections_with_avatars(config)):
        say(f"Avatars in your scene collection {name!r} stay as empty sources; remove them in OBS if you like.")
    if ask and not _agreed():
        say("Nothing was removed.")
        return 1
    # what OBS had before is noted on the disk: while that is needed, all of that stays
    failed = _undo(in_obs) or _undo(traces[len(in_obs) :])
    if failed:
        raise SetupError(" ".join(failed), "Close what uses it, then run this again.")
    say("Removed. OBS Studio, Python and system packages stay; so do copies that end in .ezvtb-backup.")
    say(f"Left is this folder itself; delete it when you like: {project}")
    return 0


def _agreed() -> bool:
    try:
        return input("Remove it? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        say("\nNobody answers here: --yes removes without asking.")
        return False


def _undo(traces: Sequence[Trace]) -> "list[str]":
    """Removes them; of those that can't be removed, why."""
    failed = []
    for trace in traces:
        try:
            trace.undo()
        except OSError as error:
            failed.append(f"Not removed: {trace.what}: {error.strerror or error}.")
    return failed


def obs_traces(config: Path, project: Path = PROJECT) -> Iterator[Trace]:
    """What the set-up has left in OBS's configuration."""
    scenes, ini = scenes_folder(config), main_ini(config)
    script = project / scene.SCRIPT.relative_to(PROJECT)
    demo = find_collection(scenes, COLLECTION)
    if demo:
        yield Trace(f"the scene collection {COLLECTION!r}, of which a copy stays: {demo}", 0, partial(_retire, demo))
    for path in sorted(scenes.glob("*.json")):
        old = read_collection(path)
        if path != demo and old is not None and without_script(old, script) != old:
            what = f"the script from the scene collection {old.get('name', path.stem)!r}, which itself stays"
            yield Trace(what, 0, partial(_remove_script, path, script))
    if ini.is_file():
        text = read_ini(ini)
        if with_other_collection(text, []) != text:
            yield Trace(f"OBS's choice of {COLLECTION!r} in {ini}", 0, partial(_choose_another, ini, scenes))
        if windows_python.restored(text, ini) != text:
            yield Trace(f"the Python named in {ini}", 0, partial(_restore_python, ini))
    elif (profile := config / "basic" / "profiles" / "Untitled" / "basic.ini").is_file():
        # OBS has never run since the set-up wrote it; once it has, the profile is the user's.
        yield Trace(f"the prepared profile {profile.parent}", 0, partial(_remove, profile.parent))


def disk_traces(project: Path = PROJECT) -> Iterator[Trace]:
    """What the set-up, and the avatar itself, have left elsewhere; the environment last, as this may run in it.

    Folders that the user has named by EZVTB_MODELS and EZVTB_CACHE may hold other things, and stay.
    """
    if "EZVTB_MODELS" not in os.environ:
        for path in sorted((project / "models").glob("*")):
            if (path / RECORD).is_file():
                yield _folder("a model", path)
            elif path.name.startswith("."):
                yield _folder("what installing models left", path)
    cache = cache_folder()
    if "EZVTB_CACHE" not in os.environ and cache not in (project, *project.parents):
        yield from _there("logs, caches and downloads", cache)
    yield from _there("recordings of the demo", project / "out")
    yield from _there("the Python environment", project / ".venv")


def _there(what: str, path: Path) -> Iterator[Trace]:
    if path.exists() or path.is_symlink():
        yield _folder(what, path)


def _folder(what: str, path: Path) -> Trace:
    return Trace(f"{what}: {path}", folder_bytes(path), partial(_remove, path))


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()  # what a link leads to is somebody else's
    else:
        shutil.rmtree(path)


def collections_with_avatars(config: Path) -> "list[str]":
    """The names of the user's own collections in which avatars stand."""
    found = [read_collection(path) for path in sorted(scenes_folder(config).glob("*.json"))]
    return [each["name"] for each in found if each and avatars(each) and each.get("name", COLLECTION) != COLLECTION]


def others(ini: Path, scenes: Path) -> "list[tuple[str, str]]":
    """The user's own collections as (name, file's name without its ending), the one that was open last first."""
    found = {path.stem: read_collection(path) for path in sorted(scenes.glob("*.json"))}
    named = {str(each.get("name", stem)): stem for stem, each in found.items() if each is not None}
    named.pop(COLLECTION, None)
    backups = sorted(ini.parent.glob(f"{ini.name}.*.ezvtb-backup"), reverse=True)
    before = [ini_value(read_ini(backup), "Basic", "SceneCollection") for backup in backups]
    return [(name, named[name]) for name in dict.fromkeys([*before, *named]) if name in named]


def with_other_collection(text: str, others: "Sequence[tuple[str, str]]") -> str:
    """The text of OBS's main file where it opens the first of the others (see `others`) instead of ours.

    Without any, `Untitled`, which OBS then makes, as at its very first start.
    """
    if ini_value(text, "Basic", "SceneCollection") != COLLECTION:
        return text
    name, stem = next(iter(others), ("Untitled", "Untitled"))
    return with_ini_value(with_ini_value(text, "Basic", "SceneCollection", name), "Basic", "SceneCollectionFile", stem)


def _retire(path: Path) -> None:
    """Removes a collection and OBS's own copy of its last state; ours stays."""
    user_obs.back_up(path)
    path.unlink()
    path.with_name(f"{path.name}.bak").unlink(missing_ok=True)


def _remove_script(path: Path, script: Path) -> None:
    old = read_collection(path)
    if old is not None:
        user_obs.back_up(path)
        user_obs.write_collection(path, without_script(old, script))


def _choose_another(ini: Path, scenes: Path) -> None:
    user_obs.back_up(ini)
    ini.write_text(with_other_collection(read_ini(ini), others(ini, scenes)), "utf-8")


def _restore_python(ini: Path) -> None:
    user_obs.back_up(ini)
    ini.write_text(windows_python.restored(read_ini(ini), ini), "utf-8")
