"""The words that the user sees, in OBS's own language: the plain files in `locale`, in the format of OBS's own.

A setting, a button or a group has its name as key, its tool tip the name and ".hint", a choice of a list the name and
the value. English has every text. It stands in for what another language lacks, or has with other {fields}.
What the engine says has a file of its own for each language: see `sentences`.
"""

import re
import string
from pathlib import Path
from typing import Callable, Optional

from ezvtb.errors import as_typed
from ezvtb_obs import libobs

FOLDER = Path(__file__).with_name("locale")
ENGLISH = "en-US"

_QUOTED = r'"((?:[^"\\]|\\.)+)"'
_LINE = re.compile(rf"\s*(?:([\w.]+)|{_QUOTED})\s*=\s*{_QUOTED}\s*")
_ESCAPES = {"n": "\n"}

_spoken: "list[dict[str, str]]" = []
_language: "list[str]" = []


def text(key: str, **fields: object) -> str:
    """That text in the user's language, with its fields filled in; those that it hasn't are ignored.

    A key that not even English has comes back as it is.
    """
    return _texts().get(key, key).format(**fields)


def hint(name: str, **fields: object) -> str:
    """The tool tip of that property, as `text`; "" if it has none. Commands in it are as a user types them."""
    key = f"{name}.hint"
    return as_typed(text(key, **fields)) if key in _texts() else ""


def language() -> str:
    """The user's, "ja-JP" for example."""
    if not _language:
        _language[:] = [_language_of_obs()]
    return _language[0]


def use(language: str) -> None:
    """Speaks that language from now on, instead of OBS's: for tests, and where there is no OBS."""
    _spoken[:], _language[:] = [load(language)], [language]


def load(language: str, folder: Path = FOLDER) -> "dict[str, str]":
    """All texts by key; English where that language has none. What is wrong with its file is logged."""
    english = read(folder / f"{ENGLISH}.ini")
    file = folder / f"{language}.ini"
    if language == ENGLISH or not file.exists():
        return english
    return {**english, **read(file, lambda key: english.get(key, ""))}


def read(file: Path, original: "Optional[Callable[[str], str]]" = None) -> "dict[str, str]":
    """The texts of one file that can be used; what is wrong with it is logged.

    `original` gives the English one of a key: the text has the same fields.
    """
    try:
        found, broken = parse(file.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        libobs.log(f"the texts of {file.name} can't be read: {error}", libobs.LOG_WARNING)
        return {}
    usable = {}
    wrong = [f"line {number}" for number in broken]
    for key, words in found.items():
        filled_in = fields(words)
        if filled_in is None or (original is not None and filled_in != fields(original(key))):
            wrong.append(key)
        else:
            usable[key] = words
    if wrong:
        libobs.log(f"{file.name}: English is shown for what is wrong there: {', '.join(wrong)}", libobs.LOG_WARNING)
    return usable


def parse(content: str) -> "tuple[dict[str, str], list[int]]":
    r"""The texts by key, and the numbers of the lines that are no `Key="Text"`, no "# comment" and not empty.

    As in OBS's files, \" in a text is a quotation mark and \n a new line. Of several texts of one key the first counts.
    A key may stand in quotation marks, and is then like a text.
    """
    texts: dict[str, str] = {}
    broken = []
    for number, line in enumerate(content.split("\n"), 1):
        match = _LINE.fullmatch(line)
        key = (match[1] or _unescaped(match[2])) if match else ""
        if match and key not in texts:
            texts[key] = _unescaped(match[3])
        elif line.strip() and not line.lstrip().startswith("#"):
            broken.append(number)
    return texts, broken


def _unescaped(written: str) -> str:
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), written)


def fields(words: str) -> "Optional[frozenset[tuple[Optional[str], ...]]]":
    """What `words.format` would fill in, and how; None if it could not."""
    try:
        return frozenset(field[1:] for field in string.Formatter().parse(words) if field[1] is not None)
    except ValueError:
        return None


def _texts() -> "dict[str, str]":
    if not _spoken:
        use(language())
    return _spoken[0]


def _language_of_obs() -> str:
    """OBS's language, "ja-JP" for example; it changes only with a restart of OBS. Outside of OBS English."""
    try:
        return (libobs.load().obs_get_locale() or b"").decode("ascii", "replace")
    except OSError:
        return ENGLISH
