import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ezvtb import backends
from ezvtb.backends import devices
from ezvtb.backends.null import move
from ezvtb.core import Core
from ezvtb.errors import BackendError, ModelMissing
from ezvtb.options import Options
from ezvtb.setup import graphics
from ezvtb_interface import get_core

REST = np.zeros((1, 45), np.float32)
POSER_ONLY: dict[str, Any] = {
    "use_tensorrt": False,
    "model_half": False,
    "model_vram_cache": False,
    "use_cacher": False,
    "use_interpolation": False,
}
"""Options that every CPU honours, and that leave one frame a pose, drawn anew."""


def posed(**values: float) -> NDArray[Any]:
    from ezvtb.tracking.pose import INDEX

    pose = REST.copy()
    for name, value in values.items():
        pose[0, INDEX[name]] = value
    return pose


def column_of_the_middle(frame: NDArray[Any]) -> float:
    """Where the head is: the mean column of the alpha of the upper half."""
    weights = frame[:200, :, 3].sum(axis=0).astype(float)
    return float((weights * np.arange(frame.shape[1])).sum() / weights.sum())


def counted(core: Core, graph: str) -> tuple[int, int]:
    return int(core.statistics[f"{graph}_runs"]), int(core.statistics[f"{graph}_skipped"])


@pytest.fixture
def null_core(monkeypatch: pytest.MonkeyPatch) -> Core:
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    return get_core(**POSER_ONLY)


@pytest.fixture(params=["openvino", "onnxruntime"], scope="module")
def real_core(request: pytest.FixtureRequest, avatar: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EZVTB_BACKEND", request.param)
        core = get_core(**POSER_ONLY)
    core.setImage(avatar)
    return core


def test_a_picture_and_a_pose_give_one_frame_of_the_right_shape(real_core: Core) -> None:
    frames = real_core.inference(REST)
    assert [(frame.shape, frame.dtype) for frame in frames] == [((512, 512, 4), np.dtype(np.uint8))]
    assert frames[0][0, 0, 3] == 0
    assert 0.1 < (frames[0][..., 3] > 128).mean() < 0.9


def test_at_rest_the_character_looks_like_its_picture(real_core: Core, avatar: Any) -> None:
    (frame,) = real_core.inference(REST)
    premultiplied = [image[..., :3] * (image[..., 3:] / 255.0) for image in (frame, avatar)]
    assert np.abs(premultiplied[0] - premultiplied[1]).mean() < 3


def test_the_head_goes_where_the_pose_says(real_core: Core) -> None:
    left, middle, right = (column_of_the_middle(real_core.inference(posed(neck_z=value))[0]) for value in (-1, 0, 1))
    assert abs(left - right) > 20
    assert min(left, right) < middle < max(left, right)


def test_eyes_and_mouth_change_the_face_and_nothing_far_from_it(real_core: Core) -> None:
    rest = real_core.inference(REST)[0].copy()
    changed = np.abs(real_core.inference(posed(eye_wink_left=1, mouth_aaa=1))[0].astype(int) - rest).max(axis=2)
    assert changed[64:224, 160:352].max() > 50
    assert changed[300:].max() < 40


def test_a_pose_that_changes_only_the_head_skips_eyebrows_and_face(real_core: Core) -> None:
    real_core.inference(posed(head_x=0.1, mouth_aaa=0.3))
    before = {graph: counted(real_core, graph) for graph in ("combiner", "morpher", "rotator", "editor")}
    real_core.inference(posed(head_x=0.2, mouth_aaa=0.3))
    after = {graph: counted(real_core, graph) for graph in before}
    steps = {graph: (after[graph][0] - before[graph][0], after[graph][1] - before[graph][1]) for graph in before}
    assert steps == {"combiner": (0, 1), "morpher": (0, 1), "rotator": (1, 0), "editor": (1, 0)}


def test_a_recalled_stage_gives_the_same_frame_bit_for_bit(real_core: Core, recording: Any) -> None:
    first = [real_core.inference(pose[None])[0].copy() for pose in recording[:100:25]]
    again = [real_core.inference(pose[None])[0].copy() for pose in recording[:100:25]]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_the_same_pose_again_runs_nothing(null_core: Core, avatar: Any) -> None:
    null_core.setImage(avatar)
    null_core.inference(REST)
    first = null_core.statistics
    assert np.array_equal(null_core.inference(-REST)[0], avatar)
    again = null_core.statistics
    assert {name: again[name] - first[name] for name in first if name.startswith(("combiner", "editor"))} == {
        "combiner_runs": 0,
        "combiner_skipped": 0,
        "editor_runs": 0,
        "editor_skipped": 0,
    }
    assert again["repeated"] == 1


def test_another_picture_is_seen_at_once_and_nothing_of_the_old_one_is_recalled(null_core: Core, avatar: Any) -> None:
    null_core.setImage(avatar)
    null_core.inference(posed(head_y=0.5))
    other = np.ascontiguousarray(avatar[::-1])
    null_core.setImage(other)
    assert np.array_equal(null_core.inference(posed(head_y=0.5))[0], move(other, np.array([0, 0.5])))


@pytest.mark.parametrize("options", [{"model_cache": False}, {"model_cache_size": 1e-9}])
def test_without_room_for_a_cache_every_stage_runs_and_the_frames_are_the_same(
    options: dict[str, Any], avatar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    core = get_core(**POSER_ONLY | options)
    core.setImage(avatar)
    for number in range(4):
        frame = core.inference(posed(head_y=number / 4))[0]
        assert np.array_equal(frame, move(avatar, np.array([0, number / 4])))
    assert counted(core, "morpher") == (4, 0)


def test_the_stage_cache_stays_within_its_bound(avatar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    megabytes = 4
    core = get_core(**POSER_ONLY, model_cache_size=megabytes / 1024)
    core.setImage(avatar)
    for number in range(40):
        core.inference(posed(mouth_aaa=number / 40))
    assert 0 < core._poser._cache.nbytes <= megabytes * 2**20
    core.inference(posed(mouth_aaa=0))
    assert counted(core, "morpher")[0] == 41  # the oldest had to go


def test_values_out_of_range_count_as_the_nearest_in_range(null_core: Core, avatar: Any) -> None:
    null_core.setImage(avatar)
    frame = null_core.inference(posed(head_y=7))[0].copy()
    assert np.array_equal(frame, null_core.inference(posed(head_y=1))[0])


@pytest.mark.parametrize(
    "pose", [np.zeros(45), np.zeros((1, 44)), np.zeros((2, 45)), np.full((1, 45), np.nan), np.full((1, 45), np.inf)]
)
def test_what_is_no_pose_is_refused(null_core: Core, avatar: Any, pose: Any) -> None:
    null_core.setImage(avatar)
    with pytest.raises(ValueError, match="pose"):
        null_core.inference(pose)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((512, 512, 3), np.uint8), np.zeros((512, 512, 4)), np.zeros((256, 256, 4), np.uint8), "a.png", None],
)
def test_what_is_no_picture_is_refused(null_core: Core, picture: Any) -> None:
    with pytest.raises(ValueError, match="img is"):
        null_core.setImage(picture)


def test_a_pose_before_any_picture_is_refused(null_core: Core) -> None:
    with pytest.raises(ValueError, match="before setImage"):
        null_core.inference(REST)


def test_the_report_says_what_is_not_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "onnxruntime")
    report = {component.component: component for component in get_core(device_id=3).report}
    assert (report["tha"].backend, report["tha"].precision) == ("ONNX Runtime", "fp32")
    assert "no device 3" in report["tha"].why
    for words in ("TensorRT", "full precision", "VRAM"):
        assert words in report["tha"].limits
        assert words in str(report["tha"])
    assert report["rife"].backend == "ONNX Runtime"
    assert report["rife"].limits == ""  # said once
    assert (report["cacher"].backend, report["sr"].backend) == ("RAM", "off")


def test_every_component_says_why_the_preferred_runtime_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EZVTB_BACKEND", raising=False)
    monkeypatch.setitem(backends.KINDS, "openvino", backends.Kind("no_such_module", "Nothing"))
    report = {line.component: line.why for line in get_core(use_cacher=False, use_sr=True).report}
    assert all("No module named 'no_such_module'" in report[component] for component in ("tha", "rife", "sr"))


def test_what_is_wrong_with_a_device_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    found = devices.find().devices
    monkeypatch.setattr(devices, "find", lambda: devices.Listing(found, ["Install a driver."]))
    told = {line.component: line.why for line in get_core(use_sr=True).report}
    assert [component for component, why in told.items() if "Install a driver." in why] == ["tha"]


def test_a_report_of_what_is_as_asked_gives_no_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(graphics, "PCI", tmp_path)  # the cards of this computer may lack their drivers
    core = Core(Options(**POSER_ONLY))
    assert [component.why + component.limits for component in core.report] == [""] * 4


def test_the_standard_model_is_replaced_by_the_separable_one_and_the_report_says_so() -> None:
    (tha, *_) = get_core(model_seperable=False).report
    assert "the separable one is used" in tha.why


def test_missing_models_are_named_with_the_command_that_installs_them(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EZVTB_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"ezvtb\.models install"):
        get_core()


def test_a_backend_that_is_named_but_unknown_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "abacus")
    with pytest.raises(BackendError, match="abacus"):
        get_core()


def test_two_cores_do_not_disturb_each_other(avatar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    first, second = get_core(**POSER_ONLY), get_core(**POSER_ONLY)
    first.setImage(avatar)
    second.setImage(np.ascontiguousarray(avatar[::-1]))
    assert np.array_equal(first.inference(REST)[0], avatar)
    assert np.array_equal(second.inference(REST)[0], avatar[::-1])


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch, avatar: Any) -> Any:
    """Makes cores on the null backend, with the options to test."""
    monkeypatch.setenv("EZVTB_BACKEND", "null")

    def make(**options: Any) -> Core:
        core = get_core(**POSER_ONLY | options)
        core.setImage(avatar)
        return core

    return make


def head(value: float) -> NDArray[Any]:
    return posed(head_y=value)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_interpolated_frames_come_first_and_the_posers_own_last(whole: Any, avatar: Any, scale: int) -> None:
    core = whole(use_interpolation=True, interpolation_scale=scale)
    before = core.inference(head(0))[-1].copy()
    frames = core.inference(head(0.5))
    after = move(avatar, np.array([0, 0.5]))
    assert len(frames) == scale
    assert np.array_equal(frames[-1], after)
    away = [np.abs(frame[..., 3].astype(int) - before[..., 3]).sum() for frame in frames]
    assert away == sorted(away)
    assert 0 < away[0] < away[-1]


def test_the_first_frames_after_a_picture_are_all_the_posers_own(whole: Any, avatar: Any) -> None:
    core = whole(use_interpolation=True, interpolation_scale=4)
    core.inference(head(0.5))
    core.setImage(np.ascontiguousarray(avatar[::-1]))
    frames = core.inference(head(0))
    assert [np.array_equal(frame, avatar[::-1]) for frame in frames] == [True] * 4


def test_a_pose_that_comes_again_gives_as_many_frames_all_alike(whole: Any, avatar: Any) -> None:
    core = whole(use_interpolation=True, interpolation_scale=3)
    core.inference(head(0))
    core.inference(head(0.5))
    frames = core.inference(head(0.5))
    assert [np.array_equal(frame, move(avatar, np.array([0, 0.5]))) for frame in frames] == [True] * 3
    later = core.inference(head(0))
    assert np.array_equal(later[-1], avatar)
    assert not np.array_equal(later[0], avatar)


@pytest.mark.parametrize("database", [False, True])
def test_a_pose_that_is_in_the_cache_is_not_drawn_again(whole: Any, avatar: Any, tmp_path: Any, database: bool) -> None:
    core = whole(
        use_cacher=True, cacher_quality=100, cacher_on_database=database, cacher_db_path=tmp_path / "frames.db"
    )
    for value in (0, 0.25, 0.5):
        core.inference(head(value))
    assert core._cacher.flush(5)
    drawn = core.statistics["editor_runs"]
    for value in (0, 0.25, 0.5):
        assert np.array_equal(core.inference(head(value))[-1], move(avatar, np.array([0, value])))
    assert core.statistics["editor_runs"] == drawn
    assert core.statistics["cacher_hits"] == 3
    core.close()
    if database:  # a new core, as after a restart, and another picture
        again = whole(
            use_cacher=True, cacher_quality=100, cacher_on_database=True, cacher_db_path=tmp_path / "frames.db"
        )
        assert np.array_equal(again.inference(head(0.25))[-1], move(avatar, np.array([0, 0.25])))
        assert again.statistics["editor_runs"] == 0
        other = np.ascontiguousarray(avatar[::-1])
        again.setImage(other)
        assert np.array_equal(again.inference(head(0.25))[-1], move(other, np.array([0, 0.25])))
        again.close()


@pytest.mark.parametrize("interpolation", [False, True])
def test_enlarged_frames_come_from_the_cache_too(whole: Any, interpolation: bool) -> None:
    core = whole(use_cacher=True, cacher_quality=100, use_sr=True, use_interpolation=interpolation)
    first = [core.inference(head(value))[-1].copy() for value in (0, 0.25, 0.5)]
    assert first[0].shape == (1024, 1024, 4)
    assert core._cacher.flush(5)
    runs = core.statistics["sr_runs"]
    again = [core.inference(head(value))[-1].copy() for value in (0, 0.25, 0.5)]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    if not interpolation:
        assert core.statistics["sr_runs"] == runs


def test_a_failed_pose_leaves_the_core_usable(whole: Any, avatar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    core = whole(use_interpolation=True)
    core.inference(head(0))

    def fail(*_: Any) -> None:
        raise BackendError("the runtime failed")

    with monkeypatch.context() as patch:
        patch.setattr(core._poser, "pose", fail)
        for _ in range(3):
            with pytest.raises(BackendError):
                core.inference(head(0.5))
    assert np.array_equal(core.inference(head(0.5))[-1], move(avatar, np.array([0, 0.5])))


def test_a_picture_that_the_runtime_fails_on_is_not_half_set(
    whole: Any, avatar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = whole(use_cacher=True, cacher_quality=100)
    core.inference(head(0))

    def fail(*_: Any) -> None:
        raise BackendError("the runtime failed")

    with monkeypatch.context() as patch:
        patch.setattr(core._poser._decomposer, "run", fail)
        with pytest.raises(BackendError):
            core.setImage(np.ascontiguousarray(avatar[::-1]))
    with pytest.raises(ValueError, match="before setImage"):
        core.inference(head(0))
    core.setImage(avatar)
    assert np.array_equal(core.inference(head(0))[-1], avatar)


def test_a_model_that_is_not_installed_is_absent_with_its_remedy(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ezvtb.paths import models_folder

    installed, lent = models_folder() / "tha3_separable", tmp_path / "tha3_separable"
    if os.name == "nt":  # where not every user may make symbolic links
        shutil.copytree(installed, lent)
    else:
        lent.symlink_to(installed, target_is_directory=True)
    monkeypatch.setenv("EZVTB_MODELS", str(tmp_path))
    core = get_core(use_sr=True)
    assert [line.backend for line in core.report[2:]] == ["absent", "absent"]
    assert all("ezvtb.models install" in line.why for line in core.report[2:])
    assert (core.scale, core.size) == (1, 512)
