"""Who answers for the source type while the script is loaded: finds its instances and keeps their avatars.

`script_load` attaches a runtime, `script_unload` detaches it: then all threads and engines have ended and the
sources are blank. The native type outlives both (`source_type`).

Instances are found without callbacks of ours: libobs signals a native event; a thread waits for it with the GIL
released and queues a task for the UI thread; there obspython enumerates the sources. (A ctypes enumeration would
call Python under libobs's mutex.)
"""

import importlib
import threading
import time
from typing import Any, Optional

from ezvtb_obs import lacking, libobs, microphone, properties, source_type
from ezvtb_obs.engines import Engines
from ezvtb_obs.source import AvatarSource
from ezvtb_obs.status import Status
from ezvtb_obs.texts import text
from ezvtb_obs.trackers import Trackers

_EVENT_MILLISECONDS = 500
"""How often the discovery thread looks up by itself, to stop or to forget ended avatars."""
_LOOKS = 3
"""Enumerations after an event: at once, and at the next timeouts. libobs can send "source_create" a moment before
enumeration finds the source (seen in OBS 29, about once in a hundred creations)."""
_DISCOVERY_GAP_SECONDS = 0.1
"""At most ten enumerations a second, however often a slider sends its updates."""
_END_SECONDS = 5.0
"""What `script_unload` waits for all threads together. An engine needs one second at most."""


class Runtime:
    """The avatars of this OBS while the script is loaded."""

    def __init__(self, native: source_type.NativeType) -> None:
        self._native = native
        self._obs = libobs.load()
        self._trackers, self._engines = Trackers(), Engines()
        self._lock = threading.Lock()
        self._avatars: dict[int, AvatarSource] = {}
        """By handle: what `create` gave libobs."""
        self._audio_sources: tuple[str, ...] = ()
        self._stopping = threading.Event()
        self._ui_thread = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="ezvtb-discovery", daemon=True)

    def attach(self) -> None:
        """Begins to answer for the source type. UI thread."""
        self._native.runtime = self
        self._obs.os_event_signal(self._native.event)  # the sources that are there already
        self._thread.start()

    def detach(self) -> None:
        """Ends every thread and engine, and blanks the sources. UI thread."""
        if self._native.runtime is self:
            self._native.runtime = None
        self._stopping.set()
        self._obs.os_event_signal(self._native.event)
        with self._lock:
            avatars, self._avatars = list(self._avatars.values()), {}
        for avatar in avatars:
            avatar.driver.stop()
        until = time.perf_counter() + _END_SECONDS
        self._thread.join(_END_SECONDS)
        for avatar in avatars:
            if not avatar.driver.join(max(0.1, until - time.perf_counter())):
                libobs.log(f"the thread of {avatar.name!r} has not ended", libobs.LOG_ERROR)

    def discover(self) -> None:
        """Looks at all instances: new ones get an avatar, known ones are asked for their settings. UI thread."""
        obspython: Any = importlib.import_module("obspython")
        found = obspython.obs_enum_sources() or []
        try:
            for source in found:
                if obspython.obs_source_get_unversioned_id(source) == source_type.ID:
                    self._look(int(source))
        finally:
            obspython.source_list_release(found)

    def properties(self, handle: Optional[int]) -> int:
        """A properties panel for the instance with that handle; None: for the type."""
        avatar = self._avatar(handle)
        teller = self._teller(avatar)
        panel = properties.Panel(
            status=avatar.status() if avatar else Status("", text("status.not_yet")),
            clicked=self._native.clicked,
            devices=tuple(teller.devices) if teller else (),
            limits=teller.limits if teller else {},
            lacking=lacking.choices(),
            audio_sources=self._heard_sources(),
            present=avatar.settings if avatar else None,
            build=avatar.build if avatar else "",
        )
        return properties.build(self._obs, panel)

    def clicked(self, panel: int, button: str, handle: Optional[int]) -> bool:
        """A button of an open panel was clicked; whether the panel must be drawn again."""
        avatar = self._avatar(handle)
        if avatar is None:
            return False
        avatar.clicked(button)
        properties.set_status(self._obs, panel, avatar.status())
        return True

    def _avatar(self, handle: Optional[int]) -> Optional[AvatarSource]:
        if handle is None:
            return None
        with self._lock:
            known = self._avatars.get(handle)
        if known is None and threading.get_ident() == self._ui_thread:
            self.discover()  # the panel of a new source opens before its event is worked off
            with self._lock:
                known = self._avatars.get(handle)
        return known

    def _heard_sources(self) -> "tuple[str, ...]":
        """The names of all audio sources; on another thread than the UI's (obs-websocket's) as they last were."""
        if threading.get_ident() == self._ui_thread:
            self._audio_sources = tuple(microphone.audio_source_names())
        return self._audio_sources

    def _teller(self, avatar: Optional[AvatarSource]) -> Optional[AvatarSource]:
        """Whose engine knows the computer: this avatar's, else that of any other."""
        with self._lock:
            others = list(self._avatars.values())
        return next((each for each in ([avatar] if avatar else []) + others if each.devices), None)

    def _look(self, source: int) -> None:
        handle = self._obs.obs_obj_get_data(source)
        if not handle or self._obs.obs_source_removed(source):
            return  # a placeholder, which `revival` is for; or one on its way out
        with self._lock:
            known = self._avatars.get(handle)
        if known is not None and known.is_of(source) and not known.driver.ended:
            known.look(source)
            return
        avatar = AvatarSource(self._obs, source, self._native.event, self._trackers, self._engines)
        libobs.log(f"found {avatar.name!r}")
        with self._lock:
            self._avatars[handle] = avatar

    def _watch(self) -> None:
        """The discovery thread."""
        looks = _LOOKS
        while not self._stopping.is_set():
            if self._obs.os_event_timedwait(self._native.event, _EVENT_MILLISECONDS) == 0:
                looks = _LOOKS
            if looks and not self._stopping.is_set():
                looks -= 1
                # may still lie in the queue when the script is unloaded, and finds nobody attached then; OBS works
                # its queue off before it ends Python
                self._obs.obs_queue_task(libobs.TASK_UI, self._native.discovery_task, None, False)
                self._stopping.wait(_DISCOVERY_GAP_SECONDS)
            self._forget_ended()

    def _forget_ended(self) -> None:
        with self._lock:
            ended = [handle for handle, avatar in self._avatars.items() if avatar.driver.ended]
            for handle in ended:
                libobs.log(f"{self._avatars.pop(handle).name!r} is gone")
