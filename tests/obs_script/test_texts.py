"""The words of the user's language: every text is there, and a bad file costs no more than English in its place."""

import ast
import dataclasses
import itertools
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import as_typed
from ezvtb.tracking.following import ENGLISH as HEARD
from ezvtb_obs import handover, hotkeys, libobs, properties, status, texts
from ezvtb_obs.presets import PRESETS
from ezvtb_obs.properties import GROUPS, TOP
from ezvtb_obs.settings import Settings

from .test_properties import LIMITED, build

CODE = Path(texts.__file__).parent.parent
LANGUAGES = ("zh-CN", "zh-TW", "ja-JP", "ko-KR")

SYMBOLS = {
    "limited",
    "report.computed",
    "report.kept",
    "unit.percent",
    "unit.degrees",
    "unit.fps",
    "unit.gb",
    *(f"interpolation.{count}" for count in (2, 3, 4)),
}
"""The same in every language, if they like."""
LITERAL = re.compile(r"\w+=[\d.]+|\d+x\d+|\d+(?:\.\d+){3}|python -m [\w.]+ \w+|<[^>]+>|EZVTB Avatar")
"""What is typed or read as it is."""
REPORTED = (
    ("tha", "x", "fp32"),
    ("rife", "x", "fp16"),
    ("sr", "x", "bf16"),
    ("sr", "absent", ""),
    ("cacher", "RAM", "lossless"),
    ("cacher", "database", "quality 85"),
)
"""Lines of the report: component, backend, precision."""
NAMED = (("simplify", "8"), ("cache", "ram"), ("cache", "database"), ("tracker", "any"))
"""Choices that the tool tips of their properties speak of."""


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    texts.use(texts.ENGLISH)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> "list[str]":
    lines: list[str] = []
    monkeypatch.setattr(libobs, "log", lambda line, _level: lines.append(line))
    return lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of locale files: an English one."""
    (tmp_path / "en-US.ini").write_text('a="One"\nb="Two {count}"\n', "utf-8")
    return tmp_path


class Asked(dict[str, str]):
    """Texts that note which keys are asked for."""

    def __init__(self, known: "dict[str, str]") -> None:
        super().__init__(known)
        self.keys_asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked.add(key)
        return super().get(key, default)


def written_keys() -> "set[str]":
    """The keys that stand in the code as the first argument of `text` or `say`."""
    found = set()
    for file in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text" and node.args:
                key = node.args[0]
                found |= {key.value} if isinstance(key, ast.Constant) and isinstance(key.value, str) else set()
    return found


def computed_keys() -> "set[str]":
    """The keys that the code puts together: of the panel, the status, the handover and the hotkeys."""
    asked = Asked(texts.load(texts.ENGLISH))
    texts._spoken[:] = [asked]
    build(present=Settings(microphone="Gone"), devices=({"id": 0, "name": "CPU"},), limits=LIMITED)
    build(present=Settings(fps_limit=7))
    for preset, by_itself in itertools.product(PRESETS.values(), (True, False)):
        build(present=Settings(**preset, chosen_by_itself=by_itself))
    phases = [getattr(status, name) for name in ("NO_PICTURE", "STARTING", "READING", "PLAYING")]
    phases += [status.PAUSED, status.STOPPED, status.WAITING]
    status.sentences(status.Facts())
    counters = {"cacher_hits": 1, "notes": ["x"], "cpu": 1}
    whole = status.Facts(picture_error="x", engine_error="x", statistics=counters)
    status.sentences(status.Facts(phase=status.PLAYING, statistics={**counters, "avatars": 2}))
    for phase, silent, has_avatar, cost, restarts in itertools.product(phases, (0, 9), (True, False), (0, 9), range(3)):
        facts = dataclasses.replace(whole, phase=phase, silent_seconds=silent, has_avatar=has_avatar)
        status.sentences(dataclasses.replace(facts, engine_ms=cost, restarts=restarts))
    for component, backend, precision in REPORTED:
        device = "" if component == "cacher" else "x"
        part = {"component": component, "backend": backend, "device": device, "precision": precision}
        status.sentences(status.Facts(report=(part,)))
    return asked.keys_asked | {*handover._REASONS.values()} | {name.partition(".")[2] for name in hotkeys.HOTKEYS}


def test_english_has_every_text_that_is_asked_for_and_no_other(logged: "list[str]") -> None:
    english = texts.load(texts.ENGLISH)
    assert not logged
    assert written_keys() | computed_keys() | set(HEARD) == set(english)
    assert {key: words for key, words in english.items() if key in HEARD} == HEARD
    for words in english.values():
        named = [(field, form, how) for _, field, form, how in string.Formatter().parse(words) if field is not None]
        assert all(field.isidentifier() and not form and not how for field, form, how in named)


def test_every_property_and_group_has_a_label() -> None:
    english = texts.load(texts.ENGLISH)
    names = {each.name for each in (*TOP, *itertools.chain(*GROUPS.values()))} | set(GROUPS)
    assert names - {properties.TROUBLE, properties.STATUS} <= set(english)


def test_the_languages_are_those_that_are_tested() -> None:
    sentences = {f"{language}.sentences" for language in LANGUAGES}  # English is what they are found by
    assert {file.stem for file in texts.FOLDER.iterdir()} == {texts.ENGLISH, *LANGUAGES} | sentences


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_whole_and_says_the_same_things(language: str, logged: "list[str]") -> None:
    english = texts.load(texts.ENGLISH)
    found, broken = texts.parse((texts.FOLDER / f"{language}.ini").read_text("utf-8"))
    assert not broken
    assert set(found) == set(english)
    for key, words in found.items():
        assert words.strip()
        assert texts.fields(words) == texts.fields(english[key]), key
        assert sorted(LITERAL.findall(words)) == sorted(LITERAL.findall(english[key])), key
        assert key in SYMBOLS or any(letter > "\u2e7f" for letter in words), f"{key} is not translated"
    assert texts.load(language) == found
    assert not logged


@pytest.mark.parametrize("language", [texts.ENGLISH, *LANGUAGES])
def test_a_tool_tip_calls_a_choice_by_its_name(language: str) -> None:
    found = texts.load(language)
    for name, choice in NAMED:
        assert found[f"{name}.{choice}"] in found[f"{name}.hint"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_panel_is_built_in_every_language(language: str) -> None:
    texts.use(language)
    made = build()
    found = texts.load(language)
    assert made["cache"]["label"] == found["cache"]
    assert [words.decode() for words, _ in made["cache"]["list_add_string"]] == [
        found[f"cache.{choice}"] for choice in ("off", "ram", "database")
    ]
    assert status.sentences(status.Facts()) == [found["status.no_picture"]]


def test_a_text_has_its_fields_filled_in_and_others_are_ignored() -> None:
    assert texts.text("status.waiting", retry=4, other=1) == "The engine is down; it is started again in 4 s."
    assert texts.text("status.note", note="a {brace}") == "Note: a {brace}"
    assert texts.hint("fps_limit", usual_fps=30).startswith("Frames a second at most; 30 ")
    assert texts.hint("refresh") == ""
    assert texts.text("there is no such") == "there is no such"


def test_it_is_read_when_it_is_needed_and_outside_of_obs_english() -> None:
    texts._spoken.clear()
    texts._language.clear()
    assert texts.text("picture") == "Picture"
    assert texts.language() == texts.ENGLISH


@pytest.mark.parametrize(
    ("given_language", "expected"), [(b"xx-YY", "Eins"), (b"en-GB", "One"), (b"", "One"), (None, "One")]
)
def test_the_language_is_that_of_obs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, given_language: Any, expected: str
) -> None:
    class Obs:
        def obs_get_locale(self) -> Any:
            return given_language

    (folder / "xx-YY.ini").write_text('a="Eins"\n', "utf-8")
    load = texts.load
    monkeypatch.setattr(libobs, "load", Obs)
    monkeypatch.setattr(texts, "load", lambda language: load(language, folder))
    texts._spoken.clear()
    texts._language.clear()
    assert texts.text("a") == expected
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("content", "texts_found", "broken"),
    [
        ('a="b"', {"a": "b"}, []),
        ('  a.b_1  =  "b c"  \r\n\n# a comment\n;no="x"', {"a.b_1": "b c"}, [4]),
        (r'a="say \"hi\"\nand \\ go"', {"a": 'say "hi"\nand \\ go'}, []),
        ('a="b\na=b"\n="b"\na="b" c\na\na=""', {}, [1, 2, 3, 4, 5, 6]),
        ('a="b"\na="c"', {"a": "b"}, [2]),
        (r'"say \"a\": {b}."="c"' + '\n"say"', {'say "a": {b}.': "c"}, [2]),
        ('a="\u2028 \x85 日本語"', {"a": "\u2028 \x85 日本語"}, []),
    ],
)
def test_a_file_has_one_text_a_line(content: str, texts_found: "dict[str, str]", broken: "list[int]") -> None:
    assert texts.parse(content) == (texts_found, broken)


@given(st.text())
def test_no_file_ends_the_parser_and_each_line_is_a_text_or_broken_or_nothing(content: str) -> None:
    found, broken = texts.parse(content)
    assert len(found) + len(broken) <= content.count("\n") + 1
    for words in found.values():
        texts.fields(words)


@given(st.dictionaries(st.from_regex(r"[a-z_.0-9]+", fullmatch=True), st.text(min_size=1)))
def test_what_is_escaped_comes_back(wanted: "dict[str, str]") -> None:
    lines = []
    for key, words in wanted.items():
        escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(f'{key}="{escaped}"')
    assert texts.parse("\n".join(lines)) == (wanted, [])


@pytest.mark.parametrize(
    ("content", "a", "complaint"),
    [
        (b'a="Eins"\nb="Zwei {count}"', "Eins", ""),
        (b'\xef\xbb\xbfa="Eins"', "Eins", ""),
        (b'a="Eins\nb="Zwei {count}"', "One", "line 1"),
        (b'broken\na="Eins"', "Eins", "line 1"),
        (b'a="Eins {number}"', "One", " a"),
        (b'a="Eins {"', "One", " a"),
        (b'a="Eins {}"', "One", " a"),
        (b'a="Eins"\nb="Zwei {count:x}"', "Eins", " b"),
        (b'a="Eins"\nb="Zwei {count!r}"', "Eins", " b"),
        (b'a="Eins"\nb="Zwei {count.real}"', "Eins", " b"),
        ('a="Eins"'.encode("utf-16"), "One", "can't be read"),
        ('a="Größe"'.encode("latin-1"), "One", "can't be read"),
        (b"", "One", ""),
        (b"\0\0\0", "One", "line 1"),
    ],
)
def test_what_is_wrong_in_a_file_is_logged_and_english_there(
    folder: Path, logged: "list[str]", content: bytes, a: str, complaint: str
) -> None:
    (folder / "xx-YY.ini").write_bytes(content)
    found = texts.load("xx-YY", folder)
    assert found["a"] == a
    assert "2" in found["b"].format(count=2)
    assert [complaint in line and "xx-YY.ini" in line for line in logged] == [True] * bool(complaint)


def test_without_any_file_the_keys_are_shown_and_that_is_logged(tmp_path: Path, logged: "list[str]") -> None:
    assert texts.load("ja-JP", tmp_path) == {}
    assert "en-US.ini" in logged[0]


@pytest.mark.parametrize("language", ["en-US", "ja-JP", "ko-KR", "zh-CN", "zh-TW"])
def test_a_command_in_a_tool_tip_is_as_its_reader_types_it(language: str) -> None:
    texts.use(language)
    for name, command in (
        ("model", "import FOLDER"),
        ("sr", "install realesr_animevideov3 waifu2x_upconv7"),
        ("preset_quality", "install realesr_animevideov3"),
    ):
        tip = texts.hint(name)
        assert as_typed(f"`python -m ezvtb.models {command}`") in tip
        assert "`python " not in tip
