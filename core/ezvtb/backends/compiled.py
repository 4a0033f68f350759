"""The folder where OpenVINO keeps compiled graphs, so that the next start is faster: bounded, and never in the way."""

import logging
import os
from pathlib import Path

from ezvtb import paths

LIMIT_BYTES = 1 << 30
"""All models at one precision take about a quarter of this; what was compiled for older versions goes first."""


def folder() -> str:
    """The folder's path, pruned; "" if it can't be made, and then nothing is kept."""
    kept = paths.cache_folder() / "openvino"
    try:
        kept.mkdir(parents=True, exist_ok=True)
        prune(kept, LIMIT_BYTES)
    except OSError as error:
        logging.getLogger(__name__).warning("compiled graphs can't be kept in %s: %s", kept, error)
        return ""
    return str(kept)


def prune(kept: Path, limit: int) -> None:
    """Removes files, those first that were not used for longest, until the rest has at most `limit` bytes."""
    files = [(max(found.st_atime, found.st_mtime), found.st_size, path) for path, found in _files(kept)]
    total = 0
    for _, size, path in sorted(files, reverse=True):
        total += size
        if total > limit:
            try:
                path.unlink(missing_ok=True)
            except PermissionError:
                continue  # Windows: another avatar's engine is using it


def _files(kept: Path) -> "list[tuple[Path, os.stat_result]]":
    found = []
    for path in kept.iterdir():
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:
            continue  # another process prunes, too
    return found
