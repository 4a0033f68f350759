"""An avatar from its start to its end, without OBS."""

import time
from collections.abc import Sequence
from typing import Callable, Optional

from ezvtb.errors import EngineError, PictureError
from ezvtb.play.news import News
from ezvtb.play.stage import Stage
from ezvtb.play.window import Window
from ezvtb.play.worker import Worker
from ezvtb_obs import status
from ezvtb_obs.driver import Driver

LOOK_SECONDS = 0.02
"""How often the window obeys the user. A frame is shown at once: it wakes who waits."""
STATUS_SECONDS = 0.25
SETTLE_SECONDS = 3.0
"""From the first frame to the first news: only then the frame rate is worth saying."""
_END_SECONDS = 10.0
"""How long the engine may take to end."""


class Play:
    """One driver, its stage, and what is on it. Main thread."""

    def __init__(
        self,
        driver: Driver,
        stage: Stage,
        workers: Sequence[Worker],
        window: Optional[Window],
        say: Callable[[str], None],
    ) -> None:
        self._driver, self._stage, self._workers, self._window = driver, stage, workers, window
        self._say = say
        self._news = News()
        self._text = ""
        self._status_due = 0.0

    def run(self, seconds: Optional[float]) -> None:
        """Until so many seconds after the first frame, or until the window is closed; or Ctrl+C, which is passed on.

        What was being written is finished in any case, and an error of a writer raised. PictureError or EngineError
        if the avatar doesn't come to life.
        """
        self._driver.start()
        try:
            while self._goes_on(seconds):
                self._stage.wait(LOOK_SECONDS)
                if time.perf_counter() >= self._status_due:
                    self._look()
                if self._window is not None:
                    self._window.refresh(self._text)
        finally:
            self._end(seconds)

    def _goes_on(self, seconds: Optional[float]) -> bool:
        first = self._stage.first_moment
        if seconds is not None and first is not None and time.perf_counter() - first >= seconds:
            return False
        closed = self._window is not None and self._window.closed
        return not closed and not any(worker.failed for worker in self._workers)

    def _look(self) -> None:
        """Tells what is new. Before the first frame a picture or an engine that fails ends it all."""
        self._status_due = time.perf_counter() + STATUS_SECONDS
        facts, first = self._driver.facts(), self._stage.first_moment
        if first is None and facts.phase == status.NO_PICTURE and facts.picture_error:
            raise PictureError(facts.picture_error)
        if first is None and facts.phase == status.WAITING:
            raise EngineError(facts.engine_error)
        if self._driver.ended:
            raise EngineError("The avatar has ended by a fault of the program.", "Please report what is said above.")
        sentences = status.sentences(facts)
        settled = first is not None and time.perf_counter() - first >= SETTLE_SECONDS
        if settled or facts.phase != status.PLAYING:
            self._tell(sentences)
        wanted = self._window is not None and self._window.status_wanted
        self._text = "\n".join(sentences) if wanted or first is None or facts.phase == status.WAITING else ""

    def _tell(self, sentences: "Sequence[str]") -> None:
        for sentence in self._news.of(sentences):
            self._say(sentence)

    def _end(self, seconds: Optional[float]) -> None:
        first, now = self._stage.first_moment, time.perf_counter()
        self._stage.leave()
        if first is not None:
            self._tell(status.sentences(self._driver.facts()))
        self._driver.stop()
        self._driver.join(_END_SECONDS)
        if first is None:
            return  # why, is raised or known
        end = now if seconds is None else min(now, first + seconds)
        for worker in self._workers:
            self._say(worker.finish(end))
            if worker.lost:
                self._say(f"{worker.lost} frames were lost: this computer can't write them as fast as they come.")
