"""What the engine says, in the user's language: every sentence has its words, and is found again in what is said."""

import re
import socket
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.cacher.database_file import Trouble
from ezvtb.errors import as_typed
from ezvtb.tracking.endpoint import Endpoint
from ezvtb_obs import libobs, sentences, status, texts
from ezvtb_obs.sentences import Phrasebook, told
from ezvtb_obs.trackers import Trackers

from .test_texts import LANGUAGES, LITERAL
from .written_sentences import Sentence, shape, split, written

UNSEEN = {
    "ezvtb.backends.background_build:text": "the panel has texts of its own for the build",
    "ezvtb.backends.tensorrt_build:_say": "at the command line",
    "ezvtb.cutout.__main__:main": "its --help, at the command line",
    "ezvtb.session:__init__": "in the log: at which message it failed",
    "ezvtb.limits": "the panel greys an option, with a text of its own",
    "ezvtb.models.download": "the engine downloads nothing",
    "ezvtb.models.store:problems": "at the command line",
    "ezvtb.options": "a wrong option is a fault of the script",
    "ezvtb.tracking.receiver:events": "in the log",
    "ezvtb_obs.revival": "the name of a source that is removed at once",
    "ezvtb_obs.senses": "in the log",
}
"""Where sentences stand that no panel shows, and why."""

FOREIGN = {
    "ezvtb.backends.devices": "Linux's",
    "ezvtb.backends.loss": "the runtimes'",
    "ezvtb.cacher.database_file": "SQLite's",
    "ezvtb.tracking.protocols.vmc": "the protocol's",
}
"""Where pieces of a sentence stand that are others' words, and whose."""

WORDS = {language: sentences.load(language) for language in LANGUAGES}
CODE = written()
IN_TEXTS = {shape(part) for words in texts.load(texts.ENGLISH).values() for part in split(words)}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    texts.use(texts.ENGLISH)


def may_be_shown(sentence: Sentence) -> bool:
    """Whether it is English that a panel may show and that isn't in the files of `texts`."""
    module = sentence.module.partition(":")[0]
    return (
        sentence.is_prose
        and shape(sentence.template) not in IN_TEXTS
        and not {module, sentence.module} & UNSEEN.keys()
        and (sentence.is_whole or module not in FOREIGN)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_panel_may_show_is_translated(language: str) -> None:
    translated = set(map(shape, WORDS[language]))
    missing = [each for each in CODE if may_be_shown(each) and each.template not in translated]
    told_of = "\n".join(f"{each.module}, line {each.line}: {each.template}" for each in missing)
    assert not missing, f"locale/{language}.sentences.ini lacks these, with names for fields:\n{told_of}"
    assert {kind.value for kind in Trouble} <= translated


def test_no_exception_is_made_for_nothing() -> None:
    prose = [each for each in CODE if each.is_prose]
    modules = {each.module.partition(":")[0] for each in prose}
    assert UNSEEN.keys() <= modules | {each.module for each in prose}
    assert FOREIGN.keys() <= {each.module.partition(":")[0] for each in prose if not each.is_whole}


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_translated_is_still_said(language: str) -> None:
    said = {each.template for each in CODE}
    assert [english for english in WORDS[language] if shape(english) not in said] == []


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
        pairs.append((english.format(**fields), as_typed(words.format(**fields))))
    assert [(english, told(english)) for english, _ in pairs] == pairs
    whole = [pair for pair in pairs if pair[0].endswith(".")]
    assert told(" ".join(english for english, _ in whole)) == " ".join(words for _, words in whole)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_status_full_of_trouble_has_no_english_word(language: str) -> None:
    texts.use(language)
    trouble = "No picture is chosen. Choose a PNG of your character."
    report = [
        {"component": "tha", "backend": "7", "device": "7", "precision": "bf16", "why": trouble},
        {"component": "rife", "backend": "absent", "device": "", "precision": "", "why": trouble},
        {"component": "cacher", "backend": "RAM", "device": "", "precision": "quality 85", "why": trouble},
    ]
    build = {"state": "failed", "error": trouble}
    for phase in (status.NO_PICTURE, status.STARTING, status.READING, status.PLAYING, status.WAITING):
        facts = status.Facts(
            phase=phase,
            picture_error=trouble,
            picture_note=trouble,
            progress="Loading the models.",
            report=tuple(report),
            engine_error=trouble,
            statistics={"notes": [trouble], "build": build},
        )
        for line in status.sentences(facts):
            assert set(re.findall("[A-Za-z]+", line)) <= {"PNG", "bf", "TensorRT", "CPU", "GPU"}, line


def test_the_tracker_s_trouble_is_told() -> None:
    texts.use("ja-JP")
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        tracker = Trackers().acquire(Endpoint(port=port, tracker="VMC"))
        try:
            wanted = told(f"UDP port {port} is already used by another program.")
            assert not wanted.isascii()
            assert wanted in tracker.status(0.0)
        finally:
            tracker.close()


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


@pytest.mark.parametrize("language", ["en-US", *LANGUAGES])
def test_a_command_is_one_that_a_user_can_type_in_the_projects_folder(language: str) -> None:
    texts.use(language)
    said = told(
        "The model rife40 is not installed. Run `python -m ezvtb.models install rife40` in the project's folder."
    )
    assert re.search(r"`\.venv\S+python -m ezvtb\.models install rife40`", said)
