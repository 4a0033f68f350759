"""Where OBS is looked for, and which one it is."""

import os
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from ezvtb.setup.obs_program import WINDOWS_PROGRAM, file_version, is_snap, sandboxed, windows_candidates
from ezvtb.setup.registry import Registry

Answers = Mapping["tuple[str, str, str]", str]


def registry(answers: Answers) -> Registry:
    """A registry that holds these values and no other."""
    return lambda root, key, name: answers.get((root, key, name), "")


INSTALLER: Answers = {("HKLM", r"SOFTWARE\OBS Studio", ""): "D:/Programs/obs-studio"}


def test_on_windows_the_installers_own_note_comes_first() -> None:
    found = list(windows_candidates(registry(INSTALLER), {"ProgramFiles": "C:/Program Files"}))
    assert found == [
        Path("D:/Programs/obs-studio") / WINDOWS_PROGRAM,
        Path("C:/Program Files/obs-studio") / WINDOWS_PROGRAM,
    ]


def test_on_windows_steams_libraries_are_searched(tmp_path: Path) -> None:
    listed = tmp_path / "steamapps" / "libraryfolders.vdf"
    listed.parent.mkdir()
    listed.write_text('"libraryfolders"\n{\n\t"1"\n\t{\n\t\t"path"\t\t"E:/Games"\n\t}\n}\n')
    steam: Answers = {("HKCU", r"SOFTWARE\Valve\Steam", "SteamPath"): str(tmp_path)}
    place = Path("steamapps", "common", "OBS Studio") / WINDOWS_PROGRAM
    assert list(windows_candidates(registry(steam), {})) == [tmp_path / place, Path("E:/Games") / place]


def test_on_a_windows_without_obs_there_is_nothing_to_try() -> None:
    assert not list(windows_candidates(registry({}), {}))


def fixed_file_info(major: int, minor: int, patch: int, build: int = 0) -> bytes:
    """VS_FIXEDFILEINFO as a resource compiler writes it (verrsrc.h), 52 bytes."""
    version = (major << 16 | minor, patch << 16 | build)
    return struct.pack("<13I", 0xFEEF04BD, 0x00010000, *version, *version, 0x3F, 0, 0x40004, 1, 0, 0, 0)


@pytest.mark.parametrize("version", [(29, 0, 2), (30, 2, 3), (32, 1, 0)])
def test_the_version_of_a_windows_program_is_read_from_its_resources(version: "tuple[int, int, int]") -> None:
    lone = struct.pack("<I", 0xFEEF04BD)  # the number alone may stand anywhere in code
    assert file_version(b"MZ" + lone + b"code" * 50 + fixed_file_info(*version) + b"more") == version


@pytest.mark.parametrize("content", [b"", b"MZ", fixed_file_info(30, 0, 0)[:12]])
def test_a_program_without_a_version_has_none(content: bytes) -> None:
    assert file_version(content) == ()


def test_flatpak_and_snap_are_noticed(tmp_path: Path) -> None:
    root, home = tmp_path / "root", tmp_path / "home"
    assert sandboxed(root, home) == ()
    (home / ".local/share/flatpak/app/com.obsproject.Studio").mkdir(parents=True)
    assert sandboxed(root, home) == ("Flatpak",)
    (root / "snap/obs-studio").mkdir(parents=True)
    assert sandboxed(root, home) == ("Flatpak", "Snap")


@pytest.mark.skipif(os.name == "nt", reason="Snap is of Linux")
def test_a_program_of_snap_is_known_by_its_place_and_by_what_it_links_to(tmp_path: Path) -> None:
    (tmp_path / "snap").touch()
    (tmp_path / "obs").symlink_to(tmp_path / "snap")
    assert is_snap(tmp_path / "obs")
    assert is_snap(Path("/snap/bin/obs"))
    assert not is_snap(Path("/usr/bin/obs"))
