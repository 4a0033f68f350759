"""The expressions' names in every language."""

from collections.abc import Iterator

import pytest

from ezvtb.errors import ParseError
from ezvtb.tracking import expressions
from ezvtb.tracking.expressions import EXPRESSIONS
from ezvtb_obs import expression_names, texts

from .test_texts import LANGUAGES


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    texts.use(texts.ENGLISH)


@pytest.mark.parametrize("language", [texts.ENGLISH, *LANGUAGES])
@pytest.mark.parametrize("spoken_now", [texts.ENGLISH, "ja-JP", "fr-FR"])
def test_a_name_is_understood_whatever_language_is_spoken_now(language: str, spoken_now: str) -> None:
    texts.use(language)
    shown = [expression_names.shown(name) for name in EXPRESSIONS]
    texts.use(spoken_now)
    assert [expression_names.parse(f" {name} ") for name in shown] == [expressions.parse(name) for name in EXPRESSIONS]


@pytest.mark.parametrize("written", ["", "mouth_smirk=1, eye_wink_left=0.8", "smile"])
def test_what_is_no_name_is_read_as_ever(written: str) -> None:
    assert expression_names.parse(written) == expressions.parse(written)


def test_what_nobody_knows_is_said() -> None:
    with pytest.raises(ParseError, match="grin"):
        expression_names.parse("grin")


def test_in_english_they_are_called_what_they_are() -> None:
    assert list(map(expression_names.shown, EXPRESSIONS)) == list(EXPRESSIONS)
