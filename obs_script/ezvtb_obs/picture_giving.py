"""Gives the engine its picture and how that is laid out, as `PictureChoice` and the settings say."""

import time
from typing import Callable

from ezvtb.errors import EngineError, PictureError
from ezvtb.protocol import Layout
from ezvtb_obs import libobs, picture_fits
from ezvtb_obs.engine_client import EngineClient
from ezvtb_obs.handover import Given
from ezvtb_obs.picture_choice import PictureChoice
from ezvtb_obs.settings import Settings


class PictureGiving:
    """To one engine after the other. The driver's thread."""

    def __init__(self, choice: PictureChoice, reads: Callable[[], None], news: Callable[[], None]) -> None:
        """`reads` is called before an engine reads a picture, `news` when there is something new to tell."""
        self.given: Given = "", Layout()
        """The picture that the engine has."""
        self.is_at_fault = False
        """Whether the engine failed over a picture."""
        self._choice = choice
        self._reads, self._news = reads, news
        self._reading = ""
        """The setting whose picture the engine reads now."""

    def begin(self) -> None:
        """There is a new engine, without any picture."""
        self._choice.begin()

    def reads_another(self, settings: Settings) -> bool:
        """Whether the engine reads a picture that isn't the chosen one any more."""
        return bool(self._reading) and settings.picture != self._reading

    def give(self, engine: EngineClient, settings: Settings) -> bool:
        """Gives the engine the picture that is due; whether it has another one now."""
        changed = asked = False
        while path := self._choice.next(time.perf_counter(), settings.picture):
            asked = True
            self._reads()
            self._reading = settings.picture
            given = path, picture_fits.layout(settings, self._choice.given)
            try:
                self._choice.accepted(engine.setImage(*given))
                self.given = given
                changed = True
            except PictureError as error:
                self._choice.refused(error)
                libobs.log(f"picture refused: {error}", libobs.LOG_WARNING)
            except EngineError as error:
                self._choice.broke(error)
                self.is_at_fault = True
                raise
            finally:
                self._reading = ""
        if asked:
            self._news()
        return changed

    def lay_out(self, engine: EngineClient, settings: Settings) -> bool:
        """Has the engine's picture laid out as it is set now, or cut out once that is ready. Whether it changed."""
        if not self._choice.has_shown:
            return False
        layout = picture_fits.layout(settings, self._choice.shown)
        is_stale = engine.statistics.pop("picture_is_stale", False)
        if layout == self.given[1] and not is_stale:
            return False
        self.given = self.given[0], layout
        try:
            self._choice.noted(engine.lay_out(layout))
        except PictureError as error:
            self._choice.refused(error)
        if is_stale:
            engine.statistics.pop("picture", None)  # what it said while that went on
            self._news()
        return True
