"""The life of one avatar: a thread that keeps an engine running, asks it for frames and pushes them to OBS in time.

    core.setImage(picture)
    forever: frames = core.inference(pose), each frame pushed at its moment

While the engine is down OBS keeps showing the last frame.
"""

import json
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional

from ezvtb.errors import BackendError, BystanderError, EngineError, EzvtbError
from ezvtb.paths import cache_folder
from ezvtb.placement import Placement
from ezvtb_obs import chosen_device, engine_build, fault, libobs, status
from ezvtb_obs.backoff import Backoff
from ezvtb_obs.emptying import Emptying
from ezvtb_obs.engine_build import EngineBuild
from ezvtb_obs.engine_client import EngineClient, Frame, Interrupted
from ezvtb_obs.engines import Place
from ezvtb_obs.face_box_watch import FaceBoxWatch
from ezvtb_obs.handover import Handover
from ezvtb_obs.picture_choice import PictureChoice
from ezvtb_obs.picture_file import PictureFile
from ezvtb_obs.picture_giving import PictureGiving
from ezvtb_obs.playout import Playout
from ezvtb_obs.rest import Rest
from ezvtb_obs.senses import Senses
from ezvtb_obs.settings import Settings, engine_options
from ezvtb_obs.settled import Settled
from ezvtb_obs.unreliable import Unreliable
from ezvtb_obs.video_output import Output

IMPATIENT_SECONDS = 2.0
"""An engine that reads a picture for this long is given up when another one is chosen."""
HIDDEN_POLL_SECONDS = 0.1
"""How often a hidden source looks whether it shows again."""
ALIVE_POLL_SECONDS = 0.5
"""How often an idle driver looks whether its source is still there."""


class Driver:
    """One avatar's thread. `start`, `apply` any number of times, `stop`, `join`; `facts` at any time."""

    def __init__(
        self,
        output: Output,
        settings: Settings,
        senses: Senses,
        log: Path,
        open_engine: Callable[..., EngineClient] = EngineClient,
    ) -> None:
        self.settings = settings
        self.devices: list[dict[str, object]] = []
        """What the engine could run on, from its READY."""
        self.limits: dict[str, str] = {}
        """Of its options those that can have no effect on this computer, from there too: the names of the reasons."""
        self.engine: Optional[EngineClient] = None
        self._output = output
        self.senses = senses
        self._options = Settled(engine_options(settings))
        self._log, self._spare_log = log, log.with_name(f"{log.stem}-2{log.suffix}")
        """The engine's, and that of the one that may take over from it."""
        self._open_engine = open_engine
        self._wake = threading.Condition()
        self._stopping = self._panel_is_stale = False
        self._phase = status.NO_PICTURE
        self._file = PictureFile(cache_folder() / "pictures", log.stem, self._notify)
        self._picture = PictureChoice(self._file)
        self._giving = PictureGiving(self._picture, lambda: self._set_phase(status.READING), output.refresh_properties)
        self._last_pose: list[float] = []
        self._last_placement: Optional[Placement] = None
        self._handover: Optional[Handover] = None
        self.build = EngineBuild(self._notify)
        self._unreliable = Unreliable()
        self._report: tuple[dict[str, object], ...] = ()
        self._backoff = Backoff()
        self._gone = False
        self._look_again_at = 0.0
        self._playout = Playout(output)
        self._emptying = Emptying()
        self._rest = Rest()
        self._face_box = FaceBoxWatch()
        self._thread = threading.Thread(target=self._run, name="ezvtb-driver", daemon=True)

    # what other threads call

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def apply(self, settings: Settings, refresh_panel: bool = False) -> None:
        """New settings; they take effect while it runs. With `refresh_panel` an open panel shows other properties.

        The panel is rebuilt from the driver's thread: on the UI thread OBS would do it at once, and call our Python
        inside a signal's mutex.
        """
        with self._wake:
            self.settings = settings
            self._panel_is_stale |= refresh_panel
            self._wake.notify_all()

    def empty_cache(self) -> None:
        """Has the finished frames forgotten, soon; the status tells."""
        self._emptying.ask()
        self._notify()

    def stop(self) -> None:
        """Asks the thread to end; `join` waits for it."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def join(self, seconds: float) -> bool:
        """Waits for the thread; whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def ended(self) -> bool:
        """Whether the thread has ended: stopped, or its source is gone."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def facts(self) -> status.Facts:
        """The avatar at this moment."""
        now, engine, handover = time.perf_counter(), self.engine, self._handover
        news = engine.statistics.get("picture", "") if engine else ""
        limit = self._playout.limited(self.settings.fps_limit)
        return status.Facts(
            phase=self._phase,
            picture_error=self._picture.error,
            picture_note=" ".join(filter(None, (self._picture.note, news, self._file.error))),
            face_box=self.settings.face_box,
            has_avatar=self._picture.has_good,
            senses=self.senses.sentences(now),
            tracker_trouble=self.senses.trouble,
            progress=engine.progress if engine else "",
            report=self._report,
            fps=min(self._playout.fps(now), limit),  # for a moment frames come faster, to catch up
            fps_limit=round(limit),
            engine_ms=engine.milliseconds if engine else 0.0,
            silent_seconds=engine.silent_seconds if engine else 0.0,
            engine_error=self._backoff.error(now),
            restarts=self._backoff.restarts,
            retry_seconds=self._backoff.left(now),
            statistics=dict(engine.statistics) if engine else {},
            handover=handover.text if handover else "",
            cache_gb=self.settings.cache_gb,
            cache_note=self._emptying.text(now),
            latency_ms=1e3 * self._playout.latency(now),
        )

    # the thread

    def _run(self) -> None:
        try:
            while not self._is_over():
                self._follow_settings()
                if not self.settings.picture:
                    self._show_nothing()
                elif self._look_up() and self._rest.is_long(time.perf_counter()):
                    self._set_phase(self._rest.phase)
                    self._sleep(HIDDEN_POLL_SECONDS)
                else:
                    self._options = Settled(engine_options(self.settings))
                    self._live_once()
        except Exception:  # noqa: BLE001 (a thread's end would be silent)
            libobs.log(traceback.format_exc(), libobs.LOG_ERROR)
        finally:
            self.senses.close()
            self._file.close()
            self._emptying.close()
            self._output.blank()  # a script that was removed must not leave a frozen face behind
            self._output.close()

    def _show_nothing(self) -> None:
        """No picture is chosen: nothing is shown, and no engine runs for it."""
        if self._picture.has_good:
            self._output.blank()
        self._picture.forget()
        self._set_phase(status.NO_PICTURE)
        self._sleep(ALIVE_POLL_SECONDS)

    def _live_once(self) -> None:
        """One engine from its start to its end; a failure is told and waited out."""
        self._backoff.started()
        self._giving.is_at_fault = False
        try:
            self._with_engine()
            return
        except Interrupted:
            return
        except EzvtbError as error:
            failure = error
            is_engines_fault = isinstance(error, (BackendError, EngineError)) and not self._giving.is_at_fault
            if is_engines_fault and not isinstance(error, BystanderError):
                report = self._report if self._backoff.was_ready else ()
                self._unreliable.failed(time.perf_counter(), self._options.value, report)
        except Exception as error:  # noqa: BLE001 (a fault of ours must not end the avatar)
            failure = fault.noted(error)
        pause = self._backoff.failed(time.perf_counter(), str(failure))
        libobs.log(f"{failure} Next attempt in {pause:g} s.", libobs.LOG_WARNING)
        self._set_phase(status.WAITING)
        chosen, options = self.settings.picture, self._options.value
        while (left := self._backoff.left(time.perf_counter())) and not self._is_over():
            self._follow_settings()
            if self.settings.picture != chosen or self._settled_options() != options:
                break  # another choice deserves an attempt at once
            self._sleep(min(ALIVE_POLL_SECONDS, max(0.01, left)))
        self._backoff.restarts += 1

    def _with_engine(self) -> None:
        options = self._options.value
        self._set_phase(status.STARTING)
        self._picture.look_ahead(self.settings.picture)
        engine = self._open(options, self._log, lambda: self._is_called_away(options))
        self.engine = engine
        try:
            engine.wait_ready()
            self._backoff.ready(time.perf_counter())
            self._take_over(engine)
            self._giving.begin()
            self._play(engine, options)
        finally:
            engine, self.engine = self.engine, None
            engine.close()

    def _open(self, options: "dict[str, object]", log: Path, interrupted: Callable[[], bool]) -> EngineClient:
        # a better one, which takes over, has another process: it may fail there without harm
        besides = self.engine.process if self.engine else None
        place = Place(self._unreliable.avoided(options), self._unreliable.is_alone(options), besides)
        return self._open_engine(options, log, self._wake, interrupted, place=place)

    def _take_over(self, engine: EngineClient) -> None:
        """This one plays from now on."""
        self.engine = engine
        self._report = tuple(engine.ready.get("report", ()))
        self.devices = list(engine.ready.get("devices", ()))
        self.limits = dict(engine.ready.get("limits", {}))
        if name := chosen_device.named(self.settings.device, self.devices):
            self.senses.save(device=name)
        libobs.log(f"engine {engine.pid} is ready: {json.dumps(self._report)}")

    def _play(self, engine: EngineClient, options: "dict[str, object]") -> None:
        """Poses in, frames out, until the end, no picture, other options, or an error.

        `engine` is the first that plays: a better one may take over.
        """

        def open_engine(interrupted: Callable[[], bool]) -> EngineClient:
            return self._open(options, self._spare_log, interrupted)

        self._handover = handover = Handover(open_engine, lambda: self._is_called_away(options))
        try:
            self._play_on(engine, options, handover)
        finally:
            self._handover = None
            handover.close()

    def _play_on(self, engine: EngineClient, options: "dict[str, object]", handover: Handover) -> None:
        playout = self._playout
        playout.begin(self.settings.fps_limit, engine.scale)
        shown = follows = False
        while self.settings.picture and self._settled_options() == options and not self._is_over():
            self._follow_settings()
            if not engine.busy and self._giving.give(engine, self.settings):
                playout.clear()
                handover.restart()
                shown = False
            if not engine.busy and self._giving.lay_out(engine, self.settings):
                shown = False
            if not self._picture.has_shown:
                # and the status says what is wrong with the chosen one
                self._set_phase(status.READING if self._picture.waiting else status.NO_PICTURE)
                self._sleep(ALIVE_POLL_SECONDS)
                continue
            better = handover.next(engine, self._giving.given, self._last_pose) if shown and not engine.busy else None
            if better is not None:
                handover.retire(engine, playout.last)
                self._log, self._spare_log = self._spare_log, self._log
                self._take_over(better)
                self._output.refresh_properties()
                engine, follows = better, True
                engine.lay_out(self._giving.given[1])  # it may have been nudged since
                # it draws the last frame once more, unseen: so it begins where the other ended
                engine.submit(self._last_pose, self._last_placement)
            rests = shown and bool(self._look_up())
            if rests and not engine.busy and not playout.frames:
                builds = engine_build.state(engine.statistics) == engine_build.RUNNING
                if self._rest.is_long(time.perf_counter()) and not builds:
                    libobs.log(f"engine {engine.pid} ends: nothing was to be drawn for a while")
                    return
                self._set_phase(self._rest.phase)
                self._sleep(HIDDEN_POLL_SECONDS)
                continue
            self._set_phase(status.PLAYING)
            playout.set_limit(self.settings.fps_limit, engine.scale)
            now = time.perf_counter()
            if not rests and not engine.busy and playout.until_pose(now) <= 0:
                self._last_pose, self._last_placement = self.senses.pose(now), self.senses.placement(now)
                engine.submit(self._last_pose, self._last_placement)
                playout.pose_asked(now, self.senses.seen_at)
            frames = self._await_event(engine, asks=not rests)
            if frames and not follows:
                playout.arrived(time.perf_counter(), frames)
            follows = follows and not frames
            if playout.push_due():
                shown = True
                self._backoff.played(time.perf_counter())
            handover.settle(playout.frames)

    def _look_up(self) -> str:
        """The phase of its rest; "" if it is to move."""
        return self._rest.look(time.perf_counter(), self.senses.paused, self._output.showing())

    def _await_event(self, engine: EngineClient, asks: bool) -> "Optional[list[Frame]]":
        """Waits for the engine's frames, the next frame's moment or the next pose's, whichever is first: the frames.

        `asks`: whether there is to be a next pose.
        """
        now = time.perf_counter()
        wait = min(ALIVE_POLL_SECONDS, self._playout.until_frame(now))
        if engine.busy:
            return engine.collect(max(0.0, wait))
        self._sleep(min(wait, self._playout.until_pose(now)) if asks else wait)
        return None

    def _follow_settings(self) -> None:
        """Has the tracker, the cache and the panel follow them, and what was clicked."""
        if self._face_box.is_to_go(self.settings.face_box, self._output.on_air):
            self.senses.save(face_box=False)
            self.apply(replace(self.settings, face_box=False))  # now: what is saved comes back in a moment
        now, stale, self._panel_is_stale = time.perf_counter(), self._panel_is_stale, False
        stale |= self.senses.follow(self.settings, now)
        stale |= self._emptying.follow(self.engine, self.settings, now) | self.build.follow(self.engine)
        if stale:
            self._output.refresh_properties()

    def _settled_options(self) -> "dict[str, object]":
        """What the engine shall be, once the settings rest: a slider on its way starts no engines."""
        return self._options.offer(time.perf_counter(), engine_options(self.settings))

    def _is_called_away(self, options: "dict[str, object]") -> bool:
        """Whether the engine with these options needn't be waited for any more."""
        if self._is_over() or self._settled_options() != options:
            return True
        engine = self.engine
        other = self._giving.reads_another(self.settings)
        return other and engine is not None and engine.silent_seconds > IMPATIENT_SECONDS

    def _is_over(self) -> bool:
        """Whether the thread shall end: asked to, or its source is gone, which is looked up now and then."""
        now = time.perf_counter()
        if not self._gone and now >= self._look_again_at:
            self._look_again_at = now + ALIVE_POLL_SECONDS
            self._gone = not self._output.alive()
        return self._stopping or self._gone

    def _set_phase(self, phase: str) -> None:
        """Notes the phase. An open properties panel is rebuilt, except for the pauses that come and go."""
        if phase == self._phase:
            return
        former, self._phase = self._phase, phase
        if not {status.PAUSED, status.STOPPED} & {former, phase}:
            self._output.refresh_properties()

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()

    def _sleep(self, seconds: float) -> None:
        """Waits that long, or until somebody wakes the thread."""
        with self._wake:
            if seconds > 0 and not self._stopping:
                self._wake.wait(seconds)
