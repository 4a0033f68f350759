"""How a better engine takes over from the one that plays: it gets ready beside it, and the two change between frames.

The better one has the same options and the same picture. It is better because what the first one lacked is there when
it starts: TensorRT's engines, which that had built while it played, a model that was installed meanwhile, or the device
that the user chose.
"""

import threading
from collections.abc import Sequence
from typing import Callable, Optional

from ezvtb.errors import EzvtbError
from ezvtb.protocol import Layout
from ezvtb_obs import fault
from ezvtb_obs.engine_client import EngineClient, Frame, Interrupted
from ezvtb_obs.sentences import told
from ezvtb_obs.texts import text

_CLOSING_SECONDS = 2.0
"""How long the driver's end waits for engines that are being ended."""

_REASONS = {
    "engines_ready": "status.handover",
    "models_ready": "status.handover_model",
    "device_back": "status.handover_device",
}
"""By what the engine's statistics say: the key of the text while the better one gets ready."""

Open = Callable[[Callable[[], bool]], EngineClient]
"""Opens an engine; what it is given says when a waiting for that engine shall be cut short."""

Given = tuple[str, Layout]
"""A picture's path, and how it is laid out."""


class Successor:
    """An engine that gets ready in a thread of its own: loaded, with the picture, and with its first frame drawn."""

    def __init__(
        self, open_engine: Open, called_away: Callable[[], bool], picture: Given, pose: Sequence[float]
    ) -> None:
        """Starts. `called_away` counts from `take` on, for who takes it."""
        self.error = ""
        """Why it isn't to be had."""
        self._open_engine, self._called_away = open_engine, called_away
        self._picture, self._pose = picture, pose
        self._engine: Optional[EngineClient] = None
        self._given_up = self._taken = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ezvtb-successor", daemon=True)
        self._thread.start()

    def take(self) -> Optional[EngineClient]:
        """The engine, which is the caller's from now on; None while it isn't ready."""
        if self._thread.is_alive() or self._engine is None:
            return None
        self._taken = True
        engine, self._engine = self._engine, None
        return engine

    def close(self) -> None:
        """Gives it up, and ends its engine if nobody took it."""
        with self._lock:
            self._given_up = True
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
        self._thread.join(_CLOSING_SECONDS)

    def _run(self) -> None:
        engine: Optional[EngineClient] = None
        try:
            engine = self._open_engine(self._interrupted)
            engine.wait_ready()
            engine.setImage(*self._picture)
            engine.inference(self._pose)  # the first pose takes longest
        except Interrupted:
            pass
        except EzvtbError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 (who waits for it would wait for ever)
            self.error = str(fault.noted(error))
        else:
            with self._lock:
                if not self._given_up:
                    self._engine, engine = engine, None
        if engine is not None:
            engine.close()

    def _interrupted(self) -> bool:
        return self._called_away() if self._taken else self._given_up


class Handover:
    """Of one playing engine after the other: `next` between two poses, `settle` after frames were shown."""

    def __init__(self, open_engine: Open, called_away: Callable[[], bool]) -> None:
        self.text = ""
        """One sentence on what goes on; empty where nothing does."""
        self._open_engine, self._called_away = open_engine, called_away
        self._successor: Optional[Successor] = None
        self._tried: Optional[EngineClient] = None
        self._retired: Optional[EngineClient] = None
        self._last: Optional[Frame] = None
        self._closing: list[threading.Thread] = []

    def next(self, engine: EngineClient, picture: Given, pose: Sequence[float]) -> Optional[EngineClient]:
        """The engine that is to play from now on, instead of `engine`; None: it stays.

        `picture` is what it shows, and `pose` is its last one.
        """
        if self._successor is None:
            room = self._retired is None and not any(thread.is_alive() for thread in self._closing)
            reason = next((each for each in _REASONS if engine.statistics.get(each)), "")
            if reason and engine is not self._tried and room:
                self._tried = engine
                self._successor = Successor(self._open_engine, self._called_away, picture, pose)
                self.text = text(_REASONS[reason])
            return None
        better = self._successor.take()
        if better is not None:
            self._successor, self.text = None, ""
        elif self._successor.error:
            self.text = text("status.no_handover", error=told(self._successor.error))
            self._successor = None
        return better

    def restart(self) -> None:
        """The picture changed: what gets ready has the wrong one."""
        if self._successor is not None:
            self._end(self._successor.close)
            self._successor, self._tried, self.text = None, None, ""

    def retire(self, engine: EngineClient, last: Optional[Frame]) -> None:
        """`engine` plays no more; it is ended when its `last` frame was shown."""
        self._retired, self._last = engine, last

    def settle(self, due: "Sequence[Frame]") -> None:
        """Ends the retired engine if none of its frames is still due."""
        if self._retired is not None and not any(frame is self._last for frame in due):
            self._end(self._retired.close)
            self._retired = self._last = None

    def close(self) -> None:
        """Ends all that it still has."""
        if self._successor is not None:
            self._successor.close()
        self.settle(())
        for thread in self._closing:
            thread.join(_CLOSING_SECONDS)

    def _end(self, close: Callable[[], None]) -> None:
        """That takes a moment: not of the caller's, whose frames are due."""
        thread = threading.Thread(target=close, name="ezvtb-retired", daemon=True)
        thread.start()
        self._closing = [*(each for each in self._closing if each.is_alive()), thread]
