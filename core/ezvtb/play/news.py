"""The status as news: what changed, and not every figure that did."""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"\d+([.,]\d+)*")


class News:
    """Remembers what was said last."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def of(self, sentences: Sequence[str]) -> "list[str]":
        """Those that differ from each of the last call's in more than numbers."""
        known, self._known = self._known, {_NUMBER.sub("0", each) for each in sentences}
        return [each for each in sentences if _NUMBER.sub("0", each) not in known]
