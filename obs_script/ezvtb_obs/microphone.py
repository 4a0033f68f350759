"""The loudness of one of OBS's audio sources, measured by libobs's own volume meter. No Python on the audio thread.

A volume meter calls back on the audio thread, under two mutexes of libobs. A Python callback would wait for the GIL
there, and OBS's sound with it. So the callback is a function of libobs that happens to fit, as in `source_type`:

    wanted  void (void *param, const float magnitude[8], const float peak[8], const float input_peak[8])
    given   void vec2_abs(struct vec2 *dst, const struct vec2 *v)

With 8 bytes of ours as `param` it writes there the amounts of the first two channels' magnitudes; the further
arguments stay unread in their registers, in the calling conventions of System V and of Windows x64 alike. A magnitude
is in dB below full scale, so only the sign is lost (of a source amplified beyond full scale by a filter: +3 dB reads
as -3). `vec4_from_vec3` would keep the sign and copy a third channel, but it moves 16 bytes at once by an instruction
that crashes when one of the addresses isn't a multiple of 16, which nothing promises for the arrays that libobs passes.
`vec2_abs` works on single floats: read in libobs 28.0 to 32.2, disassembled in 29.0.2 for Linux and 32.2.2 for Windows.
"""

import ctypes
import importlib
import math
from typing import Any, Optional

from ezvtb_obs import libobs

SILENCE = -96.0
"""dB; nothing quieter is told apart: the lowest mark of OBS's logarithmic faders."""
STALE_SECONDS = 0.5
"""Without sound data for that long, the source gives none: it ended, or its device is gone."""
LOOK_SECONDS = 0.1
"""How often the source itself is looked at, or looked for. In between memory is read: no calls, no mutexes."""

_Levels = ctypes.c_float * 2
_UNWRITTEN = math.nan
"""Is put there after each look, to tell whether something new has come."""


class Microphone:
    """Follows one audio source by name, whenever it comes and goes. One thread at a time, any but OBS's audio thread.

    Calls into libobs release the GIL, and may wait for its mutexes: while OBS loads a scene collection, for instance.
    """

    def __init__(self, obs: libobs.Libobs, name: str) -> None:
        """Looks for nothing yet: the first `decibels` does."""
        self._obs = obs
        self._name = name
        self._weak: Optional[int] = None
        self._meter = self._levels = 0
        self._decibels = SILENCE
        self._muted = False
        self._heard_at = self._look_again_at = -math.inf

    @property
    def name(self) -> str:
        """The source's name. One that was found is followed through renamings."""
        return self._name

    def decibels(self, now: float) -> Optional[float]:
        """How loud the source is: the louder of its first two channels, RMS over its latest packet, SILENCE to 0 dBFS.

        With its filters and volume, as OBS's mixer shows it, and SILENCE while it is muted. A packet is 10 to 25 ms of
        sound. None without such a source, or without sound data for STALE_SECONDS. `now` as of `time.perf_counter`.
        """
        if now >= self._look_again_at:
            self._look_again_at = now + LOOK_SECONDS
            self._look()
        if not self._levels:
            return None
        levels = _Levels.from_address(self._levels)
        new = [level for level in levels if not math.isnan(level)]
        if new:
            levels[0] = levels[1] = _UNWRITTEN
            self._decibels, self._heard_at = max(SILENCE, -min(new)), now
        if now - self._heard_at > STALE_SECONDS:
            return None
        return SILENCE if self._muted else self._decibels

    def close(self) -> None:
        """Lets go of the source; idempotent."""
        source = self._known()
        self._detach(source)
        self._release(source)

    def _look(self) -> None:
        """Finds the source, notices what has become of it."""
        source = self._known()
        if self._weak and (not source or self._obs.obs_source_removed(source)):
            self._detach(source)
            self._release(source)
            source = None
        if not self._weak:
            source = self._obs.obs_get_source_by_name(self._name.encode())
            if source and not self._obs.obs_source_removed(source):
                self._attach(source)
        if self._weak:
            self._name = (self._obs.obs_source_get_name(source) or b"?").decode("utf-8", "replace")
            self._muted = self._obs.obs_source_muted(source)  # the meter goes on then, as OBS shows it
        self._release(source)

    def _known(self) -> Optional[int]:
        """A reference to the source that is measured; None without one, or if it is being destroyed."""
        return self._obs.obs_weak_source_get_source(self._weak) if self._weak else None

    def _release(self, source: Optional[int]) -> None:
        if source:
            self._obs.obs_source_release(source)

    def _attach(self, source: int) -> None:
        self._weak = self._obs.obs_source_get_weak_source(source)
        self._levels = self._obs.bmalloc(ctypes.sizeof(_Levels))
        levels = _Levels.from_address(self._levels)
        levels[0] = levels[1] = _UNWRITTEN
        self._heard_at = -math.inf
        self._meter = self._obs.obs_volmeter_create(libobs.FADER_LOG)
        self._obs.obs_volmeter_add_callback(self._meter, self._obs.address("vec2_abs"), self._levels)
        self._obs.obs_volmeter_attach_source(self._meter, source)

    def _detach(self, source: Optional[int]) -> None:
        """Ends the measuring. `source` is a reference, or None if the source is being destroyed.

        Only a reference keeps libobs from destroying the source at this moment, and it detaches the meter itself then,
        on a thread of its own, at a time that can't be seen. A meter freed meanwhile would be called as freed memory.
        So without a reference its 400 bytes are left behind, once for each source that went before anyone looked.
        """
        weak, meter, levels = self._weak, self._meter, self._levels
        self._weak, self._meter, self._levels = None, 0, 0
        if weak and source:
            self._obs.obs_volmeter_destroy(meter)  # waits for a callback that runs
            self._obs.bfree(levels)
        if weak:
            self._obs.obs_weak_source_release(weak)


def audio_source_names() -> "list[str]":
    """The names of all sources with sound, OBS's global devices too, sorted. UI thread only.

    Through obspython, which holds the GIL throughout: with ctypes, Python would be called under a mutex of libobs.
    """
    obspython: Any = importlib.import_module("obspython")
    sources = obspython.obs_enum_sources() or []
    try:
        return sorted(
            obspython.obs_source_get_name(source)
            for source in sources
            if obspython.obs_source_get_output_flags(source) & libobs.SOURCE_AUDIO
        )
    finally:
        obspython.source_list_release(sources)
