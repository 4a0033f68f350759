"""One avatar in OBS: its source, its driver, its status."""

import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ezvtb_obs import engine_build, libobs, picture_fits, presets, properties, settings, status
from ezvtb_obs.driver import Driver
from ezvtb_obs.emptying import EMPTY_CACHE
from ezvtb_obs.engine_client import EngineClient
from ezvtb_obs.engine_process import log_path
from ezvtb_obs.engines import Engines
from ezvtb_obs.hotkeys import Hotkeys
from ezvtb_obs.microphone import Microphone
from ezvtb_obs.senses import Senses
from ezvtb_obs.settings import Settings
from ezvtb_obs.status import Status
from ezvtb_obs.trackers import Trackers
from ezvtb_obs.video_output import SourceOutput


class AvatarSource:
    """An instance of the source type. UI thread, except where a method says otherwise."""

    def __init__(self, obs: libobs.Libobs, source: int, event: int, trackers: Trackers, engines: Engines) -> None:
        """Starts the avatar of `source`; `event` is signalled when its settings change.

        It shares `trackers` and `engines` with the others.
        """
        self.name = _name(obs, source)
        self._obs = obs
        # libobs applies an update on its graphics thread and then sends this signal: native all the way
        signals = obs.obs_source_get_signal_handler(source)
        obs.signal_handler_disconnect(signals, b"update", obs.address("os_event_signal"), event)
        obs.signal_handler_connect(signals, b"update", obs.address("os_event_signal"), event)
        self._output = SourceOutput(obs, source)
        self._set_up(source)
        self._write(source, {"face_box": False})  # a stream mustn't begin with what was left on the day before
        self._settings = self._read(source)
        senses = Senses(
            self._settings,
            trackers,
            zlib.crc32(self.name.encode()),  # two avatars don't blink together, and each does as it did yesterday
            keys=Hotkeys(obs, source),
            open_microphone=lambda name: Microphone(obs, name),
            learnt=lambda: obs.os_event_signal(event),
        )
        open_engine = partial(EngineClient, engines=engines)
        self.driver = Driver(self._output, self._settings, senses, log_path(self.name), open_engine)
        self.driver.start()

    def is_of(self, source: int) -> bool:
        """Whether this is the avatar of that source."""
        return self._output.is_of(source)

    def look(self, source: int) -> None:
        """Takes over a new name or new settings; saves what was learnt in them."""
        self.name = _name(self._obs, source)
        if learnt := self.driver.senses.take_unsaved():
            if "calibration" in learnt:
                learnt["calibrated"] = self._settings.calibrated + 1
            self._write(source, learnt)
        self._set_up(source)
        found = self._read(source)
        if found.calibrated < self._settings.calibrated:  # somebody clicked Cancel in the panel
            self._write(source, {name: getattr(self._settings, name) for name in ("calibration", "calibrated")})
            found = self._read(source)
        if found != self._settings:
            if belonging := picture_fits.followed(self._settings, found):
                self._write(source, belonging)
                found = self._read(source)
            former, self._settings = self._settings, found
            changed = {name: value for name, value in vars(found).items() if value != getattr(former, name)}
            libobs.log(f"settings of {self.name!r}: {changed}")
            panel_differs = properties.hidden(former) != properties.hidden(found) or found.picture != former.picture
            self.driver.apply(found, refresh_panel=panel_differs or bool(learnt))

    def clicked(self, button: str) -> None:
        """A button of the panel, by its name."""
        if button in presets.PRESETS:
            values = {**presets.values(button), "chosen_by_itself": False}
            self._output.with_source(lambda source: self._choose(source, values))
        elif button == EMPTY_CACHE:
            self.driver.empty_cache()
        elif button in engine_build.BUTTONS:
            self.driver.build.click(button)
        else:
            self.driver.senses.click(button)

    def status(self) -> Status:
        """The status text. Any thread."""
        return status.of(self.driver.facts())

    @property
    def build(self) -> str:
        """The state of its build of engines (see `engine_build`). Any thread."""
        return engine_build.state(self.driver.facts().statistics)

    @property
    def settings(self) -> Settings:
        """The settings as they were last seen. Any thread."""
        return self._settings

    @property
    def devices(self) -> "Sequence[dict[str, Any]]":
        """What the engine could run on; empty until one was ready. Any thread."""
        return self.driver.devices

    @property
    def limits(self) -> "Mapping[str, str]":
        """The engine's options that can have no effect on this computer, and why, once one was ready. Any thread."""
        return self.driver.limits

    def _set_up(self, source: int) -> None:
        """An avatar that nobody has set up gets what suits this computer."""
        data = self._obs.obs_source_get_settings(source)
        untouched = settings.is_untouched(self._obs, data)
        self._obs.obs_data_release(data)
        if untouched:
            self._write(source, {**presets.values(presets.for_this_computer()), "chosen_by_itself": True})

    def _choose(self, source: int, values: "Mapping[str, Any]") -> None:
        """Writes these settings and takes them over."""
        self._write(source, values)
        self.look(source)

    def _write(self, source: int, values: "Mapping[str, Any]") -> None:
        data = self._obs.obs_source_get_settings(source)
        for name, value in values.items():
            settings.write(self._obs, data, name, value)
        self._obs.obs_data_release(data)

    def _read(self, source: int) -> Settings:
        data = self._obs.obs_source_get_settings(source)
        try:
            settings.set_defaults(self._obs, data)
            return settings.read(self._obs, data)
        finally:
            self._obs.obs_data_release(data)


def _name(obs: libobs.Libobs, source: int) -> str:
    return str((obs.obs_source_get_name(source) or b"?").decode("utf-8", "replace"))
