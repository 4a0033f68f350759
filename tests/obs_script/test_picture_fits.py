"""Each picture's own corrections, as OBS's settings change."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.protocol import Layout
from ezvtb_obs import picture_fits
from ezvtb_obs.settings import Settings

from .driving import changed


class Source:
    """A source's settings, kept as `AvatarSource.look` keeps them."""

    def __init__(self) -> None:
        self.settings = Settings(picture="/a.png")

    def set(self, **values: Any) -> "dict[str, Any]":
        """What had to be written besides."""
        found = changed(self.settings, **values)
        written = picture_fits.followed(self.settings, found)
        self.settings = changed(found, **written)
        return written

    def show(self, picture: str) -> "tuple[int, int, int]":
        """Chooses another picture; its fit."""
        self.set(picture=picture)
        return self.fit

    @property
    def fit(self) -> "tuple[int, int, int]":
        return self.settings.fit_scale, self.settings.fit_x, self.settings.fit_y


@pytest.fixture
def source() -> Source:
    return Source()


def test_the_next_picture_begins_with_its_own_fit_and_the_former_keeps_its(source: Source) -> None:
    source.set(fit_scale=120)
    source.set(fit_x=-7)
    assert set(source.set(picture="/b.png")) == {"fit_scale", "fit_x"}
    assert source.fit == (100, 0, 0)
    source.set(fit_y=30)
    assert source.show("/c.png") == (100, 0, 0)
    assert source.show("/a.png") == (120, -7, 0)
    assert source.show("/b.png") == (100, 0, 30)


def test_dragging_a_slider_writes_no_slider(source: Source) -> None:
    for value in range(101, 110):
        assert set(source.set(fit_scale=value)) == {"fits"}
    assert source.set(responsiveness=3) == {}


def test_picture_and_fit_that_come_together_belong_together(source: Source) -> None:
    source.set(picture="/b.png", fit_scale=150)
    assert source.fit == (150, 0, 0)
    assert source.show("/a.png") == (100, 0, 0)
    assert source.show("/b.png") == (150, 0, 0)


def test_a_fit_that_is_put_back_is_forgotten(source: Source) -> None:
    source.set(fit_scale=150)
    assert source.settings.fits != "{}"
    source.set(fit_scale=100)
    assert source.settings.fits == "{}"


def test_the_oldest_are_forgotten(source: Source) -> None:
    for number in range(picture_fits.MOST + 5):
        source.set(picture=f"/{number}.png", fit_x=1 + number)
    assert source.show("/4.png") == (100, 0, 0)
    assert source.show("/5.png") == (100, 6, 0)


def test_a_layout_is_that_of_the_picture_that_is_shown(source: Source) -> None:
    source.set(fit_scale=150)
    source.set(picture="/broken.png")
    source.set(fit_x=9, face_box=True, remove_background=False)
    assert picture_fits.layout(source.settings, "/broken.png") == Layout(100, 9, 0, True, False)
    assert picture_fits.layout(source.settings, "/a.png") == Layout(150, 0, 0, True, False)  # it stays meanwhile
    assert picture_fits.layout(source.settings, "/never.png") == Layout(100, 0, 0, True, False)


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr)))
def test_whatever_a_scene_file_holds_counts_as_nothing_at_worst(fits: str) -> None:
    settings = changed(Settings(), fits=fits)
    assert picture_fits.layout(settings, "/other.png") == Layout()
    picture_fits.followed(settings, changed(settings, picture="/other.png"))


@pytest.mark.parametrize(
    "fits",
    ['{"/a.png": [1, 2]}', '{"/a.png": "abc"}', '{"/a.png": [1, 2, "3"]}', '{"/a.png": [true, 2, 3]}', "[1, 2, 3]"],
)
def test_a_broken_entry_counts_as_none(fits: str) -> None:
    assert picture_fits.layout(changed(Settings(picture="/b.png"), fits=fits), "/a.png") == Layout()


@pytest.mark.parametrize("fit", [[0, 0, 0], [-100, 0, 0], [10**9, 0, 0], [100, 257, 0], [100, 0, -257]])
def test_a_fit_out_of_its_range_counts_as_none(fit: "list[int]") -> None:
    assert picture_fits.layout(Settings(fits=json.dumps({"/b.png": fit})), "/b.png") == Layout()
