"""The lock files: whole, consistent, and free of where they were made."""

import os
import re
import subprocess
import sys

import pytest

from ezvtb.models.manifest import tomllib
from ezvtb.paths import PROJECT
from ezvtb.setup.locks import BASES, DEV, RUNTIME, RUNTIMES, Lock, packages
from ezvtb.setup.runtime_choice import SETS
from ezvtb.setup.runtimes import ONNX_RUNTIMES

LOCKS = (*BASES, *RUNTIMES)


PROJECT_FILE = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]


def named(requirements: "list[str]") -> "set[str]":
    """The names of what pyproject.toml asks for."""
    return {re.split(r"[^A-Za-z0-9-]", each)[0].lower() for each in requirements}


def pins(lock: Lock) -> "dict[str, int]":
    """Every `name==version ; marker` of a lock, and how many hashes it has."""
    found: dict[str, int] = {}
    current = ""
    for line in (PROJECT / lock.file).read_text("utf-8").splitlines():
        if re.match(r"[a-z0-9]", line):
            current = line.removesuffix("\\").strip()
            found[current] = 0
        elif line.strip().startswith("--hash=sha256:"):
            found[current] += 1
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)
def test_every_pin_is_exact_and_has_hashes(lock: Lock) -> None:
    for pin, hashes in pins(lock).items():
        assert re.match(r"[a-z0-9._-]+==[^ ]+( ; .+)?$", pin), pin
        assert hashes > 0, pin


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)
def test_no_lock_names_a_host_or_a_folder(lock: Lock) -> None:
    text = (PROJECT / lock.file).read_text("utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host|\s/", text)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)
def test_the_larger_lock_contains_the_smaller(lock: Lock) -> None:
    larger = pins(lock)
    for smaller in (other for other in LOCKS if other.file in lock.contains):
        assert not pins(smaller).keys() - larger.keys()


def test_the_avatar_needs_neither_pytorch_nor_the_tools_of_its_developers() -> None:
    names = {pin.partition("==")[0] for pin in pins(RUNTIME)}
    assert not names & {"torch", "pytest", "mypy", "ruff", "av", "obsws-python"}
    assert not {pin.partition("==")[0] for pin in pins(DEV)} & {"torch", "pylibobs"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)
def test_nothing_that_reports_on_the_user_is_installed(lock: Lock) -> None:
    assert not any("telemetry" in pin for pin in pins(lock))


def test_openvino_is_imported_without_its_telemetry() -> None:
    code = "import openvino, sys; sys.exit('openvino_telemetry' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "CI"}  # it keeps quiet in CI
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_everything_that_the_setup_installs_is_in_the_lock() -> None:
    """The other extras are for those who ask pip for them."""
    extras = PROJECT_FILE["optional-dependencies"]
    wanted = named(PROJECT_FILE["dependencies"] + extras["obs"] + extras["dev"])
    assert {"numpy", "av", "pytest"} <= wanted
    assert not wanted - packages(DEV, PROJECT)


@pytest.mark.parametrize("lock", RUNTIMES, ids=lambda lock: lock.file)
def test_a_runtimes_lock_is_made_of_the_extra_of_its_name(lock: Lock) -> None:
    extra = lock.file.removeprefix("requirements-").removesuffix(".lock")
    assert f"--extra {extra} pyproject.toml -o {lock.file}" in (PROJECT / lock.file).read_text("utf-8")
    assert named(PROJECT_FILE["optional-dependencies"][extra]) <= packages(lock, PROJECT)


def test_every_set_is_made_of_the_extras_that_it_needs() -> None:
    extras = PROJECT_FILE["optional-dependencies"].keys()
    assert SETS.keys() <= extras
    assert {lock for locks in SETS.values() for lock in locks} == set(RUNTIMES)


@pytest.mark.parametrize("lock", RUNTIMES, ids=lambda lock: lock.file)
def test_a_runtimes_lock_holds_only_what_the_avatar_itself_has_not(lock: Lock) -> None:
    assert not packages(lock, PROJECT) & packages(RUNTIME, PROJECT)


@pytest.mark.parametrize("lock", RUNTIMES, ids=lambda lock: lock.file)
@pytest.mark.parametrize("other", LOCKS, ids=lambda lock: lock.file)
def test_locks_that_name_the_same_package_name_the_same_version_of_it(lock: Lock, other: Lock) -> None:
    """Where one needs several, which one it is may depend on the Python."""
    for name in packages(lock, PROJECT) & packages(other, PROJECT):
        assert versions(lock, name) & versions(other, name), name


def versions(lock: Lock, name: str) -> "set[str]":
    found = (re.match(rf"{name}==([^ ]+)", pin) for pin in pins(lock))
    return {each[1] for each in found if each}


def test_only_one_onnx_runtime_is_in_a_set_and_none_in_what_all_have() -> None:
    assert not packages(DEV, PROJECT) & ONNX_RUNTIMES.keys()
    for locks in SETS.values():
        (name,) = set().union(*(packages(lock, PROJECT) for lock in locks)) & ONNX_RUNTIMES.keys()
        assert ONNX_RUNTIMES[name] in locks
