"""What an engine's core is given, and what its client hears, while a background is being taken away."""

from typing import Any

import numpy as np
import pytest

from ezvtb import cutout, picture, shown_picture
from ezvtb.protocol import Layout
from ezvtb.shown_picture import ShownPicture

LAID_OUT = Layout()


class Job:
    """A cut-out that ends when the test says so."""

    def __init__(self, rgba: Any) -> None:
        self.text, self.error, self.done, self.closed = "Working.", "", False, False
        latest.append(self)

    def close(self) -> None:
        self.closed = True


latest: list[Job] = []


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> ShownPicture:
    """With rembg, and without any picture."""
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    monkeypatch.setattr(cutout, "is_installed", lambda: True)
    monkeypatch.setattr(shown_picture, "CutoutJob", Job)
    latest.clear()
    return ShownPicture()


def source(name: str = "me.png", alpha: int = 255) -> picture.Source:
    rgba = np.random.default_rng(0).integers(0, 256, (512, 512, 4)).astype(np.uint8)
    rgba[..., 3] = 255
    rgba[:100, :, 3] = alpha
    return picture.Source(name, rgba, (512, 512))


def finish(of: picture.Source, error: str = "") -> None:
    if not error:
        cutout.store(of.rgba, np.where(np.arange(512)[:, None, None] < 200, 0, of.rgba).astype(np.uint8))
    latest[-1].error, latest[-1].done = error, True


def test_the_first_picture_is_shown_at_once_and_its_cutout_when_it_is_ready(shown: ShownPicture) -> None:
    opaque = source()
    shown.open(opaque, LAID_OUT)
    first = shown.fresh_avatar()
    assert first is not None
    assert (first[..., 3] == 255).all()
    assert shown.news() == {"picture": "Working.", "picture_is_stale": False}
    finish(opaque)
    assert shown.news()["picture_is_stale"]
    shown.lay_out(LAID_OUT)
    second = shown.fresh_avatar()
    assert second is not None
    assert not second[:200].any()
    assert "The background of me.png was taken away." in shown.note
    assert shown.news() == {"picture": "", "picture_is_stale": False}


def test_a_stream_that_has_an_avatar_never_sees_the_background(shown: ShownPicture) -> None:
    shown.open(source("first.png", 0), LAID_OUT)
    assert shown.fresh_avatar() is not None
    opaque = source()
    shown.open(opaque, LAID_OUT)
    assert shown.fresh_avatar() is None
    shown.lay_out(Layout(x=5))
    assert shown.fresh_avatar() is None
    finish(opaque)
    shown.lay_out(Layout(x=5))
    cut = shown.fresh_avatar()
    assert cut is not None
    assert not cut[:200].any()


def test_what_fails_is_told_once_and_the_opaque_picture_stays(shown: ShownPicture) -> None:
    opaque = source()
    shown.open(opaque, LAID_OUT)
    finish(opaque, "no network.")
    shown.lay_out(LAID_OUT)
    avatar = shown.fresh_avatar()
    assert avatar is not None
    assert (avatar[..., 3] == 255).all()
    assert shown.note == "me.png has a background that could not be taken away: no network."
    assert shown.news() == {"picture": "", "picture_is_stale": False}
    assert len(latest) == 1


def test_a_background_that_is_wanted_stays_and_may_go_later(shown: ShownPicture) -> None:
    opaque = source()
    shown.open(opaque, Layout(remove_background=False))
    assert not latest
    assert shown.note == ""
    shown.lay_out(LAID_OUT)
    assert len(latest) == 1
    finish(opaque)
    shown.lay_out(LAID_OUT)
    shown.lay_out(Layout(remove_background=False))
    avatar = shown.fresh_avatar()
    assert avatar is not None
    assert (avatar[..., 3] == 255).all()
    shown.lay_out(LAID_OUT)
    avatar = shown.fresh_avatar()
    assert avatar is not None
    assert not avatar[:200].any()
    assert len(latest) == 1


def test_who_wants_the_background_meanwhile_has_it_at_once_and_the_work_ends(shown: ShownPicture) -> None:
    shown.open(source("first.png", 0), LAID_OUT)
    assert shown.fresh_avatar() is not None
    shown.open(source(), LAID_OUT)
    assert shown.fresh_avatar() is None
    shown.lay_out(Layout(remove_background=False))
    avatar = shown.fresh_avatar()
    assert avatar is not None
    assert (avatar[..., 3] == 255).all()
    assert latest[0].closed
    assert shown.news() == {"picture": "", "picture_is_stale": False}


def test_switched_off_and_on_what_failed_is_tried_again(shown: ShownPicture) -> None:
    opaque = source()
    shown.open(opaque, LAID_OUT)
    finish(opaque, "no network.")
    shown.lay_out(Layout(remove_background=False))
    assert shown.note == ""
    shown.lay_out(LAID_OUT)
    finish(opaque)
    shown.lay_out(LAID_OUT)
    assert "was taken away" in shown.note
    assert len(latest) == 2


def test_another_picture_ends_the_work_on_the_former(shown: ShownPicture) -> None:
    shown.open(source(), LAID_OUT)
    shown.open(source("other.png", 0), LAID_OUT)
    assert latest[0].closed
    assert shown.news() == {"picture": "", "picture_is_stale": False}


def test_without_rembg_the_note_says_how_to_get_it(shown: ShownPicture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutout, "is_installed", lambda: False)
    shown.open(source(), LAID_OUT)
    assert shown.fresh_avatar() is not None
    assert "-m pip install rembg" in shown.note


def test_the_face_box_is_a_view_that_the_core_knows_nothing_of(shown: ShownPicture) -> None:
    shown.open(source(alpha=0), Layout(face_box=True))
    assert shown.fresh_avatar() is None
    view = shown.view(1024)
    assert view is not None
    assert view.shape == (1024, 1024, 4)
    assert shown.view(1024) is view
    shown.lay_out(Layout(x=10, face_box=True))
    assert shown.view(1024) is not view
    shown.lay_out(Layout(x=10))
    assert shown.view(1024) is None
    assert shown.fresh_avatar() is not None
