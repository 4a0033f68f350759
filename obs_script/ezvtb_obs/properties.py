"""The properties panel of an avatar: which properties there are, in which groups, and when each is of use."""

from collections.abc import Iterable
from typing import Any, Callable, NamedTuple, Optional

from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.expressions import EXPRESSIONS
from ezvtb.tracking.simplify import Level
from ezvtb_obs import libobs, settings
from ezvtb_obs.presets import PRESETS
from ezvtb_obs.settings import RANGES, Settings
from ezvtb_obs.texts import DATABASE_FILTER, PICTURE_FILTER, WORDS

STATUS = "status"

Choices = Iterable[tuple[Any, str]]


class Panel(NamedTuple):
    """What one panel shows."""

    status: "tuple[str, bool]"
    """The text, and whether it tells of trouble."""
    clicked: int
    """Address of what every button calls."""
    devices: "tuple[dict[str, Any], ...]" = ()
    """What could compute the frames: `id` and `name`."""
    audio_sources: "tuple[str, ...]" = ()
    present: Optional[Settings] = None
    """What has no effect with these is hidden."""


class Property(NamedTuple):
    """One property. Its name is the setting's; its words are in `texts`."""

    name: str
    kind: str
    """How it is drawn: see `_add`."""
    unit: str = ""
    choices: "Callable[[Panel], Choices]" = lambda _: ()
    shown: "Callable[[Settings], bool]" = lambda _: True


def _tracker_choices(_panel: Panel) -> Choices:
    return [(name, name or "Any tracker") for name in settings.TRACKERS]


def _microphone_choices(panel: Panel) -> Choices:
    """All audio sources; the chosen one, too, while there is none of that name."""
    chosen = panel.present.microphone if panel.present else ""
    absent = [(chosen, f"{chosen} (not there)")] if chosen and chosen not in panel.audio_sources else []
    return [("", "None"), *((name, name) for name in panel.audio_sources), *absent]


def _expression_choices(_panel: Panel) -> Choices:
    return [(name, name) for name in EXPRESSIONS]


def _device_choices(panel: Panel) -> Choices:
    """0 is whatever the engine takes by itself."""
    names = {int(device.get("id", 0)): str(device.get("name", "")) for device in panel.devices}
    automatic = f"Automatic ({names[0]})" if names.get(0) else "Automatic"
    return [(0, automatic), *((number, names[number]) for number in sorted(names) if number > 0)]


def _these(*choices: "tuple[Any, str]") -> "Callable[[Panel], Choices]":
    return lambda _: choices


TOP = (
    Property("picture", "path"),
    # high up: the panel is lower than its content, and trouble must be seen without scrolling
    Property(STATUS, "info"),
    Property("refresh", "button"),
)
GROUPS: "dict[str, tuple[Property, ...]]" = {
    "presets": tuple(Property(name, "button") for name in PRESETS),
    "tracking": (
        Property("tracker", "list", choices=_tracker_choices),
        Property("phone", "text", shown=lambda now: _may_be_asked(now.tracker)),
        Property("address", "text"),
        Property("port", "number"),
        Property("straight_ahead", "button"),
        Property("forget_straight_ahead", "button", shown=lambda now: bool(now.calibration)),
        Property("microphone", "list", choices=_microphone_choices),
        Property("microphone_sensitivity", "slider", unit=" %", shown=lambda now: bool(now.microphone)),
        Property("microphone_too", "check", shown=lambda now: bool(now.microphone)),
    ),
    "motion": (
        Property("mirror", "check"),
        Property("responsiveness", "slider", unit=" %"),
        Property("head_pitch", "slider", unit=" °"),
        Property("head_yaw", "slider", unit=" °"),
        Property("head_roll", "slider", unit=" °"),
        Property("body", "slider", unit=" %"),
        Property("eyebrows", "list", choices=_these(*((mode, mode.capitalize()) for mode in settings.EYEBROWS))),
        Property("link_eyes", "check"),
        Property("iris_small", "slider", unit=" %"),
    ),
    "strength": tuple(
        Property(f"{part}_{what}", "slider", unit=" %")
        for part in ("eyes", "eyebrows", "mouth", "gaze", "head")
        for what in ("gain", "dead_zone")
    ),
    "expressions": (
        *(Property(f"expression_{slot}", "editable", choices=_expression_choices) for slot in range(1, 5)),
        Property("expressions_hold", "check"),
    ),
    "life": (
        Property("idle", "check"),
        Property("blinks", "check", shown=lambda now: now.idle),
        Property("breaths", "slider", unit=" a minute", shown=lambda now: now.idle),
        Property("breath_depth", "slider", unit=" %", shown=lambda now: now.idle),
        Property("gaze_drift", "slider", unit=" %", shown=lambda now: now.idle),
        Property("head_drift", "slider", unit=" %", shown=lambda now: now.idle),
    ),
    "performance": (
        Property(
            "simplify",
            "list",
            choices=_these(
                *((int(level), "Off" if level is Level.OFF else level.name.capitalize()) for level in Level)
            ),
        ),
        Property("fps_limit", "slider", unit=" fps"),
        Property(
            "interpolation",
            "list",
            choices=_these((1, "Off"), *((count, f"x{count}") for count in range(2, settings.MOST_FRAMES + 1))),
        ),
        Property(
            "cache",
            "list",
            choices=_these(
                (settings.OFF, "Off"), (settings.CACHE_IN_RAM, "RAM"), (settings.CACHE_IN_DATABASE, "Database")
            ),
        ),
        Property("cache_gb", "decimal", unit=" GB", shown=lambda now: now.cache != settings.OFF),
        Property("device", "list", choices=_device_choices),
    ),
    "super_resolution": (
        Property(
            "sr",
            "list",
            choices=_these(
                (settings.OFF, "Off"),
                (settings.SR_FACE, "Face x4 (1024x1024)"),
                (settings.SR_WHOLE, "Whole x2 (1024x1024)"),
            ),
        ),
        # only one of the networks has levels of it
        Property("sr_noise", "slider", shown=lambda now: now.sr == settings.SR_WHOLE),
    ),
    "advanced": (
        Property("tensorrt", "check"),
        Property("model", "list", choices=_these((settings.SEPARABLE, "Separable"), (settings.STANDARD, "Standard"))),
        Property("half", "check"),
        Property("interpolation_half", "check", shown=lambda now: now.interpolation > 1),
        Property("sr_half", "check", shown=lambda now: now.sr != settings.OFF),
        Property(
            "stages",
            "list",
            choices=_these(
                (settings.STAGES_IN_VRAM, "Graphics card"), (settings.STAGES_IN_RAM, "RAM"), (settings.OFF, "Off")
            ),
        ),
        Property("stages_gb", "decimal", unit=" GB", shown=lambda now: now.stages != settings.OFF),
        Property("cache_quality", "slider", unit=" %", shown=lambda now: now.cache != settings.OFF),
        Property("cache_path", "save", shown=lambda now: now.cache == settings.CACHE_IN_DATABASE),
    ),
}


def build(obs: libobs.Libobs, panel: Panel) -> int:
    """A new `obs_properties`. Whoever changes settings that hide or show others has the panel built anew."""
    made = int(obs.obs_properties_create())
    for each in TOP:
        _add(obs, made, each, panel)
    for name, properties in GROUPS.items():
        group = int(obs.obs_properties_create())
        for each in properties:
            _add(obs, group, each, panel)
        obs.obs_properties_add_group(made, name.encode(), WORDS[name].label.encode(), libobs.GROUP_NORMAL, group)
    set_status(obs, made, panel.status)
    return made


def hidden(present: Settings) -> "frozenset[str]":
    """The names of the properties that have no effect with these settings."""
    return frozenset(each.name for group in GROUPS.values() for each in group if not each.shown(present))


def set_status(obs: libobs.Libobs, properties: int, status: "tuple[str, bool]") -> None:
    """Writes the status into a panel that `build` made."""
    text, trouble = status
    field = obs.obs_properties_get(properties, STATUS.encode())
    obs.obs_property_set_description(field, text.encode())
    obs.obs_property_text_set_info_type(field, libobs.TEXT_INFO_WARNING if trouble else libobs.TEXT_INFO_NORMAL)


def _add(obs: libobs.Libobs, properties: int, each: Property, panel: Panel) -> None:
    label, hint = WORDS[each.name]
    arguments = properties, each.name.encode(), label.encode()
    limits = RANGES.get(each.name, settings.Range())
    lowest, highest = limits.lowest, limits.highest
    if each.kind == "path":
        added = obs.obs_properties_add_path(*arguments, libobs.PATH_FILE, PICTURE_FILTER.encode(), None)
    elif each.kind == "save":
        added = obs.obs_properties_add_path(*arguments, libobs.PATH_FILE_SAVE, DATABASE_FILTER.encode(), None)
    elif each.kind in ("text", "info"):
        form = libobs.TEXT_INFO if each.kind == "info" else libobs.TEXT_DEFAULT
        added = obs.obs_properties_add_text(*arguments, form)
    elif each.kind == "button":
        added = obs.obs_properties_add_button(*arguments, panel.clicked)
    elif each.kind == "check":
        added = obs.obs_properties_add_bool(*arguments)
    elif each.kind == "number":
        added = obs.obs_properties_add_int(*arguments, int(lowest), int(highest), 1)
    elif each.kind == "slider":
        added = obs.obs_properties_add_int_slider(*arguments, int(lowest), int(highest), 1)
        obs.obs_property_int_set_suffix(added, each.unit.encode())
    elif each.kind == "decimal":
        added = obs.obs_properties_add_float(*arguments, lowest, highest, 0.25)
        obs.obs_property_float_set_suffix(added, each.unit.encode())
    else:
        form = libobs.COMBO_TYPE_EDITABLE if each.kind == "editable" else libobs.COMBO_TYPE_LIST
        added = _add_list(obs, arguments, form, list(each.choices(panel)))
    if hint:
        obs.obs_property_set_long_description(added, hint.encode())
    if panel.present is not None:
        obs.obs_property_set_visible(added, each.shown(panel.present))


def _add_list(
    obs: libobs.Libobs, arguments: "tuple[int, bytes, bytes]", kind: int, choices: "list[tuple[Any, str]]"
) -> Any:
    texts = isinstance(choices[0][0], str)
    form = libobs.COMBO_FORMAT_STRING if texts else libobs.COMBO_FORMAT_INT
    added = obs.obs_properties_add_list(*arguments, kind, form)
    for value, words in choices:
        if texts:
            obs.obs_property_list_add_string(added, words.encode(), value.encode())
        else:
            obs.obs_property_list_add_int(added, words.encode(), value)
    return added


def _may_be_asked(tracker: str) -> bool:
    """Whether this tracker, or one of any, is a phone that wants to be asked."""
    return any(each.requests is not None for each in Endpoint(tracker=tracker).protocols)
