"""From one set of inference runtimes to another: what is installed, what goes before, and what comes if that fails."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import environment, runtime_choice, runtimes
from ezvtb.setup.graphics import NVIDIA, Graphics, NvidiaCard
from ezvtb.setup.locks import BASES, CPU, CUDA, RUNTIME, RUNTIMES, Lock, packages
from ezvtb.setup.runtime_choice import SETS, TITLES, Machine
from ezvtb.setup.runtimes import FETCHED, needed, surplus

BASE = {"numpy": "2.4.6", "protobuf": "7", "packaging": "26.3", "pip": "23.2.1", "av": "17"}


class Pip:
    """Stands for pip: keeps account of what it is told, and fails at what `broken` names."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.present = dict(BASE)
        self.said: list[str] = []
        self.fetched: list[str] = []
        self.broken: tuple[str, ...] = ()

    def __call__(self, command: "list[str]", **_: object) -> None:
        verb = command[3]
        if verb == "uninstall":
            self.said.append("uninstall")
            for name in command[6:]:
                del self.present[name]
            return
        file = Path(command[-1]).name
        word = f"{verb} {file.removeprefix('requirements-').removesuffix('.lock')}"
        if verb == "download":
            self.fetched.append(Path(command[-1]).read_text("utf-8").partition("==")[0])
        if verb != "download" or self.said[-1:] != [word]:
            self.said.append(word)
        if self.said[-1] in self.broken:
            raise SetupError("There is no network.", "Try again.")
        if verb == "install":
            text = (self.project / file).read_text("utf-8")
            self.present |= dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", text, re.MULTILINE))

    @property
    def onnx_runtimes(self) -> "set[str]":
        return self.present.keys() & runtimes.ONNX_RUNTIMES.keys()


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    """A project with the real locks and an environment, in which pip only keeps account."""
    for lock in (*BASES, *RUNTIMES):
        shutil.copy(PROJECT / lock.file, tmp_path)
    venv = tmp_path / ".venv"
    venv.mkdir()
    made = Pip(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(venv))
    monkeypatch.setattr(environment.sysconfig, "get_path", lambda _: str(venv))
    monkeypatch.setattr(environment, "installed_packages", lambda: dict(made.present))
    monkeypatch.setattr(environment, "run", made)
    return made


def test_a_new_environment_gets_its_set_and_a_second_run_changes_nothing(pip: Pip) -> None:
    assert runtimes.install("cpu", pip.project) == "cpu"
    assert pip.said == ["install cpu"]
    assert runtimes.install("cpu", pip.project) == "cpu"
    assert pip.said == ["install cpu"]


def test_what_is_large_does_not_stay_in_pips_cache(pip: Pip) -> None:
    runtimes.install("cuda", pip.project)
    assert pip.said == ["download cuda", "install cuda"]
    assert set(pip.fetched) == packages(CUDA, pip.project)
    assert len(pip.fetched) == len(set(pip.fetched)), "one at a time: what came before a break stays"
    assert not (pip.project / ".venv" / FETCHED).exists()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("cpu", "cuda", ["download cuda", "uninstall", "install cuda"]),
        ("cuda", "cpu", ["download cpu", "uninstall", "install cpu"]),
        ("cpu", "directml", ["download directml", "uninstall", "install directml"]),
        ("cpu", "tensorrt", ["download cuda", "uninstall", "install cuda", "install tensorrt"]),
        ("cuda", "tensorrt", ["install tensorrt"]),
        ("tensorrt", "cuda", ["uninstall"]),
        ("cuda", "tensorrt-rtx", ["install tensorrt-rtx"]),
        ("tensorrt", "tensorrt-rtx", ["download tensorrt-rtx", "uninstall", "install tensorrt-rtx"]),
        ("tensorrt-rtx", "tensorrt", ["uninstall", "install tensorrt"]),
        ("tensorrt", "cpu", ["download cpu", "uninstall", "install cpu"]),
    ],
)
def test_the_old_set_goes_when_all_of_the_new_one_is_here(pip: Pip, before: str, after: str, said: "list[str]") -> None:
    runtimes.install(before, pip.project)
    pip.said.clear()
    assert runtimes.install(after, pip.project) == after
    assert pip.said == said
    ours = set().union(*(packages(lock, pip.project) for lock in RUNTIMES))
    wanted = set().union(*(packages(lock, pip.project) for lock in SETS[after]))
    assert pip.present.keys() & ours - {"packaging"} == wanted - {"packaging"}
    assert pip.present.keys() >= BASE.keys(), "what others need stays"
    assert len(pip.onnx_runtimes) == 1
    runtimes.install(after, pip.project)
    assert pip.said == said


def test_two_onnx_runtimes_beside_each_other_both_go_and_the_wanted_one_comes_anew(pip: Pip) -> None:
    runtimes.install("cuda", pip.project)
    pip.present["onnxruntime"] = "1.31.1"  # by somebody's own pip
    assert {"onnxruntime", "onnxruntime-gpu"} <= surplus("cuda", set(pip.present), pip.project)
    pip.said.clear()
    runtimes.install("cuda", pip.project)
    assert pip.said == ["download cuda", "uninstall", "install cuda"]
    assert pip.onnx_runtimes == {"onnxruntime-gpu"}


def test_an_environment_of_an_earlier_version_keeps_its_onnx_runtime(pip: Pip) -> None:
    pip.present["onnxruntime"] = "1.31.1"
    runtimes.install("cpu", pip.project)
    assert pip.said == ["install cpu"]


@pytest.mark.parametrize("broken", ["download cuda", "install cuda"])
def test_where_cuda_can_not_be_installed_the_avatar_works_on_the_processor(
    pip: Pip, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    runtimes.install("cpu", pip.project)
    pip.broken = (broken,)
    assert runtimes.install("cuda", pip.project) == "cpu"
    assert pip.onnx_runtimes == {"onnxruntime"}
    said = capsys.readouterr().out
    assert "There is no network." in said
    assert f"The avatar gets {TITLES['cpu']} instead." in said
    pip.broken = ()
    assert runtimes.install("cuda", pip.project) == "cuda"


def test_without_a_network_nothing_has_gone(pip: Pip) -> None:
    runtimes.install("cpu", pip.project)
    pip.broken = ("download cuda",)
    pip.said.clear()
    runtimes.install("cuda", pip.project)
    assert pip.said == ["download cuda"]


def test_where_tensorrt_can_not_be_installed_cuda_stays(pip: Pip) -> None:
    pip.broken = ("install tensorrt",)
    assert runtimes.install("tensorrt", pip.project) == "cuda"
    assert pip.said == ["download cuda", "install cuda", "install tensorrt"]
    assert pip.onnx_runtimes == {"onnxruntime-gpu"}
    assert not any(name.startswith("tensorrt") for name in pip.present)


def test_where_not_even_the_processors_can_be_installed_that_is_the_end(pip: Pip) -> None:
    pip.broken = ("install cpu",)
    with pytest.raises(SetupError, match="There is no network"):
        runtimes.install("cpu", pip.project)


def test_an_interrupted_change_is_completed(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> None:
    runtimes.install("cpu", pip.project)
    pip.present["onnxruntime-gpu"] = "1.31.1"
    del pip.present["onnxruntime"]  # it was taken out, half of the new set came, and then the power went
    (pip.project / ".venv" / environment.STAMP).unlink()
    runtimes.install("cpu", pip.project)
    assert pip.onnx_runtimes == {"onnxruntime"}


def test_what_is_there_is_not_downloaded_for_a_lost_note(pip: Pip) -> None:
    runtimes.install("cuda", pip.project)
    (pip.project / ".venv" / environment.STAMP).unlink()
    pip.said.clear()
    runtimes.install("cuda", pip.project)
    assert pip.said == ["install cuda"], "which changes nothing where all is there"


def test_a_folder_is_all_that_is_needed(pip: Pip) -> None:
    runtimes.install("cpu", pip.project)
    pip.said.clear()
    runtimes.install("cuda", pip.project, folder=pip.project / "usb")
    assert pip.said == ["uninstall", "install cuda"]


def test_the_room_is_that_of_what_is_missing_and_of_the_largest_download(pip: Pip) -> None:
    tensorrt = SETS["tensorrt"][1]
    assert needed("tensorrt", pip.project) == CUDA.installed + tensorrt.installed + tensorrt.download
    runtimes.install("cuda", pip.project)
    assert needed("cuda", pip.project) == 0
    assert needed("tensorrt", pip.project) == tensorrt.room


H100 = Graphics((NVIDIA,), (NvidiaCard("NVIDIA H100", (9, 0)),), (13, 0))


@pytest.mark.parametrize(
    ("asked", "free", "name", "words"),
    [
        ([None], 100_000, "tensorrt", ["Graphics cards: NVIDIA H100. The avatar gets TensorRT with CUDA."]),
        ([None], 9_000, "cuda", ["TensorRT with CUDA needs", "The avatar gets ONNX Runtime with CUDA."]),
        ([None], 1_000, "cpu", ["the disk has 1000 MB", "The avatar gets ONNX Runtime for the processor."]),
        (["cuda"], 100_000, "cuda", ["as --runtime cuda says (--runtime auto ends that)"]),
        (["cpu", None], 100_000, "cpu", ["as --runtime cpu says"]),
        (["cpu", "auto"], 100_000, "tensorrt", []),
    ],
)
def test_what_is_chosen_is_said_and_what_was_asked_for_counts_in_the_next_run(  # noqa: PLR0917
    pip: Pip,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: "list[str | None]",
    free: int,
    name: str,
    words: "list[str]",
) -> None:
    monkeypatch.setattr(runtime_choice, "this_machine", lambda: Machine("linux", "x86_64", (3, 12), H100))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, free << 20))
    *_, chosen = [runtimes.decide(each, RUNTIME, pip.project) for each in asked]
    said = capsys.readouterr().out
    assert chosen == name
    assert all(each in said for each in words)


@pytest.mark.long
def test_a_real_environment_goes_from_one_onnx_runtime_to_the_other_and_back(tmp_path: Path) -> None:
    """Without CUDA itself, which is 1.3 GB and another matter: the two overwrite each other's files."""
    for lock in (*BASES, *RUNTIMES):
        names = "flatbuffers|packaging|onnxruntime|onnxruntime-gpu" if lock in {CPU, CUDA} else "numpy|protobuf"
        (tmp_path / lock.file).write_text(only(lock, names), "utf-8")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / ".venv")], check=True)
    python = tmp_path / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def inside(line: str) -> str:
        changes = os.environ | {"PYTHONPATH": str(PROJECT / "core")}
        command = [str(python), "-c", f"from pathlib import Path; project = Path({str(tmp_path)!r}); {line}"]
        return subprocess.run(command, env=changes, check=True, capture_output=True, text=True).stdout.splitlines()[-1]

    start = "from ezvtb.setup import environment, locks, runtimes"
    inside(f"{start}; environment.install(locks.RUNTIME, project)")
    providers = "import json, onnxruntime; print(json.dumps(onnxruntime.get_available_providers()))"
    for name in ("cpu", "cuda", "cpu"):
        assert inside(f"{start}; print(runtimes.install({name!r}, project))") == name
        assert ("CUDAExecutionProvider" in json.loads(inside(providers))) is (name == "cuda")


def only(lock: Lock, names: str) -> str:
    """What a lock says of these packages."""
    blocks = re.findall(rf"^(?:{names})==.*?(?=^[a-z]|\Z)", (PROJECT / lock.file).read_text("utf-8"), re.M | re.S)
    return "".join(blocks)
