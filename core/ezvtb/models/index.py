"""Where a wheel can be fetched: asks the package index that the user's own pip asks, so mirrors and proxies hold here.

The answer is read as PEP 691 JSON, or as the HTML page of PEP 503 where an index has no JSON.
"""

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from ezvtb.errors import DownloadError

from .manifest import Wheel

REMEDY = "Check the network connection, or set PIP_INDEX_URL to a package index that this machine can reach."
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
TIMEOUT = 30.0
"""Seconds without an answer after which an index counts as unreachable."""


@dataclass(frozen=True)
class Link:
    """A file to fetch; `headers` hold the index's credentials, where it has any."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


def index_url() -> str:
    """The address of the package index that pip is set up for on this machine."""
    if named := os.environ.get("PIP_INDEX_URL"):
        return named
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    if asked.returncode == 0 and asked.stdout.strip():
        return asked.stdout.strip()
    try:
        from pip._internal.models.index import PyPI  # noqa: PLC0415 (pip is optional, and slow to import)
    except ImportError as error:
        raise DownloadError("This Python has no pip to name its package index.", "Set PIP_INDEX_URL.") from error
    return str(PyPI.simple_url)


def find_wheel(wheel: Wheel) -> Link:
    """Where `wheel` is.

    Raises:
        DownloadError: the index can't be asked, has no such file, or has another one under that name.
    """
    page, headers = _without_credentials(f"{index_url().rstrip('/')}/{wheel.project}/")
    request = urllib.request.Request(page, headers={"Accept": ACCEPT, **headers})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            kind, body, page = answer.headers.get_content_type(), answer.read(), answer.url
        files = _from_json(body) if kind.endswith("json") else _from_html(body)
    except urllib.error.HTTPError as error:
        error.close()
        raise DownloadError(f"The package index did not list {wheel.project} ({error}).", REMEDY) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DownloadError(f"The package index did not list {wheel.project} ({error}).", REMEDY) from error
    for name, url, sha256 in files:
        if name != wheel.file:
            continue
        if sha256 and sha256 != wheel.sha256:
            raise DownloadError(f"The package index offers another {wheel.file} than the one expected.", REMEDY)
        target = urllib.parse.urljoin(page, url).partition("#")[0]
        same = urllib.parse.urlsplit(target).netloc == urllib.parse.urlsplit(page).netloc
        return Link(target, headers if same else {})
    raise DownloadError(f"The package index has no {wheel.file}.", REMEDY)


def _without_credentials(url: str) -> tuple[str, dict[str, str]]:
    """`url` without `user:password@`, which urllib doesn't understand, and the header that says the same."""
    parts = urllib.parse.urlsplit(url)
    if not parts.username:
        return url, {}
    user = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return bare.geturl(), {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()}


def _from_json(body: bytes) -> list[tuple[str, str, str]]:
    answer: Any = json.loads(body)
    return [(file["filename"], file["url"], file.get("hashes", {}).get("sha256", "")) for file in answer["files"]]


def _from_html(body: bytes) -> list[tuple[str, str, str]]:
    reader = _Anchors()
    reader.feed(body.decode("utf-8", "replace"))
    files = []
    for url in reader.urls:
        path, _, fragment = url.partition("#")
        name = urllib.parse.unquote(path.rpartition("/")[2])
        files.append((name, url, fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""))
    return files


class _Anchors(HTMLParser):
    """Collects where the links of a page go."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.urls += [value for name, value in attrs if tag == "a" and name == "href" and value]
