"""The button "Empty the cache": RAM is the engine's affair, a database that of a process of its own.

That works without any engine, and a large database, which takes seconds, doesn't stop the avatar.
"""

import subprocess
import threading
from typing import Optional

from ezvtb_obs.engine_client import EngineClient
from ezvtb_obs.engine_process import last_words, spawn
from ezvtb_obs.sentences import told
from ezvtb_obs.settings import CACHE_IN_DATABASE, Settings
from ezvtb_obs.texts import text

EMPTY_CACHE = "empty_cache"
"""The panel's button."""
TOLD_SECONDS = 60.0
"""How long the status tells what came of it."""


class Emptying:
    """Of one avatar's cache. `ask` and `text` on any thread, the rest on the driver's."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._said, self._said_at = "", 0.0

    def ask(self) -> None:
        """The button was clicked."""
        self._asked.set()

    def text(self, now: float) -> str:
        """What goes on, or what came of it; "" after a while."""
        return self._said if self._process is not None or now - self._said_at < TOLD_SECONDS else ""

    def follow(self, engine: Optional[EngineClient], settings: Settings, now: float) -> bool:
        """Does what was asked for, a step at a time; whether there is something new to tell.

        `engine` is ready, or None while there is none. Its errors are raised.
        """
        if self._process is not None:
            return self._look(self._process, now)
        if not self._asked.is_set() or (engine is not None and engine.busy):
            return False
        self._asked.clear()
        if settings.cache == CACHE_IN_DATABASE:
            self._begin(settings.cache_path, now)
        else:
            self._tell_freed(engine.empty_cache() if engine is not None else 0, now)
        return True

    def close(self) -> None:
        """Gives up what isn't done yet."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _begin(self, path: str, now: float) -> None:
        try:
            arguments = ("ezvtb.cacher", *([path] if path else []))
            self._process = spawn(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            self._tell(text("status.cache_not_emptied", error=error), now)
        else:
            self._tell(text("status.cache_emptying"), now)

    def _look(self, process: "subprocess.Popen[bytes]", now: float) -> bool:
        if process.poll() is None:
            return False
        printed, complaint = process.communicate()
        self._process = None
        if process.returncode == 0:
            self._tell_freed(int(printed), now)
        else:
            error = told(last_words(complaint.decode("utf-8", "replace")))
            self._tell(text("status.cache_not_emptied", error=error), now)
        return True

    def _tell_freed(self, count: int, now: float) -> None:
        self._tell(text("status.cache_emptied", megabytes=round(count / 2**20)), now)

    def _tell(self, words: str, now: float) -> None:
        self._said, self._said_at = words, now
