from pathlib import Path

import pytest

from ezvtb_obs.next_picture import after


def test_pictures_come_by_name_and_then_from_the_first_again(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.png", "c.webp", "notes.txt"):
        (tmp_path / name).touch()
    seen = [str(tmp_path / "a.png")]
    for _ in range(3):
        seen.append(after(seen[-1]) or "")
    assert [Path(each).name for each in seen] == ["a.png", "b.PNG", "c.webp", "a.png"]


def test_a_picture_alone_has_no_next_one(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert after(str(tmp_path / "a.png")) is None
    assert after(str(tmp_path / "gone.png")) == str(tmp_path / "a.png")


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        after(str(tmp_path / "gone" / "a.png"))
