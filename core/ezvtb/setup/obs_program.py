"""Finds OBS Studio on this machine, and says what is wrong with it where something is."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

from ezvtb.errors import SetupError

OLDEST = (29, 0)
"""Earlier ones don't blend the alpha of a source like ours."""


class ObsProgram(NamedTuple):
    """An OBS that can be started."""

    path: Path
    version: "tuple[int, ...]"
    """Empty where it isn't known: on Windows only the file's resources tell."""

    @property
    def folder(self) -> Optional[Path]:
        """The folder to start it in: on Windows OBS finds its data relative to that."""
        return self.path.parent if sys.platform == "win32" else None


def find() -> Optional[ObsProgram]:
    """The OBS to use, or None."""
    for path in _candidates():
        if path.is_file():
            return ObsProgram(path, _version(path))
    return None


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("EZVTB_OBS"):
        yield Path(named)
    if sys.platform == "win32":
        yield from _windows_candidates()
    elif sys.platform == "darwin":
        yield Path("/Applications/OBS.app/Contents/MacOS/OBS")
    elif found := shutil.which("obs"):
        yield Path(found)


if sys.platform == "win32":

    def _windows_candidates() -> Iterator[Path]:
        import winreg  # noqa: PLC0415 (exists on Windows only)

        def value(root: int, key: str, name: str) -> str:
            for view in (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY):
                try:
                    with winreg.OpenKey(root, key, 0, winreg.KEY_READ | view) as opened:
                        return str(winreg.QueryValueEx(opened, name)[0])
                except FileNotFoundError:
                    continue
            return ""

        program = Path("bin", "64bit", "obs64.exe")
        if installed := value(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\OBS Studio", ""):
            yield Path(installed) / program
        for name in ("ProgramFiles", "ProgramW6432"):
            if folder := os.environ.get(name):
                yield Path(folder) / "obs-studio" / program
        if steam := value(winreg.HKEY_CURRENT_USER, r"SOFTWARE\Valve\Steam", "SteamPath"):
            for library in steam_libraries(Path(steam)):
                yield library / "steamapps" / "common" / "OBS Studio" / program

else:

    def _windows_candidates() -> Iterator[Path]:
        return iter(())


def steam_libraries(steam: Path) -> "list[Path]":
    """Steam's own folder and the further ones that its list names."""
    listed = steam / "steamapps" / "libraryfolders.vdf"
    if not listed.is_file():
        return [steam]
    paths = re.findall(r'"path"\s+"([^"]+)"', listed.read_text("utf-8", "replace"))
    return [steam, *(Path(path.replace("\\\\", "\\")) for path in paths)]


def _version(path: Path) -> "tuple[int, ...]":
    if sys.platform == "win32":
        return ()  # obs64.exe has no console: --version would open a window
    try:
        answer = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{path} can't be started: {error}.", "Install OBS Studio again.") from error
    return parse_version(answer.stdout)


def parse_version(text: str) -> "tuple[int, ...]":
    """(29, 0, 2) of `OBS Studio - 29.0.2.1-1+b1 (linux)`; empty where there is none."""
    found = re.search(r"OBS Studio - (\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(number) for number in found.groups()) if found else ()
