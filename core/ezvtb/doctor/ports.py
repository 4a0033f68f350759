"""Which program has a UDP port."""

import csv
import re
import subprocess
import sys
from pathlib import Path


def owner(port: int) -> str:
    """The name of the program that has a UDP port of this computer; empty if the system doesn't tell."""
    if sys.platform == "win32":
        number = windows_process(_output(["netstat", "-ano", "-p", "UDP"]), port)
        listing = _output(["tasklist", "/FI", f"PID eq {number}", "/FO", "CSV", "/NH"]) if number else ""
        return program_name(listing)
    return linux_owner(port)


def linux_owner(port: int, proc: Path = Path("/proc")) -> str:
    """The same from Linux's files; programs of other users don't show."""
    sockets = {f"socket:[{inode}]" for name in ("udp", "udp6") for inode in _inodes(proc / "net" / name, port)}
    if not sockets:
        return ""
    for process in proc.glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                return (process / "comm").read_text("utf-8", "replace").strip()
        except OSError:
            continue  # another user's, or it has just ended
    return ""


def _inodes(table: Path, port: int) -> "list[str]":
    """The sockets of a port in `/proc/net/udp`: column 1 is the local address and port in hex, column 9 the inode."""
    if not table.is_file():
        return []
    rows = [line.split() for line in table.read_text("ascii", "replace").splitlines()[1:]]
    return [row[9] for row in rows if len(row) > 9 and row[1].endswith(f":{port:04X}")]


def windows_process(netstat: str, port: int) -> int:
    """The process that has a UDP port, by `netstat -ano -p UDP`; 0 if none has."""
    for line in netstat.splitlines():
        if found := re.match(rf"\s*UDP\s+\S+:{port}\s+\S+\s+(\d+)\s*$", line):
            return int(found[1])
    return 0


def program_name(tasklist: str) -> str:
    """The program in a line of `tasklist /FO CSV /NH`; empty for the sentence that there is none."""
    row = next(csv.reader(tasklist.strip().splitlines()[:1]), [])
    return row[0] if len(row) > 1 else ""


def _output(command: "list[str]") -> str:
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=15).stdout
