"""OBS Studio and, where there is no display, Xvfb: installed by apt-get where that may be done, else named.

`decide` knows the rules and touches nothing; `ensure` asks the machine and does what was decided.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Optional

from ezvtb.errors import SetupError
from ezvtb.setup import obs_program
from ezvtb.setup.console import Stopwatch, run, say
from ezvtb.setup.obs_program import ObsProgram

APT_OBS = ("obs-studio", "ca-certificates")
OBS_MB = (190, 680)
"""To download and on disk, at most: with all that it needs on a bare system, measured on Debian 12 to sid."""
# OBS's package doesn't name the OpenGL libraries, which a machine without a desktop lacks.
APT_HEADLESS = ("xvfb", "libgl1", "libopengl0", "libegl1", "libegl-mesa0", "libglx-mesa0", "libgl1-mesa-dri")
# Nor what draws the icons of an OBS with Qt 6, and the ticks and frames of its check boxes. Debian 13 has a package
# for it; Debian 12, whose Qt is 6.4, has none.
QT6_SVG, APT_QT6 = ("libqt6svg6",), ("qt6-svg-plugins",)
# What types, clicks and looks in the tests.
APT_TESTS = ("xdotool", "imagemagick")

INSTALL_ON_DESKTOPS = {
    "win32": "winget install OBSProject.OBSStudio",
    "darwin": "brew install --cask obs",
}
INSTALL_ELSEWHERE = {
    "fedora": "sudo dnf install obs-studio xorg-x11-server-Xvfb (from RPM Fusion, see obsproject.com)",
    "arch": "sudo pacman -S obs-studio xorg-server-xvfb",
    "suse": "sudo zypper install obs-studio xorg-x11-server-Xvfb (from Packman, see obsproject.com)",
}


class Facts(NamedTuple):
    """What the decision depends on."""

    system: str
    """`sys.platform`"""
    distribution: "tuple[str, ...]"
    """ID and ID_LIKE of /etc/os-release"""
    root: bool
    obs: Optional[ObsProgram]
    headless: bool
    """No display here, or the tests, which bring their own"""
    missing: "tuple[str, ...]"
    """Which of the wanted Debian packages are not installed; empty where dpkg is not at home"""
    xvfb: bool
    sandboxed: "tuple[str, ...]" = ()
    """Where there is an OBS that can't be used: Flatpak, Snap"""


class Decision(NamedTuple):
    """What to install, or else what is missing and what the user can do about it. All empty: all is there."""

    install: "tuple[str, ...]" = ()
    problem: str = ""
    remedy: str = ""


def decide(facts: Facts) -> Decision:
    """What has to happen before OBS can be started."""
    if facts.obs is not None and facts.obs.version and facts.obs.version[:2] < obs_program.OLDEST:
        return _too_old(facts)
    if facts.system in INSTALL_ON_DESKTOPS:
        if facts.obs is not None:
            return Decision()
        return Decision((), "OBS Studio was not found.", f"Install it: {INSTALL_ON_DESKTOPS[facts.system]}")
    # An OBS that is no Debian package (the user's own build) is as good.
    packages = tuple(name for name in facts.missing if name != "obs-studio" or facts.obs is None)
    if packages and facts.root and _is_debian(facts.distribution):
        return Decision(packages)
    needed = (("OBS Studio", facts.obs is not None), ("Xvfb", facts.xvfb or not facts.headless))
    lacking = " and ".join(name for name, there in needed if not there)
    return _to_be_installed(facts, lacking, packages) if lacking else Decision()


def _to_be_installed(facts: Facts, lacking: str, packages: "tuple[str, ...]") -> Decision:
    """What is said where the user has to install what is lacking."""
    if _is_debian(facts.distribution) and not packages:  # it is installed, and isn't where programs are looked for
        return Decision((), f"{lacking} not found in PATH, though its package is installed.", _NAME_IT)
    problem = f"{lacking} not installed."
    if facts.obs is None and facts.sandboxed:
        problem += f" {_sandboxed(facts)} {_TAKE_ALONG}"
    return Decision((), problem, f"Install: {_how_on_linux(facts, lacking, packages)}.")


_NAME_IT = "Name the program's path in the environment variable EZVTB_OBS, or add its folder to PATH."
_TAKE_ALONG = "Take your scenes along: Scene Collection > Export there, and Import in the one that you install."


def _sandboxed(facts: Facts) -> str:
    where = " and ".join(facts.sandboxed)
    return f"The OBS from {where} can't be used: it starts no programs outside its sandbox."


def _is_debian(distribution: "tuple[str, ...]") -> bool:
    return "debian" in distribution or "ubuntu" in distribution


def _how_on_linux(facts: Facts, lacking: str, packages: "tuple[str, ...]") -> str:
    if _is_debian(facts.distribution):
        return f"sudo apt install {' '.join(packages)}"
    commands = [text for name, text in INSTALL_ELSEWHERE.items() if name in facts.distribution]
    return commands[0] if commands else f"{lacking} from your distribution's packages (not from Flatpak or Snap)"


def _too_old(facts: Facts) -> Decision:
    assert facts.obs is not None
    version = ".".join(map(str, facts.obs.version))
    oldest = ".".join(map(str, obs_program.OLDEST))
    remedy = "Install a newer one from https://obsproject.com."
    if "ubuntu" in facts.distribution:
        remedy = "Install a newer one: sudo add-apt-repository ppa:obsproject/obs-studio && sudo apt install obs-studio"
    return Decision((), f"OBS Studio {version} is too old: the avatar needs {oldest} or newer.", remedy)


def wanted_packages(headless: bool) -> "tuple[str, ...]":
    """The Debian packages that OBS needs here."""
    return APT_OBS + (APT_HEADLESS if headless else ())


def ensure(headless: bool, *, network: bool = True) -> ObsProgram:
    """Sees to it that OBS is there; SetupError naming what to install where that can't be done here."""
    facts = gather(headless, network=network)
    decision = decide(facts)
    if decision.install:
        _apt_install(decision.install, "up to {} MB to download, {} MB on disk".format(*OBS_MB))
        if not _not_installed(QT6_SVG) and _not_installed(APT_QT6) and _on_offer(*APT_QT6):
            _apt_install_if_possible(APT_QT6, "less than 1 MB to download")
        facts = gather(headless)
        decision = decide(facts)
    if decision.problem:
        raise SetupError(decision.problem, decision.remedy)
    if decision.install or facts.obs is None:
        raise SetupError("OBS Studio is still not there after its installation.", "The lines of apt-get above say why.")
    version = ".".join(map(str, facts.obs.version)) or "found"
    say(f"OBS Studio: {version}, {facts.obs.path}")
    if facts.sandboxed:
        say(f"{_sandboxed(facts)} Start this one.")
    return facts.obs


def ensure_test_tools() -> None:
    """Installs what the tests in windows need, where that can be done; else those tests are left out and say so."""
    missing = _not_installed(APT_TESTS)
    if missing and _is_root() and _is_debian(parse_distribution(_os_release())):
        _apt_install_if_possible(missing, "up to 5 MB to download, 17 MB on disk")


def ensure_venv() -> None:
    """Sees to it that this Python can make environments: Debian keeps that in a package of its own."""
    if find_spec("ensurepip") is not None:
        return
    package = f"python3.{sys.version_info[1]}-venv"
    facts = gather(headless=False)
    if not (facts.root and _is_debian(facts.distribution)):
        raise SetupError(
            f"{sys.executable} has no module venv.",
            f"Install it (on Debian and Ubuntu: sudo apt install {package}), then run this again.",
        )
    _apt_install((package,), "up to 20 MB to download")


def gather(headless: bool, *, network: bool = True) -> Facts:
    """Asks this machine. Without a network nothing can be installed, as without root's rights."""
    return Facts(
        system=sys.platform,
        distribution=parse_distribution(_os_release()),
        root=network and _is_root(),
        obs=obs_program.find(),
        headless=headless,
        missing=_not_installed(wanted_packages(headless)),
        xvfb=shutil.which("Xvfb") is not None,
        sandboxed=obs_program.sandboxed(Path("/"), Path.home()),
    )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _os_release() -> str:
    path = Path("/etc/os-release")
    return path.read_text("utf-8") if path.is_file() else ""


def parse_distribution(os_release: str) -> "tuple[str, ...]":
    """The words of ID and ID_LIKE."""
    words: list[str] = []
    for line in os_release.splitlines():
        name, _, value = line.partition("=")
        if name in {"ID", "ID_LIKE"}:
            words += value.strip("\"'").lower().replace("opensuse", "suse opensuse").split()
    return tuple(words)


def _not_installed(packages: "tuple[str, ...]") -> "tuple[str, ...]":
    if shutil.which("dpkg-query") is None:
        return ()
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages],
        capture_output=True,
        text=True,
        check=False,  # it fails when one is unknown, and still lists the others
    )
    return parse_missing(packages, answer.stdout)


def parse_missing(packages: "tuple[str, ...]", listing: str) -> "tuple[str, ...]":
    """Which packages dpkg-query's listing doesn't call installed."""
    present = {
        name for name, _, status in (line.partition(" ") for line in listing.splitlines()) if status == "installed"
    }
    return tuple(name for name in packages if name not in present)


def _on_offer(package: str) -> bool:
    """Whether apt-get could install it."""
    command = ["apt-cache", "search", "--names-only", f"^{package}$"]
    return bool(subprocess.run(command, capture_output=True, check=False).stdout)


def _apt_install(packages: "tuple[str, ...]", sizes: str) -> None:
    say(f"System packages: {', '.join(packages)}: {sizes} ...")
    clock = Stopwatch()
    # No question may wait for an answer, and another apt-get at work is waited for.
    changes = {"DEBIAN_FRONTEND": "noninteractive"}
    options = ["-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]
    remedy = "The lines above say why. Is there a network?"
    run(["apt-get", "update", *options], changes=changes, remedy=remedy)
    run(["apt-get", "install", "-y", "--no-install-recommends", *options, *packages], changes=changes, remedy=remedy)
    say(f"System packages: done in {clock}.")


def _apt_install_if_possible(packages: "tuple[str, ...]", sizes: str) -> None:
    """The same for what isn't needed: that it can't be installed is said, and ends nothing."""
    try:
        _apt_install(packages, sizes)
    except SetupError as error:
        say(f"{error} The rest goes on without it.")
