"""What the engine and the core say, in the user's language: errors, remedies, notes, reasons.

They say it in English, as their logs do. Here the template that a sentence was made from is found again, and the user's
language has its own: the plain files `locale/*.sentences.ini`, a line `"There is no device {number}."="…"` each. A
sentence that has no template there stays as it is.
"""

import functools
import re
import string
from pathlib import Path
from typing import NamedTuple, Optional

from ezvtb.errors import as_typed
from ezvtb_obs import texts

_END = r"[.!?…。]"
"""What ends a sentence, where a space follows. Several come in one string: an error with its remedy, for example."""
_WITHIN = rf"(?:(?!{_END}\s).)+?"
"""What a field within a sentence may hold: no other sentence."""
_UNKNOWN = re.compile(rf".+?(?:(?<={_END})(?=\s)|$)", re.DOTALL)
_SPACE = re.compile(r"\s*")

_KEPT = 256
"""Strings whose translation is remembered: the status says the same things every second."""


def told(english: str) -> str:
    """The same sentences in the user's language; what has no words there stays, as does what is in it already.

    Commands in them are as a user types them.
    """
    return as_typed(_told(english, texts.language()))


def load(language: str, folder: Path = texts.FOLDER) -> "dict[str, str]":
    """That language's sentences by the English ones, as templates. What is wrong with its file is logged."""
    file = folder / f"{language}.sentences.ini"
    return texts.read(file, str) if file.exists() else {}


class _Template(NamedTuple):
    pattern: "re.Pattern[str]"
    """Of the English sentence, from its beginning."""
    words: str
    length: int
    """Characters beside the fields."""
    begins_with: Optional[str]
    """The field that it begins with."""


class Phrasebook:
    """The sentences of one language."""

    def __init__(self, sentences: "dict[str, str]") -> None:
        """By the English ones; fields have the same names in both."""
        self._templates = [_template(english, words) for english, words in sentences.items()]

    def translate(self, english: str) -> str:
        """One sentence after the other, and what their fields hold."""
        translated, at = [], 0
        while at < len(english):
            space = _SPACE.match(english, at)
            assert space is not None
            said, at = self._first(english, space.end())
            translated += [space[0], said]
        return "".join(translated)

    def _first(self, english: str, at: int) -> "tuple[str, int]":
        """The sentence that begins there, and where it ends."""
        fitting = [(match, each) for each in self._templates if (match := each.pattern.match(english, at))]
        if fitting:
            match, template = min(fitting, key=_depth)
            held = {name: self.translate(value) for name, value in match.groupdict().items()}
            return template.words.format(**held), match.end()
        unknown = _UNKNOWN.match(english, at)
        return (unknown[0], unknown.end()) if unknown else ("", len(english))


def _depth(fitting: "tuple[re.Match[str], _Template]") -> "tuple[int, int]":
    """Of several templates that fit, the least was meant: its words begin first, else it has the most of them.

    One that begins later fits only because its first field swallows the beginning of a sentence around it.
    """
    match, template = fitting
    return match.end(template.begins_with) if template.begins_with else match.start(), -template.length


def _template(english: str, words: str) -> _Template:
    parts = [(literal, field) for literal, field, _, _ in string.Formatter().parse(english)]
    last = len(parts) - 1
    pattern = "".join(re.escape(literal) + _field(field, within=i < last) for i, (literal, field) in enumerate(parts))
    # one that ends with a field ends with its first sentence: the next ones are translated by themselves
    end = r"(?=\s|$)" if parts[last][1] is None and english[-1] in ".!?" else rf"(?:(?<={_END})(?=\s)|$)"
    begins_with = parts[0][1] if not parts[0][0] else None
    length = sum(len(literal) for literal, _ in parts)
    return _Template(re.compile(pattern + end, re.DOTALL), words, length, begins_with)


def _field(name: Optional[str], *, within: bool) -> str:
    return f"(?P<{name}>{_WITHIN if within else '.+?'})" if name is not None else ""


@functools.lru_cache(maxsize=_KEPT)
def _told(english: str, language: str) -> str:
    book = _book(language)
    return book.translate(english) if book else english


@functools.cache
def _book(language: str) -> Optional[Phrasebook]:
    """None: English is spoken."""
    sentences = load(language)
    return Phrasebook(sentences) if sentences else None
