"""The expressions by their names in the user's language: an editable list of OBS keeps what it shows."""

import functools

from ezvtb.tracking import expressions
from ezvtb.tracking.expressions import EXPRESSIONS, Expression
from ezvtb_obs import texts


def shown(name: str) -> str:
    """The user's word for one of `EXPRESSIONS`."""
    return texts.text(_key(name))


def parse(written: str) -> Expression:
    """As `expressions.parse`; it understands the names of every language: OBS's may have changed meanwhile."""
    return expressions.parse(_names().get(written.strip().lower(), written))


@functools.cache
def _names() -> "dict[str, str]":
    files = [texts.read(file) for file in texts.FOLDER.glob("*-??.ini")]
    return {words[key].lower(): name for words in files for name in EXPRESSIONS if (key := _key(name)) in words}


def _key(name: str) -> str:
    return f"expression.{name.lower()}"
