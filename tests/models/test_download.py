import errno
import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ezvtb.errors import DownloadError
from ezvtb.models import download as module
from ezvtb.models.download import ATTEMPTS, download
from ezvtb.models.index import Link
from models.serving import File, Server

BODY = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(BODY).hexdigest()


def fetch(server: Server, target: Path, body: bytes = BODY) -> Path:
    link = Link(f"{server.address}/file")
    return download(link, target, len(body), hashlib.sha256(body).hexdigest(), back_off=0.001)


def asked(server: Server) -> list[str]:
    return [header for _, header in server.requests]


def test_a_file_arrives_whole_and_leaves_no_part(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY)
    assert fetch(server, tmp_path / "deep" / "file").read_bytes() == BODY
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_a_file_that_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(BODY)
    fetch(server, tmp_path / "file")
    assert server.requests == []


def test_a_file_that_is_there_but_altered_is_fetched_again(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY)
    (tmp_path / "file").write_bytes(bytes(len(BODY)))
    assert fetch(server, tmp_path / "file").read_bytes() == BODY


def test_a_cut_connection_is_continued_where_it_broke(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY, cuts=[300_000, 400_000])
    assert fetch(server, tmp_path / "file").read_bytes() == BODY
    assert asked(server) == ["", "bytes=300000-", "bytes=700000-"]


def test_a_killed_download_is_continued_by_the_next_run(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY)
    (tmp_path / "file.part").write_bytes(BODY[:123_456])
    assert fetch(server, tmp_path / "file").read_bytes() == BODY
    assert asked(server) == ["bytes=123456-"]


def test_a_part_that_is_complete_needs_no_connection(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(BODY)
    assert fetch(server, tmp_path / "file").read_bytes() == BODY
    assert server.requests == []


def test_a_part_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY)
    (tmp_path / "file.part").write_bytes(BODY + b"more")
    assert fetch(server, tmp_path / "file").read_bytes() == BODY


def test_a_server_without_ranges_sends_it_all_again(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY, ranges=False, cuts=[500_000])
    assert fetch(server, tmp_path / "file").read_bytes() == BODY
    assert asked(server) == ["", "bytes=500000-"]


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY, status=503, failures=2)
    assert fetch(server, tmp_path / "file").read_bytes() == BODY


def test_a_server_that_stays_busy_is_given_up(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY, status=503)
    with pytest.raises(DownloadError, match="503") as caught:
        fetch(server, tmp_path / "file")
    assert len(server.requests) == ATTEMPTS
    assert "Run the command again" in caught.value.remedy


def test_a_missing_file_is_reported_at_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="404") as caught:
        fetch(server, tmp_path / "file")
    assert len(server.requests) == 1
    assert caught.value.remedy


def test_a_wrong_checksum_leaves_nothing_behind(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(bytes(len(BODY)))
    with pytest.raises(DownloadError, match="checksum") as caught:
        fetch(server, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
    assert caught.value.remedy


@pytest.mark.parametrize("length", [len(BODY) - 1000, len(BODY) + 1000])
def test_a_file_of_another_size_is_refused(server: Server, tmp_path: Path, length: int) -> None:
    server.files["/file"] = File((BODY + BODY)[:length])
    with pytest.raises(DownloadError, match="expected"):
        fetch(server, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_file_that_shrinks_between_two_connections_is_begun_again(server: Server, tmp_path: Path) -> None:
    server.files["/file"] = File(BODY[:1000])
    (tmp_path / "file.part").write_bytes(BODY[:5000])
    with pytest.raises(DownloadError, match="1000 bytes on the server"):
        fetch(server, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_no_server_at_all_is_reported_with_what_to_do(tmp_path: Path) -> None:
    with Server() as gone:
        address = gone.address
    with pytest.raises(DownloadError, match="can't be fetched") as caught:
        download(Link(f"{address}/file"), tmp_path / "file", len(BODY), SHA256, back_off=0.001)
    assert "network" in caught.value.remedy


def test_a_full_disk_is_said_in_words(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_receive", full)
    with pytest.raises(DownloadError, match="disk is full") as caught:
        fetch(server, tmp_path / "file")
    assert "Free some space" in caught.value.remedy


def test_the_progress_line_says_name_amount_speed_and_time_left(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files["/file"] = File(BODY, cuts=[1000])
    fetch(server, tmp_path / "file")
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first.startswith("file: 0.0 of 1.0 MB, ")
    assert first.endswith(" s left")
    assert last.startswith("file: 1.0 of 1.0 MB, ")


@settings(max_examples=20)
@given(st.lists(st.integers(1, 400_000), max_size=6), st.booleans(), st.integers(0, len(BODY)))
def test_wherever_it_is_cut_the_file_arrives_whole(cuts: list[int], ranges: bool, kept: int) -> None:
    import tempfile

    with Server() as server, tempfile.TemporaryDirectory() as folder:
        server.files["/file"] = File(BODY, ranges=ranges, cuts=cuts)
        target = Path(folder) / "file"
        target.with_name("file.part").write_bytes(BODY[:kept])
        assert fetch(server, target).read_bytes() == BODY
