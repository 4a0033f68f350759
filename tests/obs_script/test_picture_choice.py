"""Which picture an engine is given, without engines."""

from typing import Optional

import pytest

from ezvtb.errors import EngineError, PictureError
from ezvtb_obs.picture_choice import SLOW_SECONDS, PictureChoice
from ezvtb_obs.picture_file import Look, PictureFile

CRASH = EngineError("The engine was ended by signal 11.")
A, B = Look("/a.png", 1, 100), Look("/b.png", 2, 200)


class Files(PictureFile):
    """Files that the test makes up."""

    def __init__(self) -> None:
        self.error = ""
        self.looks: dict[str, Optional[Look]] = {A.path: A, B.path: B}
        self.copies: dict[Look, str] = {}

    def look(self, path: str) -> Optional[Look]:
        return self.looks[path]

    def keep(self, look: Look) -> None:
        self.copies[look] = f"/copies{look.path}"

    def kept(self, look: Look) -> str:
        return self.copies.get(look, "")


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def choice(files: Files) -> PictureChoice:
    """An engine shows A."""
    made = PictureChoice(files)
    made.begin()
    assert made.next(0, A.path) == A.path
    made.accepted("fitted.")
    assert made.next(0, A.path) == ""
    return made


def test_a_picture_that_ends_the_engine_is_not_given_again(choice: PictureChoice) -> None:
    assert choice.next(1, B.path) == B.path
    choice.broke(CRASH)
    for moment in range(2, 6):  # engine after engine
        choice.begin()
        assert choice.next(moment, B.path) == "/copies/a.png"
        choice.accepted("copy fitted.")
        assert choice.next(moment, B.path) == ""
        assert "b.png is left alone" in choice.error
        assert "signal 11" in choice.error
        assert choice.note == "fitted."


def test_it_gets_another_chance_when_its_file_has_changed(choice: PictureChoice, files: Files) -> None:
    assert choice.next(1, B.path) == B.path
    choice.broke(CRASH)
    choice.begin()
    assert choice.next(2, B.path)
    choice.accepted("")
    files.looks[B.path] = B._replace(modified=9)
    assert choice.next(3, B.path) == B.path
    choice.accepted("")
    assert choice.error == ""


def test_it_gets_another_chance_when_it_is_chosen_again(choice: PictureChoice) -> None:
    assert choice.next(1, B.path) == B.path
    choice.broke(CRASH)
    choice.begin()
    assert choice.next(2, A.path) == A.path
    choice.accepted("")
    assert choice.error == ""
    assert choice.next(3, B.path) == B.path


def test_a_good_one_is_not_blamed_for_one_crash(choice: PictureChoice) -> None:
    for _ in range(2):
        choice.begin()
        assert choice.next(1, A.path) == A.path
        choice.broke(CRASH)
        assert choice.error == ""
    choice.begin()
    assert choice.next(1, A.path) == A.path
    choice.accepted("")
    choice.begin()
    for _ in range(3):
        choice.begin()
        assert choice.next(1, A.path) == A.path
        choice.broke(CRASH)
    choice.begin()
    assert choice.next(1, A.path) == ""
    assert "left alone" in choice.error


def test_a_deleted_picture_stays_and_survives_a_restart(choice: PictureChoice, files: Files) -> None:
    files.looks[A.path] = Look(A.path)
    assert choice.next(1, A.path) == ""  # what is shown may stay
    choice.begin()
    assert choice.next(2, A.path) == A.path
    choice.refused(PictureError("The picture doesn't exist."))
    assert choice.next(2, A.path) == "/copies/a.png"
    choice.accepted("copy")
    assert "doesn't exist" in choice.error
    assert choice.note == "fitted."
    assert choice.next(3, A.path) == ""
    files.looks[A.path] = A  # it is back
    assert choice.next(4, A.path) == A.path
    choice.accepted("fitted.")
    assert choice.error == ""


def test_a_deleted_picture_without_a_copy_comes_back_with_its_file(choice: PictureChoice, files: Files) -> None:
    files.copies.clear()
    files.looks[A.path] = Look(A.path)
    choice.begin()
    for _ in range(2):  # the chosen one and the last good one, which are the same
        assert choice.next(1, A.path) == A.path
        choice.refused(PictureError("The picture doesn't exist."))
    assert choice.next(2, A.path) == ""
    files.looks[A.path] = A
    assert choice.next(3, A.path) == A.path


def test_a_picture_that_is_saved_again_is_taken_over(choice: PictureChoice, files: Files) -> None:
    files.looks[A.path] = A._replace(modified=7)
    assert choice.next(1, A.path) == A.path
    choice.refused(PictureError("It is truncated."))  # it is still being written
    assert choice.next(1, A.path) == ""
    assert "truncated" in choice.error
    files.looks[A.path] = A._replace(modified=8)
    assert choice.next(2, A.path) == A.path
    choice.accepted("")
    assert choice.error == ""


def test_a_drive_that_does_not_answer_leaves_the_good_one(choice: PictureChoice, files: Files) -> None:
    files.looks["//share/c.png"] = None
    choice.begin()
    assert choice.next(10, "//share/c.png") == ""
    assert choice.waiting
    assert choice.next(10 + SLOW_SECONDS, "//share/c.png") == "/copies/a.png"
    choice.accepted("")
    assert "c.png can't be reached" in choice.error
    files.looks["//share/c.png"] = Look("//share/c.png", 3, 3)
    assert choice.next(20, "//share/c.png") == "//share/c.png"
    choice.accepted("")
    assert choice.error == ""


def test_an_error_of_a_layout_goes_with_it_and_one_of_another_picture_stays(choice: PictureChoice) -> None:
    choice.refused(PictureError("a.png shows nothing but one colour."))  # laid out without its background
    assert choice.error
    choice.noted("as it is.")
    assert (choice.error, choice.note) == ("", "as it is.")
    assert choice.next(1, B.path) == B.path
    choice.refused(PictureError("b.png is no picture."))
    choice.noted("nudged.")
    assert "b.png" in choice.error
