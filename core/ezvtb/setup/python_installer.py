"""Installs a Python that OBS on Windows can load: python.org's own, for this user's account only.

By winget, or without a network from the installer's file in the folder of downloads. Nothing removes it again: other
programs may use it.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from ezvtb.errors import SetupError
from ezvtb.setup.console import exit_code, say
from ezvtb.setup.windows_python import lacking

DOWNLOAD_MB = 30


class Release(NamedTuple):
    """A Python of python.org, and its 64-bit installer."""

    version: str
    sha256: str

    @property
    def file(self) -> str:
        """The installer's file."""
        return f"python-{self.version}-amd64.exe"

    @property
    def url(self) -> str:
        """Where it is had."""
        return f"https://www.python.org/ftp/python/{self.version}/{self.file}"


RELEASES = {
    10: Release("3.10.11", "d8dede5005564b408ba50317108b765ed9c3c510342a598f9fd42681cbe0648b"),
    11: Release("3.11.9", "5ee42c4eee1e6b4464bb23722f90b45303f79442df63083f05322f1785f5fdde"),
    12: Release("3.12.10", "67b5635e80ea51072b87941312d00ec8927c4db9ba18938f7ad2d27b328b95fb"),
}
"""By the 3.x: the last of each with an installer, and that file's sha256 (manifests/p/Python/Python in
microsoft/winget-pkgs)."""

OPTIONS = ("/quiet", "InstallAllUsers=0", "InstallLauncherAllUsers=0", "Include_test=0")
"""For a user without an administrator's rights (docs.python.org/3.12/using/windows.html)."""


def install(
    minor: int,
    *,
    folder: Optional[Path] = None,
    allowed: bool = True,
    run: "Callable[[Sequence[str]], int]" = exit_code,
) -> None:
    """Installs Python 3.`minor`, from `folder` where there is no network; SetupError where that can't be tried.

    Whether it succeeded is seen by looking for it.
    """
    release = RELEASES[minor]
    if not allowed:
        raise lacking(minor, how_by_hand(minor))
    if folder is None:
        say(f"OBS needs a Python it can load: winget gets Python 3.{minor} from python.org, about {DOWNLOAD_MB} MB.")
    else:
        say(f"OBS needs a Python it can load: Python {release.version} is installed from {folder}.")
    command = winget_command(minor) if folder is None else installer_command(folder, release, minor)
    say("It is for your user account only, and stays when the avatar is uninstalled: other programs may use it.")
    try:
        code = run(command)
    except SetupError as error:  # there is no winget
        raise lacking(minor, how_by_hand(minor)) from error
    if code != 0:
        say(f"{Path(command[0]).name} ended with exit code {code}.")


def winget_command(minor: int) -> "list[str]":
    """The command that installs Python 3.`minor` without a question (learn.microsoft.com, winget install)."""
    which = ["--exact", "--id", f"Python.Python.3.{minor}", "--source", "winget", "--architecture", "x64"]
    return [
        *("winget", "install", *which, "--scope", "user", "--silent"),
        *("--accept-package-agreements", "--accept-source-agreements"),
    ]


def installer_command(folder: Path, release: Release, minor: int) -> "list[str]":
    """The command that runs the installer in `folder`; SetupError naming the file where it isn't there, or another."""
    file = folder / release.file
    if not file.is_file():
        raise lacking(minor, f"Put {release.url} into {folder}, then run this again.")
    if hashlib.sha256(file.read_bytes()).hexdigest() != release.sha256:
        raise SetupError(f"{file} is altered or incomplete.", f"Get it again from {release.url}")
    return [str(file), *OPTIONS]


def how_by_hand(minor: int) -> str:
    """How a user installs it."""
    return f"Install one: winget install Python.Python.3.{minor}, or {RELEASES[minor].url}"
