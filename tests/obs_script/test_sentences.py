"""What the engine says, in the user's language: every sentence has its words, and is found again in what is said."""

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb_obs import libobs, sentences, texts
from ezvtb_obs.sentences import Phrasebook, told

from .test_texts import LANGUAGES, LITERAL
from .written_sentences import split

WORDS = {language: sentences.load(language) for language in LANGUAGES}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    texts.use(texts.ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_sound_and_says_the_same_things(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[str] = []
    monkeypatch.setattr(libobs, "log", lambda line, _level: complaints.append(line))
    found, broken = texts.parse((texts.FOLDER / f"{language}.sentences.ini").read_text("utf-8"))
    assert (found, broken) == (WORDS[language], [])
    assert sentences.load(language) == found
    assert not complaints
    for english, words in found.items():
        names = [name for _, name, _, _ in string.Formatter().parse(english) if name is not None]
        assert all(name.isidentifier() for name in names)
        assert len(names) == len(set(names)), english
        assert split(english) == [english], "several sentences"
        assert sorted(LITERAL.findall(words)) == sorted(LITERAL.findall(english)), english
        assert any(letter > "\u2e7f" for letter in words), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_is_told_by_its_own_words(language: str) -> None:
    """No other template is mistaken for it, and all together are told one after the other."""
    texts.use(language)
    pairs = []
    for english, words in WORDS[language].items():
        names = [name for _, name, _, _ in string.Formatter().parse(english) if name is not None]
        fields = {name: f"«{number}»" for number, name in enumerate(names)}
        pairs.append((english.format(**fields), words.format(**fields)))
    assert [(english, told(english)) for english, _ in pairs] == pairs
    whole = [pair for pair in pairs if pair[0].endswith(".")]
    assert told(" ".join(english for english, _ in whole)) == " ".join(words for _, words in whole)


BOOK = Phrasebook(
    {
        "{name} can't be read: {error}.": "{error} verhindert, {name} zu lesen.",
        "{name} was left: {error}": "{name} bleibt: {error}",
        "Save it anew.": "Neu speichern.",
        "Until then {what} is used.": "Bis dahin: {what}.",
        "the other one": "der andere",
        "{name} can't be read: it is empty.": "{name} ist leer.",
    }
)


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("", ""),
        ("Save it anew.", "Neu speichern."),
        ("a.png can't be read: no end. Save it anew.", "no end verhindert, a.png zu lesen. Neu speichern."),
        ("a.png can't be read: it is empty. Save it anew.", "a.png ist leer. Neu speichern."),
        ("Nobody knows this. Save it anew. Nor this", "Nobody knows this. Neu speichern. Nor this"),
        ("Until then the other one is used.", "Bis dahin: der andere."),
        ("b was left: a.png can't be read: 3. Save it anew.", "b bleibt: 3 verhindert, a.png zu lesen. Neu speichern."),
        ("Unknown. a can't be read: [x] {y} 1.5.", "Unknown. [x] {y} 1.5 verhindert, a zu lesen."),
        ("a can't be read: two\nlines.", "two\nlines verhindert, a zu lesen."),
        ("これは日本語です。 Save it anew.", "これは日本語です。 Neu speichern."),
        ("Save it anew", "Save it anew"),
        ("Save it anew.txt", "Save it anew.txt"),
    ],
)
def test_sentences_are_found_in_what_is_said(english: str, expected: str) -> None:
    assert BOOK.translate(english) == expected


@given(st.text())
def test_whatever_is_said_can_be_told(english: str) -> None:
    assert Phrasebook({}).translate(english) == english
    BOOK.translate(english)


@given(st.lists(st.sampled_from(["Save it anew.", "Unknown.", "x can't be read: y.", "the other one", " "])))
def test_one_sentence_after_another_is_as_each_for_itself(said: "list[str]") -> None:
    ended = [each for each in said if each.endswith(".")]
    assert BOOK.translate(" ".join(ended)) == " ".join(map(BOOK.translate, ended))


def test_english_stays_and_a_language_without_a_file_speaks_it() -> None:
    for language in (texts.ENGLISH, "fr-FR"):
        texts.use(language)
        assert told("No picture is chosen.") == "No picture is chosen."


def test_what_is_wrong_in_a_file_is_logged_and_english_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[str] = []
    monkeypatch.setattr(libobs, "log", lambda line, _level: complaints.append(line))
    (tmp_path / "xx.sentences.ini").write_text(
        '"A \\"b\\" {c}."="{c} B."\n"No {a}."="Kein {b}."\n"Half="\n"Two."="Zwei {', "utf-8"
    )
    assert sentences.load("xx", tmp_path) == {'A "b" {c}.': "{c} B."}
    (complaint,) = complaints
    assert re.search(r"xx\.sentences\.ini: .*line 3, line 4, No \{a\}\.", complaint)
    assert sentences.load("yy", tmp_path) == {}
