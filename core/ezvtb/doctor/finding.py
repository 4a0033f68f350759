"""What a check finds."""

from enum import Enum
from typing import Any, NamedTuple

from ezvtb.errors import EzvtbError


class Verdict(str, Enum):
    """How a section stands."""

    OK = "ok"
    WARNING = "warning"
    TROUBLE = "trouble"
    SKIPPED = "skipped"


class Problem(NamedTuple):
    """What isn't as it should be."""

    text: str
    """A sentence or two."""
    remedy: str = ""
    """What to do about it."""
    grave: bool = False
    """Whether there can be no avatar until it is put right."""


class Finding(NamedTuple):
    """What a check has to say: facts, a line each, and problems."""

    facts: "list[str]"
    problems: "list[Problem]"
    tried: bool = True
    """Whether the check was made."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the problems."""
        if not self.tried:
            return Verdict.SKIPPED
        if any(problem.grave for problem in self.problems):
            return Verdict.TROUBLE
        return Verdict.WARNING if self.problems else Verdict.OK

    @classmethod
    def from_json(cls, value: "dict[str, Any]") -> "Finding":
        """What `json.dumps(finding._asdict())` was made of."""
        return cls(list(value["facts"]), [Problem(*each) for each in value["problems"]], bool(value["tried"]))


def problem_of(error: EzvtbError, grave: bool = False) -> Problem:
    """An error of ours as a problem."""
    return Problem(error.message, error.remedy, grave)
