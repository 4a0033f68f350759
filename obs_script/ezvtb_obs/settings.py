"""What a user can set on one avatar: names, defaults, ranges, how they are read from OBS, and what the engine is told.

`obs_data` is not safe between threads: only the UI thread reads and writes it. The others get a `Settings`.
"""

import math
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from ezvtb.paths import CHARACTER
from ezvtb.tracking import mapping
from ezvtb.tracking.endpoint import ANY_TRACKER, THIS_COMPUTER, USUAL_PORTS, Endpoint
from ezvtb.tracking.expressions import EXPRESSIONS
from ezvtb.tracking.figure import FigureOptions
from ezvtb.tracking.idle import IdleOptions
from ezvtb.tracking.mapping import EyebrowMode, Group, HeadLimits, MappingOptions
from ezvtb.tracking.motion import MotionOptions
from ezvtb.tracking.protocols import PROTOCOLS
from ezvtb.tracking.simplify import Level
from ezvtb_obs import chosen_device, expression_names

LOWEST_FPS, HIGHEST_FPS, DEFAULT_FPS = 5, 120, 30
"""Frames a second: OBS shows at most its own rate, and below 5 nothing looks alive."""

MOST_FRAMES = 4
"""RIFE draws up to three frames between two poses."""

MOST_PIXELS_MOVED = 256
"""Half of the picture's 512."""

OFF = "off"
CACHE_IN_RAM, CACHE_IN_DATABASE = "ram", "database"
CACHES = (OFF, CACHE_IN_RAM, CACHE_IN_DATABASE)

SR_FACE, SR_WHOLE = "x4", "x2"
SUPER_RESOLUTIONS = (OFF, SR_FACE, SR_WHOLE)

SEPARABLE, STANDARD = "separable", "standard"
MODELS = (SEPARABLE, STANDARD)
STAGES_IN_VRAM, STAGES_IN_RAM = "vram", "ram"
STAGES = (STAGES_IN_VRAM, STAGES_IN_RAM, OFF)

TRACKERS = (ANY_TRACKER, *(protocol.name for protocol in PROTOCOLS))


EYEBROWS = tuple(mode.value for mode in EyebrowMode)

_MOTION, _MAPPING, _FIGURE = MotionOptions(), mapping.DEFAULT, FigureOptions()


class Range(NamedTuple):
    """What a setting may be: one of `choices` where there are some, else from `lowest` to `highest`."""

    lowest: float = 0
    highest: float = math.inf
    choices: "tuple[Any, ...]" = ()


def _of(default: Any, lowest: float = 0, highest: float = math.inf, choices: "tuple[Any, ...]" = ()) -> Any:
    return field(default=default, metadata={"range": Range(lowest, highest, choices)})


def _percent(share: float) -> int:
    return round(100 * share)


@dataclass(frozen=True)
class Settings:
    """A snapshot of one source's settings. Fields have the names and types of the settings in OBS."""

    picture: str = str(CHARACTER)
    """Empty: nothing is shown."""
    fit_scale: int = _of(100, 25, 400)
    fit_x: int = _of(0, -MOST_PIXELS_MOVED, MOST_PIXELS_MOVED)
    fit_y: int = _of(0, -MOST_PIXELS_MOVED, MOST_PIXELS_MOVED)
    """Corrections of how this picture is fitted: percent, and pixels of its 512."""
    fits: str = ""
    """Those of all pictures: what `picture_fits` wrote."""
    face_box: bool = False
    """Only while somebody fits a picture: it is off whenever OBS starts."""
    remove_background: bool = True

    tracker: str = _of(ANY_TRACKER, choices=TRACKERS)
    address: str = THIS_COMPUTER
    """Only trackers on this computer are heard, unless the user wants others."""
    port: int = _of(USUAL_PORTS, 0, 65535)
    phone: str = ""
    calibration: str = ""
    """How each tracker sees somebody who looks straight ahead: what `calibration.to_text` wrote."""
    calibrated: int = 0
    """How often that was learnt. The panel's Cancel takes back everything that changed since it was opened: by this is
    noticed that it took a calibration along, which was no change of a property."""

    microphone: str = ""
    """An audio source that opens the mouth; empty: none."""
    microphone_sensitivity: int = _of(_percent(_MOTION.sensitivity), 0, 100)
    microphone_too: bool = _MOTION.microphone_too

    mirror: bool = _MAPPING.mirror
    responsiveness: int = _of(_percent(_MOTION.responsiveness), 0, 100)
    eyebrows: str = _of(_MAPPING.eyebrow_mode.value, choices=EYEBROWS)
    link_eyes: bool = _MAPPING.link_eyes
    iris_small: int = _of(_percent(_MAPPING.iris_small), 0, 100)
    head_pitch: int = _of(round(_MAPPING.head_limits.pitch), 5, 60)
    head_yaw: int = _of(round(_MAPPING.head_limits.yaw), 5, 60)
    head_roll: int = _of(round(_MAPPING.head_limits.roll), 5, 60)
    """Degrees at which the character's head is turned as far as it can."""
    body: int = _of(_percent(_MAPPING.body), 0, 100)

    eyes_gain: int = _of(_percent(_MAPPING.eyes.gain), 0, 300)
    eyes_dead_zone: int = _of(_percent(_MAPPING.eyes.dead_zone), 0, 50)
    eyebrows_gain: int = _of(_percent(_MAPPING.eyebrows.gain), 0, 300)
    eyebrows_dead_zone: int = _of(_percent(_MAPPING.eyebrows.dead_zone), 0, 50)
    mouth_gain: int = _of(_percent(_MAPPING.mouth.gain), 0, 300)
    mouth_dead_zone: int = _of(_percent(_MAPPING.mouth.dead_zone), 0, 50)
    gaze_gain: int = _of(_percent(_MAPPING.gaze.gain), 0, 300)
    gaze_dead_zone: int = _of(_percent(_MAPPING.gaze.dead_zone), 0, 50)
    head_gain: int = _of(_percent(_MAPPING.head.gain), 0, 300)
    head_dead_zone: int = _of(_percent(_MAPPING.head.dead_zone), 0, 50)

    figure: bool = _MOTION.figure is not None
    """Whether the whole figure moves, on a canvas larger than the picture."""
    figure_move: int = _of(_percent(_FIGURE.move), 0, 200)
    figure_tilt: int = _of(_percent(_FIGURE.tilt), 0, 200)
    figure_zoom: int = _of(_percent(_FIGURE.zoom), 0, 200)

    idle: bool = _MOTION.idle
    blinks: bool = _MOTION.life.blinks
    breaths: int = _of(round(_MOTION.life.breaths_a_minute), 0, 60)
    breath_depth: int = _of(_percent(_MOTION.life.breath_depth), 0, 100)
    gaze_drift: int = _of(_percent(_MOTION.life.gaze), 0, 200)
    head_drift: int = _of(_percent(_MOTION.life.head), 0, 200)

    expression_1: str = "Smile"
    expression_2: str = "Angry"
    expression_3: str = "Sad"
    expression_4: str = "Surprised"
    """What the hotkeys put on: what `expression_names.parse` reads; the panel begins with these in the user's words."""
    expression_1_hold: bool = False
    expression_2_hold: bool = False
    expression_3_hold: bool = False
    expression_4_hold: bool = False
    """Whether only while the key is held; else it puts the expression on and takes it off again."""

    chosen_by_itself: bool = False
    """Whether nobody has clicked a preset: that of a new avatar was chosen for the computer."""
    simplify: int = _of(int(Level.OFF), choices=tuple(int(level) for level in Level))

    fps_limit: int = _of(DEFAULT_FPS, LOWEST_FPS, HIGHEST_FPS)
    interpolation: int = _of(MOST_FRAMES, 1, MOST_FRAMES)
    """Frames a pose; 1: none between two."""
    device: str = ""
    """The name of what computes the frames, from READY's `devices`; empty: whatever the engine takes by itself. A bare
    number is what earlier versions saved (see `chosen_device`)."""

    cache: str = _of(CACHE_IN_RAM, choices=CACHES)
    cache_gb: float = _of(2.0, 0.25, 64.0)
    cache_quality: int = _of(85, 0, 100)
    """Of JPEG; 100: uncompressed."""
    cache_path: str = ""
    """The database's file; empty: in the user's cache folder."""

    sr: str = _of(OFF, choices=SUPER_RESOLUTIONS)
    sr_noise: int = _of(1, 0, 3)

    tensorrt: bool = True
    model: str = _of(SEPARABLE, choices=MODELS)
    half: bool = True
    interpolation_half: bool = True
    sr_half: bool = True
    stages: str = _of(STAGES_IN_VRAM, choices=STAGES)
    """Where the poser's intermediate results are kept."""
    stages_gb: float = _of(1.0, 0.25, 16.0)

    @property
    def expressions(self) -> "tuple[str, ...]":
        """Of the four slots."""
        return self.expression_1, self.expression_2, self.expression_3, self.expression_4

    @property
    def expressions_held(self) -> "tuple[bool, ...]":
        """Whether only while the key is held, of the four slots."""
        return self.expression_1_hold, self.expression_2_hold, self.expression_3_hold, self.expression_4_hold

    @property
    def endpoint(self) -> Endpoint:
        """Where the tracker is heard."""
        return Endpoint(self.address.strip() or THIS_COMPUTER, self.port, self.tracker, self.phone.strip())


RANGES: "dict[str, Range]" = {each.name: each.metadata.get("range", Range()) for each in fields(Settings)}
DEFAULTS: "dict[str, Any]" = {each.name: each.default for each in fields(Settings)}

_FORMER = {f"expression_{slot}_hold": "expressions_hold" for slot in range(1, 5)}
"""Switches that had another name in an earlier version, one for all: what that says counts where they are not set."""

_KINDS = {str: "string", bool: "bool", int: "int", float: "double"}
"""How libobs calls these types."""


def set_defaults(obs: Any, data: int) -> None:
    """Writes the defaults into an `obs_data`. UI thread."""
    for name, usual in DEFAULTS.items():
        default = bool(obs.obs_data_get_bool(data, _FORMER[name].encode())) if name in _FORMER else usual
        named = expression_names.shown(default) if default in EXPRESSIONS else default
        value = named.encode() if isinstance(named, str) else named
        getattr(obs, f"obs_data_set_default_{_KINDS[type(default)]}")(data, name.encode(), value)


def is_untouched(obs: Any, data: int) -> bool:
    """Whether an `obs_data` has no setting of its own: nobody has ever set up this avatar. UI thread."""
    return not any(obs.obs_data_has_user_value(data, name.encode()) for name in (*DEFAULTS, *_FORMER.values()))


def write(obs: Any, data: int, name: str, value: Any) -> None:
    """Writes one setting into an `obs_data`. UI thread."""
    stored = value.encode() if isinstance(value, str) else value
    getattr(obs, f"obs_data_set_{_KINDS[type(value)]}")(data, name.encode(), stored)


def read(obs: Any, data: int) -> Settings:
    """The settings in an `obs_data`, brought into their ranges: a scene file can hold anything. UI thread."""
    values = {}
    for name, default in DEFAULTS.items():
        kind = type(default)
        stored = getattr(obs, f"obs_data_get_{_KINDS[kind]}")(data, name.encode())
        if kind is str:
            stored = (stored or b"").decode("utf-8", "replace").strip()
        if name == "device" and not stored:
            stored = chosen_device.as_text(obs.obs_data_get_int(data, name.encode()))
        values[name] = _within(kind(stored), RANGES[name], default)
    return Settings(**values)


def engine_options(settings: Settings) -> "dict[str, object]":
    """The options of START for these settings: those of `get_core`, and `device_name`.

    Another engine is needed exactly when they change.
    """
    options: dict[str, object] = {
        **chosen_device.options(settings.device),
        "use_tensorrt": settings.tensorrt,
        "model_seperable": settings.model == SEPARABLE,
        "model_half": settings.half,
        "model_cache": settings.stages != OFF,
        "use_cacher": settings.cache != OFF,
        "use_interpolation": settings.interpolation > 1,
        "use_sr": settings.sr != OFF,
    }
    if settings.stages != OFF:
        options.update(model_vram_cache=settings.stages == STAGES_IN_VRAM, model_cache_size=settings.stages_gb)
    if settings.cache != OFF:
        options.update(cacher_on_database=settings.cache == CACHE_IN_DATABASE, cacher_ram_size=settings.cache_gb)
        options.update(cacher_quality=settings.cache_quality)
    if settings.cache == CACHE_IN_DATABASE and settings.cache_path:
        options.update(cacher_db_path=settings.cache_path)
    if settings.interpolation > 1:
        options.update(interpolation_scale=settings.interpolation, interpolation_half=settings.interpolation_half)
    if settings.sr != OFF:
        options.update(sr_x4=settings.sr == SR_FACE, sr_half=settings.sr_half)
    if settings.sr == SR_WHOLE:
        options.update(sr_noise=settings.sr_noise)
    return options


def motion_options(settings: Settings) -> MotionOptions:
    """How the avatar moves, for these settings."""

    def group(name: str) -> Group:
        return Group(getattr(settings, f"{name}_gain") / 100, getattr(settings, f"{name}_dead_zone") / 100)

    return MotionOptions(
        mapping=MappingOptions(
            eyes=group("eyes"),
            eyebrows=group("eyebrows"),
            mouth=group("mouth"),
            gaze=group("gaze"),
            head=group("head"),
            mirror=settings.mirror,
            eyebrow_mode=EyebrowMode(settings.eyebrows),
            link_eyes=settings.link_eyes,
            head_limits=HeadLimits(settings.head_pitch, settings.head_yaw, settings.head_roll),
            body=settings.body / 100,
            iris_small=settings.iris_small / 100,
        ),
        responsiveness=settings.responsiveness / 100,
        idle=settings.idle,
        life=IdleOptions(
            breaths_a_minute=settings.breaths,
            breath_depth=settings.breath_depth / 100,
            blinks=settings.blinks,
            gaze=settings.gaze_drift / 100,
            head=settings.head_drift / 100,
        ),
        microphone_too=settings.microphone_too,
        sensitivity=settings.microphone_sensitivity / 100,
        figure=FigureOptions(
            move=settings.figure_move / 100,
            tilt=settings.figure_tilt / 100,
            zoom=settings.figure_zoom / 100,
            mirror=settings.mirror,
            responsiveness=settings.responsiveness / 100,
        )
        if settings.figure
        else None,
    )


def _within(value: Any, allowed: Range, default: Any) -> Any:
    """The nearest allowed value: of numbers to choose from the largest that isn't above it, of words the default."""
    if isinstance(value, (bool, str)):
        return default if allowed.choices and value not in allowed.choices else value
    if allowed.choices:
        return max((each for each in allowed.choices if each <= value), default=allowed.choices[0])
    if not math.isfinite(value):
        return type(value)(allowed.lowest)
    return type(value)(min(allowed.highest, max(allowed.lowest, value)))
