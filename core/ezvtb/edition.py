"""Which edition of ours this is: what a page that goes to others is marked with."""

import re
import subprocess
import time

from ezvtb.paths import PROJECT


def stamp() -> str:
    """Our version, its commit and the time now."""
    found = re.search(r'^version = "(.*)"', (PROJECT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    version = f"EZVTB Avatar {found[1] if found else '?'}"
    commit = _git("rev-parse", "--short", "HEAD")
    if commit:
        version += f", commit {commit}" + (" with changes" if _git("status", "--porcelain", "-uno") else "")
    return f"{version}; {time.strftime('%Y-%m-%d %H:%M')}"


def _git(*arguments: str) -> str:
    if not (PROJECT / ".git").exists():
        return ""
    try:
        command = ["git", "-C", str(PROJECT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""  # a clone without git at hand: the version says enough
