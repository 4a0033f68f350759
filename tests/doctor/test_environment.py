"""The Python environment against what the installer noted."""

import sys
from pathlib import Path

import pytest

from ezvtb.doctor.environment import check, problems_of
from ezvtb.doctor.system import memory, processor_features
from ezvtb.setup.locks import RUNTIME
from ezvtb.setup.runtime_choice import remember

PACKAGES = {"numpy": "2.4.6", "onnxruntime": "1.31.1", "pip": "23.2.1"}
STAMP = {"locks": {RUNTIME.file: "abc"}, "packages": PACKAGES}


@pytest.mark.parametrize(
    ("packages", "stamp", "wanted", "words"),
    [
        (PACKAGES, STAMP, "abc", []),
        (PACKAGES, {}, "abc", ["didn't get to its end"]),
        (PACKAGES, STAMP, "new", ["another version of EZVTB Avatar"]),
        (PACKAGES | {"numpy": "1.0"}, STAMP, "abc", ["1 of the packages aren't as they were installed: numpy 1.0."]),
        ({"onnxruntime": "1.31.1"}, STAMP, "new", ["numpy is missing, pip is missing."]),
        (PACKAGES | {"openvino-telemetry": "1"}, STAMP, "abc", ["reports every start"]),
        (PACKAGES | {"onnxruntime-gpu": "1"}, STAMP, "abc", ["onnxruntime and onnxruntime-gpu are installed"]),
        ({"numpy": "2.4.6"}, STAMP | {"packages": {"numpy": "2.4.6"}}, "abc", ["no ONNX Runtime"]),
    ],
)
def test_packages_that_are_not_the_installers_are_noticed(
    packages: "dict[str, str]", stamp: "dict[str, dict[str, str]]", wanted: str, words: "list[str]"
) -> None:
    problems = problems_of(packages, stamp, wanted)
    assert len(problems) == len(words)
    assert all(word in problem.text for word, problem in zip(words, problems))
    assert all(problem.remedy for problem in problems)


def test_what_the_installer_was_asked_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert not any("--runtime" in fact for fact in check().facts)
    remember("directml", tmp_path)
    assert "installed with --runtime directml" in check().facts


def test_what_a_processor_can_is_read(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags\t\t: fpu avx2 sse amx_bf16\n")
    assert processor_features(tmp_path / "cpuinfo") == ["avx2", "amx_bf16"]
    assert processor_features(tmp_path / "none") == []


def test_memory_is_told_in_bytes() -> None:
    whole, free = memory()
    assert whole > 1 << 28
    assert 0 < free <= whole
