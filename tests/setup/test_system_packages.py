"""What is installed or asked for, on which machine."""

import sys
from pathlib import Path
from typing import Any

import pytest

from ezvtb.errors import SetupError
from ezvtb.setup import obs_program, system_packages
from ezvtb.setup.obs_program import ObsProgram, parse_version, steam_libraries
from ezvtb.setup.system_packages import Decision, Facts, decide, parse_distribution, parse_missing, wanted_packages

OBS_29 = ObsProgram(Path("/usr/bin/obs"), (29, 0, 2))
ALL = wanted_packages(headless=True)


def facts(**changes: Any) -> Facts:
    """A Debian with everything, seen by an ordinary user, but for the changes."""
    usual = Facts(
        system="linux", distribution=("debian",), root=False, obs=OBS_29, headless=True, missing=(), xvfb=True
    )
    return usual._replace(**changes)


@pytest.mark.parametrize(
    "machine",
    [
        facts(),
        facts(root=True),
        facts(headless=False, xvfb=False),
        facts(distribution=("fedora",)),
        facts(system="win32", distribution=(), obs=ObsProgram(Path("obs64.exe"), ()), xvfb=False),
        facts(system="darwin", distribution=(), xvfb=False),
    ],
)
def test_where_everything_is_there_nothing_happens(machine: Facts) -> None:
    assert decide(machine) == Decision()


def test_root_on_debian_gets_what_is_missing_and_no_more() -> None:
    assert decide(facts(root=True, obs=None, missing=ALL, xvfb=False)).install == ALL
    assert decide(facts(root=True, missing=("libgl1",))).install == ("libgl1",)


@pytest.mark.parametrize(
    ("present", "on_offer", "icons"),
    [
        ((), True, ()),  # OBS 29 of Debian 12 has Qt 5
        (("libqt6svg6",), True, ("qt6-svg-plugins",)),
        (("libqt6svg6",), False, ()),  # Qt 6.4
        (("libqt6svg6", "qt6-svg-plugins"), True, ()),
    ],
)
def test_an_obs_with_qt_6_gets_what_draws_its_icons_and_check_boxes(
    monkeypatch: pytest.MonkeyPatch, present: "tuple[str, ...]", on_offer: bool, icons: "tuple[str, ...]"
) -> None:
    machines = iter([facts(root=True, obs=None, missing=("obs-studio",)), facts(root=True)])
    installed: list[str] = []
    monkeypatch.setattr(system_packages, "gather", lambda *_, **__: next(machines))
    monkeypatch.setattr(system_packages, "_apt_install", lambda packages, _: installed.extend(packages))
    monkeypatch.setattr(system_packages, "_on_offer", lambda _: on_offer)
    monkeypatch.setattr(
        system_packages, "_not_installed", lambda names: tuple(name for name in names if name not in present)
    )
    system_packages.ensure(headless=True)
    assert installed == ["obs-studio", *icons]


def test_without_a_network_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 0, raising=False)
    assert system_packages.gather(headless=True).root
    assert not system_packages.gather(headless=True, network=False).root


def test_where_python_makes_no_environments_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "find_spec", lambda _: None)
    monkeypatch.setattr(system_packages, "gather", lambda **_: facts(distribution=("fedora",), root=True))
    with pytest.raises(SetupError, match=rf"sudo apt install python3\.{sys.version_info[1]}-venv"):
        system_packages.ensure_venv()


def test_root_on_debian_gets_the_package_that_makes_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[tuple[str, ...]] = []
    monkeypatch.setattr(system_packages, "find_spec", lambda _: None)
    monkeypatch.setattr(system_packages, "gather", lambda **_: facts(root=True))
    monkeypatch.setattr(system_packages, "_apt_install", lambda packages, _: installed.append(packages))
    system_packages.ensure_venv()
    assert installed == [(f"python3.{sys.version_info[1]}-venv",)]


@pytest.mark.parametrize(
    ("root", "distribution", "installed"),
    [(True, "debian", ["xdotool"]), (False, "debian", []), (True, "fedora", [])],
)
def test_root_on_debian_gets_what_the_tests_click_with(
    monkeypatch: pytest.MonkeyPatch, root: bool, distribution: str, installed: "list[str]"
) -> None:
    done: list[str] = []
    monkeypatch.setattr(system_packages, "_is_root", lambda: root)
    monkeypatch.setattr(system_packages, "_os_release", lambda: f"ID={distribution}")
    monkeypatch.setattr(system_packages, "_not_installed", lambda names: tuple({*names} - {"imagemagick"}))
    monkeypatch.setattr(system_packages, "_apt_install", lambda packages, _: done.extend(packages))
    system_packages.ensure_test_tools()
    assert done == installed


def test_what_is_not_needed_and_can_t_be_installed_is_said_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise SetupError("apt-get ended with exit code 100.", "Is there a network?")

    monkeypatch.setattr(system_packages, "_is_root", lambda: True)
    monkeypatch.setattr(system_packages, "_os_release", lambda: "ID=debian")
    monkeypatch.setattr(system_packages, "_not_installed", lambda names: names)
    monkeypatch.setattr(system_packages, "run", refuse)
    system_packages.ensure_test_tools()
    assert "Is there a network? The rest goes on without it." in capsys.readouterr().out


def test_ubuntu_and_its_children_count_as_debian() -> None:
    mint = ("linuxmint", "ubuntu", "debian")
    assert decide(facts(root=True, distribution=mint, obs=None, missing=("obs-studio",))).install == ("obs-studio",)


def test_an_obs_that_is_no_package_is_not_installed_a_second_time() -> None:
    assert decide(facts(root=True, missing=("obs-studio",))) == Decision()


@pytest.mark.parametrize(
    ("machine", "problem", "remedy"),
    [
        (facts(obs=None, missing=("obs-studio",)), "OBS Studio not installed.", "sudo apt install obs-studio"),
        (facts(xvfb=False, missing=("xvfb",)), "Xvfb not installed.", "sudo apt install xvfb"),
        (facts(obs=None, xvfb=False, missing=ALL), "OBS Studio and Xvfb not installed.", "sudo apt install obs-studio"),
        (facts(obs=None, distribution=("fedora",)), "OBS Studio not installed.", "sudo dnf install obs-studio"),
        (facts(obs=None, distribution=("arch",), root=True), "OBS Studio not installed.", "sudo pacman -S obs-studio"),
        (facts(obs=None, distribution=("nixos",)), "OBS Studio not installed.", "your distribution's packages"),
        (facts(obs=None, distribution=("nixos",)), "OBS Studio not installed.", "Flatpak"),
        (
            facts(obs=None, missing=("obs-studio",), sandboxed=("Flatpak", "Snap")),
            "The OBS from Flatpak and Snap can't be used: it starts no programs outside its sandbox. Take your scenes",
            "sudo apt install obs-studio.",
        ),
        (facts(obs=None), "OBS Studio not found in PATH, though its package is installed.", "EZVTB_OBS"),
        (facts(obs=None, root=True), "OBS Studio not found in PATH", "EZVTB_OBS"),
        (facts(xvfb=False), "Xvfb not found in PATH", "add its folder to PATH"),
        (facts(obs=None, system="win32"), "OBS Studio was not found.", "winget install OBSProject.OBSStudio"),
        (facts(obs=None, system="darwin"), "OBS Studio was not found.", "brew install --cask obs"),
        (facts(obs=OBS_29._replace(version=(28, 1, 2))), "OBS Studio 28.1.2 is too old: ", "obsproject.com"),
        (facts(obs=OBS_29._replace(version=(27, 2, 3)), distribution=("ubuntu", "debian")), "27.2.3", "ppa:obsproject"),
    ],
)
def test_where_nothing_may_be_installed_one_sentence_names_it(machine: Facts, problem: str, remedy: str) -> None:
    decision = decide(machine)
    assert not decision.install
    assert problem in decision.problem
    assert remedy in decision.remedy


def test_the_distribution_is_read_from_os_release() -> None:
    assert parse_distribution('NAME="X"\nID=linuxmint\nID_LIKE="ubuntu debian"\n') == ("linuxmint", "ubuntu", "debian")
    assert "suse" in parse_distribution('ID="opensuse-tumbleweed"\n')
    assert parse_distribution("") == ()


def test_a_removed_package_that_left_its_configuration_counts_as_missing() -> None:
    listing = "obs-studio config-files\nxvfb installed\n"
    assert parse_missing(("obs-studio", "xvfb", "libgl1"), listing) == ("obs-studio", "libgl1")


def test_the_version_is_read_from_what_obs_prints() -> None:
    assert parse_version("OBS Studio - 29.0.2.1-1+b1 (linux)\n") == (29, 0, 2)
    assert parse_version("") == ()


def test_steam_libraries_on_other_drives_are_found(tmp_path: Path) -> None:
    listed = tmp_path / "steamapps" / "libraryfolders.vdf"
    listed.parent.mkdir()
    listed.write_text('"libraryfolders"\n{\n "0"\n {\n  "path"\t\t"D:\\\\SteamLibrary"\n }\n}\n')
    assert steam_libraries(tmp_path) == [tmp_path, Path("D:\\SteamLibrary")]
    assert steam_libraries(tmp_path / "none") == [tmp_path / "none"]


def test_a_named_obs_comes_before_the_one_in_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "my obs"
    program.write_text("#!/bin/sh\necho 'OBS Studio - 32.2.2 (linux)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("EZVTB_OBS", str(program))
    version = () if sys.platform == "win32" else (32, 2, 2)  # there no script, but a program says it
    assert obs_program.find() == ObsProgram(program, version)


def test_a_named_obs_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_OBS", str(tmp_path / "obs"))
    with pytest.raises(SetupError, match=r"EZVTB_OBS names .*obs, which is no program\. Correct"):
        obs_program.find()


def test_beside_a_usable_obs_one_from_flatpak_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_packages, "gather", lambda *_, **__: facts(sandboxed=("Flatpak",)))
    assert system_packages.ensure(headless=True) == OBS_29
    assert "The OBS from Flatpak can't be used" in (said := capsys.readouterr().out)
    assert "Start this one." in said


def test_a_display_is_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not system_packages.has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert system_packages.has_display()
