"""The installed models."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ezvtb.doctor import models
from ezvtb.doctor.finding import Verdict
from ezvtb.models import store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Models of a few bytes, as an install leaves them."""
    monkeypatch.setenv("EZVTB_MODELS", str(tmp_path))
    for name in ("tha3_separable", "rife40"):
        (tmp_path / name / "fp32").mkdir(parents=True)
        (tmp_path / name / "fp32" / "one.onnx").write_bytes(b"graph")
        digest = store.file_sha256(tmp_path / name / "fp32" / "one.onnx")
        record = store.Record(store.graph_version(name), {}, {"fp32/one.onnx": store.GraphFile(5, digest)})
        (tmp_path / name / "installed.json").write_text(record.to_json())
    yield tmp_path


def test_whole_models_are_facts(folder: Path) -> None:
    finding = models.check()
    assert finding.verdict is Verdict.OK
    assert finding.facts[0] == "tha3_separable: fp32, 0 MB, every file as it was installed"


@pytest.mark.parametrize(("name", "verdict"), [("tha3_separable", Verdict.TROUBLE), ("rife40", Verdict.WARNING)])
@pytest.mark.parametrize("damage", ["altered", "missing", "record", "version", "all"])
def test_what_is_wrong_is_said_with_the_command(folder: Path, name: str, verdict: Verdict, damage: str) -> None:
    graph, record = folder / name / "fp32" / "one.onnx", folder / name / "installed.json"
    if damage == "altered":
        graph.write_bytes(b"grape")
    elif damage == "missing":
        graph.unlink()
    elif damage == "record":
        record.write_text("{")
    elif damage == "version":
        record.write_text(json.dumps(json.loads(record.read_text()) | {"graph_version": 0}))
    else:
        (folder / name).rename(folder / "elsewhere")
    finding = models.check()
    assert finding.verdict is verdict
    (problem,) = finding.problems
    assert name in problem.text
    assert f"python -m ezvtb.models install {name}" in problem.remedy
