"""The properties panel of an avatar: which properties there are, in which groups, and when each is of use."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Callable, NamedTuple, Optional

from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.expressions import EXPRESSIONS
from ezvtb.tracking.protocols import raw
from ezvtb_obs import chosen_device, engine_build, expression_names, libobs, presets, settings
from ezvtb_obs.emptying import EMPTY_CACHE
from ezvtb_obs.settings import RANGES, Settings
from ezvtb_obs.status import Status
from ezvtb_obs.texts import hint, text

TROUBLE, STATUS = "trouble", "status"
"""The two parts of the status, which have no label: a text of OBS's has one colour."""

_PICTURES = "*.png *.webp *.jpg *.jpeg *.bmp *.tga *.gif *.tif *.tiff"
_DATABASES = "*.db"

_FIGURES = {"raw_port": raw.DEFAULT_PORT, "usual_fps": settings.DEFAULT_FPS}
"""What tool tips may name."""

_ALL = ""
"""Of a property that may be limited: not one choice, but all of it."""

Choices = Iterable[tuple[Any, str]]


class Panel(NamedTuple):
    """What one panel shows."""

    status: Status
    clicked: int
    """Address of what every button calls."""
    devices: "tuple[dict[str, Any], ...]" = ()
    """What could compute the frames: `id` and `name`."""
    limits: "Mapping[str, str]" = MappingProxyType({})
    """The engine's options that can have no effect on this computer, and the names of the reasons."""
    lacking: "frozenset[tuple[str, str]]" = frozenset()
    """Settings and their choices for which no model is installed."""
    audio_sources: "tuple[str, ...]" = ()
    present: Optional[Settings] = None
    """What has no effect with these is hidden."""
    build: str = ""
    """The state of the build of TensorRT's engines (see `engine_build`)."""


class Property(NamedTuple):
    """One property. Its name is the setting's, and the key of its words in `texts`."""

    name: str
    kind: str
    """How it is drawn: see `_add`."""
    unit: str = ""
    """The key of its text, after the dot."""
    choices: "Optional[Callable[[Panel], Choices]]" = None
    """None: the setting's own, by the texts of name and value."""
    shown: "Callable[[Settings], bool]" = lambda _: True
    option: str = ""
    """The engine's, where it may say that it can have no effect: then the property is greyed, with the reason."""
    choice: str = _ALL
    """The one choice of a list that tells the reason instead."""
    during: "tuple[str, ...]" = ()
    """The states of the build of TensorRT's engines in which it is shown; none: always."""


def _tracker_choices(_panel: Panel) -> Choices:
    return [(name, name or text("tracker.any")) for name in settings.TRACKERS]


def _microphone_choices(panel: Panel) -> Choices:
    """All audio sources; the chosen one, too, while there is none of that name."""
    chosen = panel.present.microphone if panel.present else ""
    absent = [(chosen, text("microphone.absent", name=chosen))] if chosen and chosen not in panel.audio_sources else []
    return [("", text("microphone.none")), *((name, name) for name in panel.audio_sources), *absent]


def _expression_choices(_panel: Panel) -> Choices:
    return [(words, words) for words in map(expression_names.shown, EXPRESSIONS)]


def _device_choices(panel: Panel) -> Choices:
    return chosen_device.choices(panel.present.device if panel.present else "", panel.devices)


def _interpolation_choices(_panel: Panel) -> Choices:
    return [(count, text(f"interpolation.{count}")) for count in range(1, settings.MOST_FRAMES + 1)]


TOP = (
    Property("picture", "path"),
    # high up: the panel is lower than its content, and trouble must be seen without scrolling
    Property(TROUBLE, "warning"),
    Property(STATUS, "info"),
    Property("refresh", "button"),
    Property(engine_build.STOP, "button", during=(engine_build.RUNNING,)),
    Property(engine_build.GO_ON, "button", during=(engine_build.CANCELLED, engine_build.FAILED)),
)
GROUPS: "dict[str, tuple[Property, ...]]" = {
    "presets": tuple(Property(name, "button") for name in presets.PRESETS),
    "fit": (
        Property("face_box", "check"),
        Property("fit_scale", "slider", unit="percent"),
        Property("fit_x", "slider", unit="pixels"),
        Property("fit_y", "slider", unit="pixels"),
        Property("remove_background", "check"),
    ),
    "tracking": (
        Property("tracker", "list", choices=_tracker_choices),
        Property("phone", "text", shown=lambda now: _may_be_asked(now.tracker)),
        Property("address", "text"),
        Property("port", "number"),
        Property("straight_ahead", "button"),
        Property("forget_straight_ahead", "button", shown=lambda now: bool(now.calibration)),
        Property("microphone", "list", choices=_microphone_choices),
        Property("microphone_sensitivity", "slider", unit="percent", shown=lambda now: bool(now.microphone)),
        Property("microphone_too", "check", shown=lambda now: bool(now.microphone)),
    ),
    "motion": (
        Property("mirror", "check"),
        Property("responsiveness", "slider", unit="percent"),
        Property("head_pitch", "slider", unit="degrees"),
        Property("head_yaw", "slider", unit="degrees"),
        Property("head_roll", "slider", unit="degrees"),
        Property("body", "slider", unit="percent"),
        Property("eyebrows", "list"),
        Property("link_eyes", "check"),
        Property("iris_small", "slider", unit="percent"),
    ),
    "strength": tuple(
        Property(f"{part}_{what}", "slider", unit="percent")
        for part in ("eyes", "eyebrows", "mouth", "gaze", "head")
        for what in ("gain", "dead_zone")
    ),
    "move_with_you": (
        Property("figure", "check"),
        Property("figure_move", "slider", unit="percent", shown=lambda now: now.figure),
        Property("figure_tilt", "slider", unit="percent", shown=lambda now: now.figure),
        Property("figure_zoom", "slider", unit="percent", shown=lambda now: now.figure),
    ),
    "expressions": tuple(
        each
        for slot in range(1, 5)
        for each in (
            Property(f"expression_{slot}", "editable", choices=_expression_choices),
            Property(f"expression_{slot}_hold", "check"),
        )
    ),
    "life": (
        Property("idle", "check"),
        Property("blinks", "check", shown=lambda now: now.idle),
        Property("breaths", "slider", unit="a_minute", shown=lambda now: now.idle),
        Property("breath_depth", "slider", unit="percent", shown=lambda now: now.idle),
        Property("gaze_drift", "slider", unit="percent", shown=lambda now: now.idle),
        Property("head_drift", "slider", unit="percent", shown=lambda now: now.idle),
    ),
    "performance": (
        Property("simplify", "list"),
        Property("fps_limit", "slider", unit="fps"),
        Property("interpolation", "list", choices=_interpolation_choices),
        Property("device", "list", choices=_device_choices),
    ),
    "cached_frames": (
        Property("cache", "list"),
        Property("cache_gb", "decimal", unit="gb", shown=lambda now: now.cache != settings.OFF),
        Property("cache_quality", "slider", unit="percent", shown=lambda now: now.cache != settings.OFF),
        Property("cache_path", "save", shown=lambda now: now.cache == settings.CACHE_IN_DATABASE),
        Property(EMPTY_CACHE, "button", shown=lambda now: now.cache != settings.OFF),
    ),
    "super_resolution": (
        Property("sr", "list"),
        # only one of the networks has levels of it
        Property("sr_noise", "slider", shown=lambda now: now.sr == settings.SR_WHOLE),
    ),
    "advanced": (
        Property("tensorrt", "check", option="use_tensorrt"),
        Property("model", "list"),
        Property("half", "check", option="model_half"),
        Property("interpolation_half", "check", shown=lambda now: now.interpolation > 1, option="interpolation_half"),
        Property("sr_half", "check", shown=lambda now: now.sr != settings.OFF, option="sr_half"),
        Property("stages", "list", option="model_vram_cache", choice=settings.STAGES_IN_VRAM),
        Property("stages_gb", "decimal", unit="gb", shown=lambda now: now.stages != settings.OFF),
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
        obs.obs_properties_add_group(made, name.encode(), _title(name, panel).encode(), libobs.GROUP_NORMAL, group)
    set_status(obs, made, panel.status)
    return made


def _title(group: str, panel: Panel) -> str:
    """What stands over it; over the presets also which of them this is."""
    preset = presets.like(panel.present) if panel.present and group == "presets" else ""
    if not preset or panel.present is None:
        return text(group)
    chosen = "chosen" if panel.present.chosen_by_itself else "now"
    return text(f"presets.{chosen}", preset=text(f"{preset}.name"))


def hidden(present: Settings) -> "frozenset[str]":
    """The names of the properties that have no effect with these settings."""
    return frozenset(each.name for group in GROUPS.values() for each in group if not each.shown(present))


def set_status(obs: libobs.Libobs, properties: int, status: Status) -> None:
    """Writes the status into a panel that `build` made."""
    for name, words in ((TROUBLE, status.trouble), (STATUS, status.rest)):
        field = obs.obs_properties_get(properties, name.encode())
        obs.obs_property_set_description(field, words.encode())
        obs.obs_property_set_visible(field, bool(words))


def _add(obs: libobs.Libobs, properties: int, each: Property, panel: Panel) -> None:
    limit = panel.limits.get(each.option, "")
    reason = text(f"limit.{limit}") if limit else ""
    limited: dict[Any, str] = {each.choice: reason} if reason else {}
    limited.update({choice: text("limit.not_installed") for name, choice in panel.lacking if name == each.name})
    arguments = properties, each.name.encode(), _label(each, limited).encode()
    unit = text(f"unit.{each.unit}").encode() if each.unit else b""
    limits = RANGES.get(each.name, settings.Range())
    lowest, highest = limits.lowest, limits.highest
    if each.kind == "path":
        added = obs.obs_properties_add_path(*arguments, libobs.PATH_FILE, _filter("pictures", _PICTURES), None)
    elif each.kind == "save":
        added = obs.obs_properties_add_path(*arguments, libobs.PATH_FILE_SAVE, _filter("databases", _DATABASES), None)
    elif each.kind == "text":
        added = obs.obs_properties_add_text(*arguments, libobs.TEXT_DEFAULT)
    elif each.kind in ("info", "warning"):
        added = obs.obs_properties_add_text(*arguments, libobs.TEXT_INFO)
        look = libobs.TEXT_INFO_WARNING if each.kind == "warning" else libobs.TEXT_INFO_NORMAL
        obs.obs_property_text_set_info_type(added, look)
    elif each.kind == "button":
        added = obs.obs_properties_add_button(*arguments, panel.clicked)
    elif each.kind == "check":
        added = obs.obs_properties_add_bool(*arguments)
    elif each.kind == "number":
        added = obs.obs_properties_add_int(*arguments, int(lowest), int(highest), 1)
    elif each.kind == "slider":
        added = obs.obs_properties_add_int_slider(*arguments, int(lowest), int(highest), 1)
        obs.obs_property_int_set_suffix(added, unit)
    elif each.kind == "decimal":
        added = obs.obs_properties_add_float(*arguments, lowest, highest, 0.25)
        obs.obs_property_float_set_suffix(added, unit)
    else:
        form = libobs.COMBO_TYPE_EDITABLE if each.kind == "editable" else libobs.COMBO_TYPE_LIST
        choices = each.choices(panel) if each.choices else _named(each.name)
        entries = _entries(choices, limited, getattr(panel.present, each.name, None))
        added = _add_list(obs, arguments, form, entries)
    tip = hint(each.name, **_FIGURES)
    if tip:
        obs.obs_property_set_long_description(added, tip.encode())
    obs.obs_property_set_enabled(added, _ALL not in limited)
    shown = panel.present is None or each.shown(panel.present)
    obs.obs_property_set_visible(added, shown and (not each.during or panel.build in each.during))


def _label(each: Property, limited: "Mapping[str, str]") -> str:
    """What stands beside it; the status has its text in place of that."""
    words = text(each.name) if each.kind not in ("info", "warning") else ""
    return text("limited", what=words, reason=limited[_ALL]) if _ALL in limited else words


def _add_list(obs: libobs.Libobs, arguments: "tuple[int, bytes, bytes]", kind: int, entries: "list[_Entry]") -> Any:
    texts = isinstance(entries[0].value, str)
    form = libobs.COMBO_FORMAT_STRING if texts else libobs.COMBO_FORMAT_INT
    added = obs.obs_properties_add_list(*arguments, kind, form)
    for value, words, greyed in entries:
        if texts:
            at = obs.obs_property_list_add_string(added, words.encode(), value.encode())
        else:
            at = obs.obs_property_list_add_int(added, words.encode(), value)
        obs.obs_property_list_item_disable(added, at, greyed)
    return added


class _Entry(NamedTuple):
    """Of a list."""

    value: Any
    words: str
    greyed: bool


def _entries(choices: Choices, limited: "Mapping[Any, str]", chosen: Any) -> "list[_Entry]":
    """The choices, of which some are greyed and say why they can have no effect.

    Not the `chosen` one: OBS would write the label in alarming red, and the status tells what is wrong with it.
    """
    return [
        _Entry(value, text("limited", what=words, reason=limited[value]), value != chosen)
        if value in limited
        else _Entry(value, words, greyed=False)
        for value, words in choices
    ]


def _named(name: str) -> Choices:
    """What that setting may be, by its texts."""
    return [(value, text(f"{name}.{value}")) for value in RANGES[name].choices]


def _filter(name: str, patterns: str) -> bytes:
    """What a file dialog offers."""
    return f"{text(f'filter.{name}')} ({patterns});;{text('filter.all')} (*.*)".encode()


def _may_be_asked(tracker: str) -> bool:
    """Whether this tracker, or one of any, is a phone that wants to be asked."""
    return any(each.requests is not None for each in Endpoint(tracker=tracker).protocols)
