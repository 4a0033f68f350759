"""Engines built in a process of its own, at low priority, while another backend plays."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Optional

from ezvtb.backends import engines
from ezvtb.paths import PROJECT

SILENT_SECONDS = 900.0
"""A build that says nothing for so long hangs. TensorRT tells each step; the longest take minutes on a slow card."""


def command(graphs: Sequence[str], number: int, kind: str = "tensorrt") -> "list[str]":
    """What builds these graphs' engines for a card (see `ezvtb.backends.tensorrt_build`)."""
    builder = [sys.executable, "-m", "ezvtb.backends.tensorrt_build", "--json"]
    return [*builder, "--kind", kind, "--device", str(number), *graphs]


class BuildList:
    """What lacks its engines, on the card that is to be used: one build makes all."""

    def __init__(self) -> None:
        self._missing: dict[str, tuple[int, str, list[str]]] = {}
        self._build: Optional[BackgroundBuild] = None

    def add(self, component: str, graphs: "Iterable[Path]", number: int, kind: str = "tensorrt") -> None:
        """A component's graphs have no engines for this card. What was added first for it is what it wants most."""
        self._missing.setdefault(component, (number, kind, [engines.name_of(graph) for graph in graphs]))

    def start(self) -> None:
        """Has them built, those that aren't yet: for the first time, or after `cancel`."""
        if not self._missing or self.running:
            return
        (card, kind, _), *_ = self._missing.values()
        graphs = [graph for *of, each in self._missing.values() if of == [card, kind] for graph in each]
        self._build = BackgroundBuild(command(graphs, card, kind))

    def cancel(self) -> None:
        """Ends the build, until `start` is called again; what is built is kept."""
        if self._build is not None:
            self._build.cancel()

    @property
    def running(self) -> bool:
        """Whether they are being built."""
        return self._build is not None and self._build.running

    @property
    def ready(self) -> bool:
        """See `BackgroundBuild.ready`."""
        return self._build is not None and self._build.ready

    @property
    def facts(self) -> "dict[str, Any]":
        """See `BackgroundBuild.facts`; empty where nothing is missing."""
        return self._build.facts if self._build is not None else {}


class BackgroundBuild:
    """A running build. It ends with this process, and what it has built by then is kept."""

    def __init__(self, command: Sequence[str], silent_seconds: float = SILENT_SECONDS) -> None:
        """Starts the command, which prints JSON as `ezvtb.backends.tensorrt_build` does."""
        self.error = ""
        """Why it ended without all engines; empty while it runs and where it has them."""
        self._built = 0
        self._progress: dict[str, Any] = {}
        self._cancelled = False
        self._silent_seconds = silent_seconds
        self._process = subprocess.Popen(
            list(command),
            cwd=PROJECT / "core",  # where `-m` finds this package
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._thread = threading.Thread(target=self._follow, name="ezvtb-build", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still builds."""
        return self._thread.is_alive()

    @property
    def ready(self) -> bool:
        """Whether it has ended, and there are engines now that weren't there before."""
        return not self.running and not self._cancelled and (not self.error or self._built > 0)

    @property
    def facts(self) -> "dict[str, Any]":
        """How it stands: `state` is "running", "cancelled", "failed" or "ready".

        While it runs, from its first step on, `network`, `of` and `seconds_left` (None: nobody knows yet); `error`
        where it failed.
        """
        if self._cancelled:
            return {"state": "cancelled"}
        if self.running:
            known = ("network", "of", "seconds_left")
            return {"state": "running", **{name: self._progress[name] for name in known if name in self._progress}}
        return {"state": "failed", "error": self.error} if self.error else {"state": "ready"}

    @property
    def text(self) -> str:
        """`facts` as an English sentence."""
        facts = self.facts
        if facts["state"] != "running":
            return {
                "cancelled": "TensorRT's engines: the build was cancelled; it goes on at the next start.",
                "failed": f"TensorRT's engines can't be built: {self.error}",
                "ready": "TensorRT's engines are ready.",
            }[facts["state"]]
        at = f": network {facts['network']} of {facts['of']}" if "network" in facts else ""
        left = facts.get("seconds_left")
        minutes = f", about {max(1, round(left / 60))} min left" if left is not None else ""
        return f"TensorRT's engines are being built{at}{minutes}."

    def cancel(self) -> None:
        """Ends the build at once; the network it is at is built anew the next time."""
        self._cancelled = self.running
        self._process.kill()
        self._thread.join()

    def wait(self, seconds: Optional[float] = None) -> bool:
        """Returns when it has ended, or after that time: whether it has."""
        self._thread.join(seconds)
        return not self.running

    def _follow(self) -> None:
        watch = self._watch()
        with self._process as process:
            assert process.stdout is not None
            for line in process.stdout:
                watch.cancel()
                watch = self._watch()
                self._take(line)
            code = process.wait()
        watch.cancel()
        if code and not self.error and not self._cancelled:
            self.error = f"the process that builds them ended with {code}."

    def _watch(self) -> threading.Timer:
        timer = threading.Timer(self._silent_seconds, self._hangs)
        timer.daemon = True
        timer.start()
        return timer

    def _hangs(self) -> None:
        self.error = f"nothing happened for {self._silent_seconds:.0f} s."
        self._process.kill()

    def _take(self, line: str) -> None:
        """One line of the process; what isn't JSON is a library's own word."""
        try:
            said = json.loads(line)
        except ValueError:
            return
        if isinstance(said, dict) and "error" in said:
            self.error = str(said["error"])
            self._built = int(said.get("built", 0))
        elif isinstance(said, dict) and "network" in said and "of" in said:
            self._progress = said
