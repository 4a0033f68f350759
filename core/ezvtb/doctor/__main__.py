"""`python -m ezvtb.doctor [--gpu] [--json]`: what works here, what doesn't and what to do. 0 if an avatar can live."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Optional

from ezvtb import edition
from ezvtb.doctor import apart, page, privacy
from ezvtb.doctor.finding import Finding, Problem, Verdict
from ezvtb.doctor.page import Result
from ezvtb.doctor.sections import GPU, GPU_TAKES, SECTIONS, Section
from ezvtb.errors import as_typed
from ezvtb.setup.console import accept_any_character


def main(arguments: "Optional[Sequence[str]]" = None) -> int:
    """Examines everything, prints the page; 0 if an avatar can live here, 1 if not."""
    parser = argparse.ArgumentParser(
        prog="python -m ezvtb.doctor",
        description="What works here, what doesn't and what to do: a page to paste into a bug report.",
        epilog="It changes nothing; --gpu builds the engines TensorRT lacks. Paths, user and computer are left out.",
    )
    parser.add_argument("--gpu", action="store_true", help="try every graphics card thoroughly, and measure it")
    parser.add_argument("--json", action="store_true", help="the page for programs")
    options = parser.parse_args(arguments)
    accept_any_character()
    if options.gpu:
        print(GPU_TAKES, file=sys.stderr)
    try:
        results = _examine((*SECTIONS, *(GPU if options.gpu else ())))
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    secret = privacy.known()
    made_by = privacy.concealed(edition.stamp(), secret)
    results = [result._replace(finding=_told(result.finding, secret)) for result in results]
    if options.json:
        print(json.dumps(page.data(results, made_by), indent=1))
    else:
        print(page.text(results, made_by), end="")
    return 0 if page.can_live(results) else 1


def _examine(sections: "Sequence[Section]") -> "list[Result]":
    """What the sections find, one after the other: some measure."""
    results: list[Result] = []
    for section in sections:
        broken = [each.title for each in results if each.finding.verdict in (Verdict.TROUBLE, Verdict.SKIPPED)]
        start = time.monotonic()
        if before := [title for title in section.needs if title in broken]:
            finding = Finding([f"not tried, as long as this is in trouble: {', '.join(before)}"], [], tried=False)
        else:
            with _shown(section.title):
                finding = apart.examine(section.function, section.seconds, section.vital)
        results.append(Result(section.title, finding, time.monotonic() - start))
    return results


@contextmanager
def _shown(title: str) -> "Iterator[None]":
    """Tells somebody who waits at a terminal what is being done, for as long as it is."""
    if not sys.stderr.isatty():
        yield
        return
    print(f"\r{title} ...", end="", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        print("\r" + " " * (len(title) + 4), end="\r", file=sys.stderr, flush=True)


def _told(finding: Finding, secret: privacy.Known) -> Finding:
    """The finding as it may be shown, with commands that a user can type in the project's folder."""

    def told(text: str) -> str:
        return privacy.concealed(as_typed(text), secret)

    problems = [Problem(told(each.text), told(each.remedy), each.grave) for each in finding.problems]
    return finding._replace(facts=[told(fact) for fact in finding.facts], problems=problems)


if __name__ == "__main__":
    sys.exit(main())
