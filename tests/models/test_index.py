import base64
import json
import subprocess

import pytest

from ezvtb.errors import DownloadError
from ezvtb.models.index import find_wheel, index_url
from ezvtb.models.manifest import Wheel
from models.serving import File, Server

WHEEL = Wheel("thing", "1.0", "thing-1.0-py3-none-any.whl", 3, "ab" * 32)
JSON = "application/vnd.pypi.simple.v1+json"


def page(*files: dict[str, object]) -> File:
    return File(json.dumps({"files": files}).encode(), JSON)


def entry(url: str, sha256: str = WHEEL.sha256, name: str = WHEEL.file) -> dict[str, object]:
    return {"filename": name, "url": url, "hashes": {"sha256": sha256}}


@pytest.fixture
def index(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple/")
    return server


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://files.example/a/thing.whl", "http://files.example/a/thing.whl"),
        ("../../files/thing.whl#sha256=" + WHEEL.sha256, "{address}/files/thing.whl"),
        ("/files/thing.whl", "{address}/files/thing.whl"),
    ],
)
def test_the_json_page_names_the_wheel(index: Server, url: str, found: str) -> None:
    index.files["/simple/thing/"] = page(entry("http://x.example/other.whl", name="other.whl"), entry(url))
    assert find_wheel(WHEEL).url == found.format(address=index.address)


def test_an_index_that_has_only_html_is_read_too(index: Server) -> None:
    anchor = f'<a href="../../files/{WHEEL.file}#sha256={WHEEL.sha256}">{WHEEL.file}</a>'
    index.files["/simple/thing/"] = File(f"<html><body>{anchor}</body></html>".encode(), "text/html")
    assert find_wheel(WHEEL).url == f"{index.address}/files/{WHEEL.file}"


@pytest.mark.parametrize(
    "file",
    [
        None,
        File(b"", status=500),
        File(b"{", JSON),
        File(b"[]", JSON),
        page(),
        page(entry("http://x.example/thing.whl", sha256="cd" * 32)),
    ],
)
def test_an_index_that_does_not_have_it_is_reported_with_what_to_do(index: Server, file: File | None) -> None:
    if file:
        index.files["/simple/thing/"] = file
    with pytest.raises(DownloadError) as caught:
        find_wheel(WHEEL)
    assert "PIP_INDEX_URL" in caught.value.remedy


def test_credentials_go_to_the_index_and_nowhere_else(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", server.address.replace("http://", "http://me:p%40ss@") + "/simple")
    for url, sent in (("/files/thing.whl", True), ("http://files.example/thing.whl", False)):
        server.files["/simple/thing/"] = page(entry(url))
        link = find_wheel(WHEEL)
        assert server.headers[-1]["Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()
        assert ("Authorization" in link.headers) == sent
        assert "p@ss" not in link.url


def test_the_index_is_the_one_that_pip_is_set_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    answers = iter([(0, "http://mirror.example/simple\n"), (1, "")])

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[1:] == ["-m", "pip", "config", "get", "global.index-url"]
        code, output = next(answers)
        return subprocess.CompletedProcess(command, code, output, "")

    monkeypatch.setattr(subprocess, "run", run)
    assert index_url() == "http://mirror.example/simple"
    assert index_url().endswith("/simple")
