"""Takes out of the page what is nobody's business: names, and where the user's files are."""

import contextlib
import getpass
import os
import platform
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ezvtb.paths import PROJECT, cache_folder, models_folder

NOBODYS = frozenset(
    (
        *("root", "user", "admin", "administrator", "guest", "runner", "home", "localhost", "localdomain", "local"),
        *("pc", "desktop", "laptop", "computer", "windows", "linux", "debian", "ubuntu", "fedora", "arch"),
        *("obs", "python", "ezvtb", "avatar"),
    )
)
"""Names of users and computers that tell nothing, and are words of the page."""

_HOMES = re.compile(r"((?:/|\\+)(?:home|Users)(?:/|\\+))[^\\/\s\"']+", re.IGNORECASE)
_PUBLIC = "usr lib lib32 lib64 opt etc proc dev sys tmp bin sbin snap app nix run/user var/lib var/log var/tmp"
_POSIX = re.compile(
    rf"(?<![\w.~/>\])])/(?!(?:{'|'.join(_PUBLIC.split())})(?:/|\b))(?:[^/\n\"',:;()<>]+/)+"
    r"([^/\n\"',:;()<>]*?\.\w{2,5}\b|[^\s/\"',:;()<>]*)"
)
_WINDOWS = re.compile(
    r"(?:(?<![A-Za-z])[A-Za-z]:[\\/]+(?!(?:Windows|Program Files(?: \(x86\))?)[\\/])|(?<![\w~:>\\])\\\\)"
    r"(?:[^\\/\n\"':*?<>|]+[\\/]+)*([^\\/\n\"',:;*?<>|]*?\.\w{2,5}\b|[^\\/\s\"',:;*?<>|]*)",
    re.IGNORECASE,
)
"""An absolute path that isn't the system's own. A file's name may have spaces up to its ending."""
_PROGRAM = re.compile(r"[\w.+-]+\.(?:py|exe|dll|so[\d.]*|onnx|log|db|ini|json)", re.IGNORECASE)
"""File names that may stay."""


class Known(NamedTuple):
    """What must not be told."""

    places: "tuple[tuple[Path, str], ...]"
    """Folders, and what is written for them."""
    names: "tuple[str, ...]"
    """Of the user and of the computer."""


def known() -> Known:
    """Of this user and computer."""
    home = Path.home()
    own = ((cache_folder(), "<cache>"), (models_folder(), "<models>"), (PROJECT, "<project>"))
    elsewhere = ((Path(sys.base_prefix), "<python>"),)
    outside = [(path, word) for path, word in (*own, *elsewhere) if not path.is_relative_to(home)]
    if Path("/usr") in (path for path, _ in outside):
        outside = [(path, word) for path, word in outside if path != Path("/usr")]
    names = [os.environ.get(name, "") for name in ("USER", "LOGNAME", "USERNAME", "COMPUTERNAME", "HOSTNAME")]
    names += [platform.node(), platform.node().partition(".")[0], home.name]
    with contextlib.suppress(KeyError, OSError, ImportError):  # a user without a name
        names.append(getpass.getuser())
    return Known((*outside, (home, "~")), tuple(names))


def concealed(text: str, secret: Known) -> str:
    """The text without them. Other folders that aren't the system's own are left out, too."""
    for spelling, word in _spellings(secret.places):
        flags = re.IGNORECASE if sys.platform == "win32" else 0
        text = re.sub(rf"(?<![\w~.-]){re.escape(spelling)}(?![\w.-]*\w)", lambda _, word=word: word, text, flags=flags)
    text = _HOMES.sub(r"\1USER", text)
    for name in sorted({name for name in secret.names if len(name) > 1}, key=len, reverse=True):
        if name.lower() not in NOBODYS:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", "NAME", text, flags=re.IGNORECASE)
    for pattern in (_WINDOWS, _POSIX):
        text = pattern.sub(_without_folder, text)
    return text


def _without_folder(found: "re.Match[str]") -> str:
    return f"<folder>/{found[1]}" if _PROGRAM.fullmatch(found[1]) else "<path>"


def _spellings(places: "Sequence[tuple[Path, str]]") -> "Iterable[tuple[str, str]]":
    """Each place as it may be written, the longest first: with either slash, and as Python quotes it."""
    found: dict[str, str] = {}
    for path, word in places:
        for each in (path, path.resolve()):
            if each != Path(each.anchor):
                for spelling in (str(each), each.as_posix(), str(each).replace("\\", "\\\\")):
                    found.setdefault(spelling, word)
    return sorted(found.items(), key=lambda item: -len(item[0]))
