import threading

import numpy as np
import pytest

from ezvtb.errors import OutputError
from ezvtb.play.stage import Shown
from ezvtb.play.worker import Worker


class Notebook:
    """A writer that notes moments, waits where it is told to, and fails at a negative one."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, shown: Shown) -> None:
        self.begun.set()
        assert self.go_on.wait(60)
        if shown.moment < 0:
            raise OutputError("The disk is full.", "Make room.")
        self.moments.append(shown.moment)

    def finish(self, end: float) -> str:
        return f"until {end}"


def frame(moment: float) -> Shown:
    return Shown(moment, np.zeros((1, 1, 4), np.uint8))


def test_what_waits_is_written_before_the_end() -> None:
    book = Notebook()
    worker = Worker(book, room=8)
    for moment in range(5):
        worker.show(frame(moment))
    book.go_on.set()
    assert worker.finish(5.0) == "until 5.0"
    assert book.moments == [0, 1, 2, 3, 4]
    assert worker.lost == 0


def test_a_slow_writer_loses_the_oldest_and_nobody_waits_for_it() -> None:
    book = Notebook()
    worker = Worker(book, room=2)
    worker.show(frame(0))
    assert book.begun.wait(60)
    for moment in range(1, 6):
        worker.show(frame(moment))
    book.go_on.set()
    worker.finish(6.0)
    assert book.moments == [0, 4, 5]
    assert worker.lost == 3


def test_a_writer_that_fails_is_seen_and_its_error_is_raised_at_the_end() -> None:
    book = Notebook()
    book.go_on.set()
    worker = Worker(book, room=2)
    worker.show(frame(-1))
    with pytest.raises(OutputError, match="The disk is full"):
        worker.finish(1.0)
    assert worker.failed
