import io
import os
import sys
from collections.abc import Iterator

import pytest

from ezvtb.track import terminal, view


class Stream(io.TextIOWrapper):
    def __init__(self, encoding: str = "utf-8", person: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self.person = person

    def isatty(self) -> bool:
        return self.person

    @property
    def text(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    yield


@pytest.mark.parametrize(
    ("encoding", "style"), [("utf-8", view.COLOURED), ("cp1252", view.PLAIN), ("ascii", view.PLAIN)]
)
def test_blocks_are_drawn_only_where_they_can_be_encoded(encoding: str, style: view.Style) -> None:
    assert terminal.style_of(Stream(encoding)) == style


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.style_of(Stream()) == view.BLOCKS


@pytest.mark.skipif(sys.platform == "win32", reason="the console itself is asked there")
def test_a_terminal_is_a_screen_and_a_pipe_or_a_dumb_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.is_screen(Stream())
    assert not terminal.is_screen(Stream(person=False))
    monkeypatch.setenv("TERM", "dumb")
    assert not terminal.is_screen(Stream())


def test_the_terminal_is_left_as_it_was_even_after_an_error() -> None:
    stream = Stream()
    with pytest.raises(KeyboardInterrupt), terminal.screen(stream):
        terminal.draw(stream, ["one", "two"], 3)
        raise KeyboardInterrupt
    drawn = "\x1b[H\x1b[Kone\n\x1b[Ktwo\n\x1b[K".replace("\n", os.linesep)
    assert stream.text == f"\x1b[?1049h\x1b[?25l{drawn}\x1b[?25h\x1b[?1049l"
