"""The trackers' ports: free, ours, or another program's."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from ezvtb.doctor import ports, trackers
from ezvtb.doctor.finding import Finding, Verdict
from ezvtb.tracking.endpoint import Endpoint


@pytest.fixture
def taken() -> Any:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


@pytest.mark.parametrize(
    ("owner", "running", "verdict", "words"),
    [
        ("vseeface.exe", False, Verdict.WARNING, "is taken by vseeface.exe"),
        ("obs", True, Verdict.OK, "OBS listens on"),
        ("obs64.exe", True, Verdict.OK, "OBS listens on"),
        ("", False, Verdict.WARNING, "already used by another program"),
        ("", True, Verdict.WARNING, "already used by another program"),
    ],
)
def test_a_taken_port_is_named_with_its_owner(
    taken: int, owner: str, running: bool, verdict: Verdict, words: str
) -> None:
    finding = trackers.examine([Endpoint(port=taken)], lambda _: owner, running)
    assert finding.verdict is verdict
    assert words in str(finding)


def test_a_free_port_is_let_go_again() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    endpoints = [Endpoint(port=port), Endpoint(port=port, tracker="VMC")]
    for _ in range(2):
        finding = trackers.examine(endpoints, lambda _: "", False)
        assert finding == Finding([f"free: {port}"], [])


@pytest.mark.parametrize(
    ("settings", "endpoint"),
    [
        ({}, Endpoint()),
        ({"port": 39570, "address": " 0.0.0.0 "}, Endpoint("0.0.0.0", 39570)),
        ({"port": "x", "tracker": "VMC", "phone": "10.0.0.2"}, Endpoint(tracker="VMC", phone="10.0.0.2")),
    ],
)
def test_an_avatars_settings_say_where_it_listens(settings: "dict[str, Any]", endpoint: Endpoint) -> None:
    assert trackers.endpoint_of(settings) == endpoint


@pytest.mark.skipif(sys.platform == "win32", reason="Linux's files, links that lead nowhere among them")
def test_linux_tells_whose_a_port_is(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    row = "  42: 0100007F:9A92 00000000:0000 07 00000000:00000000 00:00000000 00000000 1000 0 777 2 0 0\n"
    (tmp_path / "net" / "udp").write_text("  sl  local_address rem_address st ...\n" + row)
    (tmp_path / "17" / "fd").mkdir(parents=True)
    (tmp_path / "17" / "comm").write_text("vmc-player\n")
    (tmp_path / "17" / "fd" / "3").symlink_to("socket:[777]")
    assert ports.linux_owner(0x9A92, tmp_path) == "vmc-player"
    assert ports.linux_owner(0x9A93, tmp_path) == ""


@pytest.mark.skipif(not Path("/proc/net/udp").is_file(), reason="Linux only")
def test_this_process_is_found_by_its_port(taken: int) -> None:
    assert ports.owner(taken) == Path("/proc/self/comm").read_text().strip()


NETSTAT = """
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  UDP    0.0.0.0:123            *:*                                    9876
  UDP    127.0.0.1:39570        *:*                                    4242
  UDP    [::]:5353              *:*                                    1700
"""


@pytest.mark.parametrize(("port", "process"), [(39570, 4242), (5353, 1700), (3957, 0), (570, 0)])
def test_windows_netstat_is_read_in_any_language(port: int, process: int) -> None:
    assert ports.windows_process(NETSTAT, port) == process


@pytest.mark.parametrize(
    ("listing", "name"),
    [
        ('"obs64.exe","4242","Console","1","312,044 K"\n', "obs64.exe"),
        ("INFO: No tasks are running which match the specified criteria.\n", ""),
        ("", ""),
    ],
)
def test_windows_tasklist_names_the_program(listing: str, name: str) -> None:
    assert ports.program_name(listing) == name
