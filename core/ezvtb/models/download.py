"""Fetch one file of known size and sha256: resumes, retries, and never leaves a wrong file under its name."""

import errno
import hashlib
import http.client
import os
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from ezvtb.errors import DownloadError

from .index import Link
from .progress import ProgressLine

CHUNK = 1 << 18
TIMEOUT = 30.0
"""Seconds of silence after which a connection counts as dead."""

ATTEMPTS = 5
"""Tries in a row that bring not one byte, after which it gives up."""

BACK_OFF = 1.0
"""Seconds before the second try; each further one waits twice as long."""

AGAIN = "Run the command again: it goes on where it stopped."

_RETRY_STATUS = {408, 425, 429, 500, 502, 503, 504}


def file_sha256(path: Path) -> str:
    """The hex sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def download(link: Link, target: Path, size: int, sha256: str, *, back_off: float = BACK_OFF) -> Path:
    """`target`, holding the file behind `link`.

    What has come so far is in `target` + ".part", survives being killed at any moment and is continued by the next run.
    A file that is already there and right isn't fetched again.

    Args:
        link: where the file is.
        target: where it goes.
        size: its length in bytes.
        sha256: its checksum, hex.
        back_off: seconds before the second try.

    Raises:
        DownloadError: it can't be had, or is not the file expected; nothing wrong is left behind.
    """
    if target.is_file() and target.stat().st_size == size and file_sha256(target) == sha256:
        return target
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(link, part, size, back_off)
        if file_sha256(part) != sha256:
            part.unlink()
            raise DownloadError(
                f"{target.name} arrived altered: its checksum is wrong.",
                "Run the command again; if that doesn't help, a proxy or a mirror on the way changes files.",
            )
        part.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            missing = (size - (part.stat().st_size if part.exists() else 0)) / 1e6
            raise DownloadError(
                f"The disk is full: {target.name} needs {missing:.0f} MB more in {target.parent}.",
                f"Free some space. {AGAIN}",
            ) from error
        raise DownloadError(f"{target} can't be written ({error.strerror or error}).", AGAIN) from error
    return target


def _fetch(link: Link, part: Path, size: int, back_off: float) -> None:
    """Fill `part` up to `size` bytes, over as many connections as it takes."""
    if part.exists() and part.stat().st_size > size:
        part.unlink()
    with part.open("ab") as file:
        progress = ProgressLine(part.name.removesuffix(".part"), size, file.tell())
        failures = 0
        while file.tell() < size:
            before = file.tell()
            try:
                _receive(link, file, size, progress)
                reason = "the connection ended early"
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in _RETRY_STATUS:
                    raise DownloadError(
                        f"{progress.name} can't be had: the server answers {error.code} ({error.reason}).",
                        "Try again later, or set PIP_INDEX_URL to another package index.",
                    ) from error
                reason = f"the server answers {error.code}"
            except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
                reason = str(getattr(error, "reason", error)) or type(error).__name__
            failures = 0 if file.tell() > before else failures + 1
            if failures >= ATTEMPTS:
                raise DownloadError(f"{progress.name} can't be fetched: {reason}.", f"Check the network. {AGAIN}")
            if file.tell() < size:
                time.sleep(back_off * 2 ** max(failures - 1, 0))
        progress.close()
        file.flush()
        os.fsync(file.fileno())


def _receive(link: Link, file: BinaryIO, size: int, progress: ProgressLine) -> None:
    """Append what one connection brings."""
    start = file.tell()
    headers = dict(link.headers) | ({"Range": f"bytes={start}-"} if start else {})
    try:
        answer = urllib.request.urlopen(urllib.request.Request(link.url, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        # The file has become shorter than what is here already: what is here is of another file.
        _begin_again(file, progress)
        return
    with answer:
        total = answer.headers.get("Content-Length")
        if answer.status == http.client.PARTIAL_CONTENT:
            matched = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
            if not matched or int(matched[1]) != start:
                _begin_again(file, progress)
                return
            total = matched[2]
        elif start:
            # The server doesn't know ranges and sends all of it.
            _begin_again(file, progress)
        if total and total.isdigit() and int(total) != size:
            _begin_again(file, progress)
            raise DownloadError(
                f"{progress.name} has {total} bytes on the server, not the {size} expected.",
                "Try again later, or set PIP_INDEX_URL to another package index.",
            )
        while file.tell() < size and (chunk := answer.read(min(CHUNK, size - file.tell()))):
            file.write(chunk)
            progress.advance(len(chunk))


def _begin_again(file: BinaryIO, progress: ProgressLine) -> None:
    file.truncate(0)
    file.seek(0)
    progress.restart()
