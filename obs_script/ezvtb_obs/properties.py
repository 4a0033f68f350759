"""The properties panel of an avatar."""

from collections.abc import Iterable
from typing import Any, Optional

from ezvtb.tracking.protocols import raw
from ezvtb.tracking.simplify import Level
from ezvtb_obs import libobs, settings
from ezvtb_obs.settings import DEFAULT_FPS, HIGHEST_FPS, LOWEST_FPS, MOST_NOISE, Settings

PICTURE_FILTER = "Pictures (*.png *.webp *.jpg *.jpeg *.bmp *.tga *.gif *.tif *.tiff);;All files (*.*)"

SIMPLIFY_CHOICES = [(int(level), "Off" if level is Level.OFF else level.name.capitalize()) for level in Level]
INTERPOLATION_CHOICES = [(1, "Off"), *((count, f"x{count}") for count in range(2, settings.MOST_FRAMES + 1))]
CACHE_CHOICES = [(settings.OFF, "Off"), (settings.CACHE_IN_RAM, "RAM"), (settings.CACHE_IN_DATABASE, "Database")]
SR_CHOICES = [
    (settings.OFF, "Off"),
    (settings.SR_FACE, "Face x4 (1024x1024)"),
    (settings.SR_WHOLE, "Whole x2 (1024x1024)"),
]

_HINTS = {
    "picture": "One character, seen from the front, head and shoulders in the middle, on a transparent background. "
    "512x512 fits best.",
    "address": "Where face trackers send their poses. 127.0.0.1: trackers on this computer. 0.0.0.0: others too, "
    "for example a phone.",
    "port": f"The port that the face tracker sends to; {raw.DEFAULT_PORT} unless you changed it there.",
    "idle": "While no tracker sends anything the character breathes, blinks and sways a little.",
    "simplify": "Rounds the tracker's poses, so that more of them are in the cache: smoother on a slow computer, "
    "with less play of features. Gaming rounds most.",
    "fps_limit": f"Frames a second at most; {DEFAULT_FPS} suits most streams. Less is easier on the computer.",
    "interpolation": "How many frames are shown for each that is drawn: those in between are cheap to make. More is "
    "smoother, and follows you a little later.",
    "cache": "Remembers finished frames, so that a pose that comes again costs nothing. RAM: until OBS ends. "
    "Database: a file, which the next stream uses too.",
    "cache_gb": "How large the cache may become. 1 GB holds about 30000 frames.",
    "sr": "Sharper and larger, 1024x1024, and much more work for the computer. Face: head and shoulders only. "
    "Whole: the whole picture.",
    "sr_noise": "How strongly the enlarged picture is cleaned of specks and JPEG artefacts; 0: not at all.",
    "device": "What computes the frames.",
}


def build(
    obs: libobs.Libobs,
    status: "tuple[str, bool]",
    devices: "Iterable[dict[str, Any]]",
    refresh_clicked: int,
    present: Optional[Settings] = None,
) -> int:
    """A new `obs_properties` with the status text (and whether it tells of trouble) and a choice of devices.

    What has no effect with the `present` settings is hidden: whoever changes them has the panel built anew.
    """
    made = obs.obs_properties_create()

    def add(function: str, name: str, label: str, *arguments: Any) -> int:
        added = int(getattr(obs, function)(made, name.encode(), label.encode(), *arguments))
        if name in _HINTS:
            obs.obs_property_set_long_description(added, _HINTS[name].encode())
        return added

    def add_choice(name: str, label: str, choices: "Iterable[tuple[Any, str]]") -> None:
        choices = list(choices)
        texts = isinstance(choices[0][0], str)
        form = libobs.COMBO_FORMAT_STRING if texts else libobs.COMBO_FORMAT_INT
        added = add("obs_properties_add_list", name, label, libobs.COMBO_TYPE_LIST, form)
        for value, words in choices:
            if texts:
                obs.obs_property_list_add_string(added, words.encode(), value.encode())
            else:
                obs.obs_property_list_add_int(added, words.encode(), value)

    add("obs_properties_add_path", "picture", "Picture", libobs.PATH_FILE, PICTURE_FILTER.encode(), None)
    # high up: the panel is lower than its content, and trouble must be seen without scrolling
    add("obs_properties_add_text", "status", "", libobs.TEXT_INFO)
    set_status(obs, made, status)
    add("obs_properties_add_button", "refresh", "Refresh status", refresh_clicked)
    add("obs_properties_add_text", "address", "UDP address", libobs.TEXT_DEFAULT)
    add("obs_properties_add_int", "port", "UDP port", 1, 65535, 1)
    add("obs_properties_add_bool", "idle", "Idle motion")
    add_choice("simplify", "Simplify poses", SIMPLIFY_CHOICES)
    limit = add("obs_properties_add_int_slider", "fps_limit", "Frame-rate limit", LOWEST_FPS, HIGHEST_FPS, 1)
    obs.obs_property_int_set_suffix(limit, b" fps")
    add_choice("interpolation", "In-between frames", INTERPOLATION_CHOICES)
    add_choice("cache", "Cache", CACHE_CHOICES)
    sizes = settings.SMALLEST_CACHE_GB, settings.LARGEST_CACHE_GB, 0.25
    size = add("obs_properties_add_float", "cache_gb", "Cache size", *sizes)
    obs.obs_property_float_set_suffix(size, b" GB")
    add_choice("sr", "Super resolution", SR_CHOICES)
    noise = add("obs_properties_add_int_slider", "sr_noise", "Noise reduction", 0, MOST_NOISE, 1)
    add_choice("device", "Device", device_choices(devices))
    if present is not None:
        obs.obs_property_set_visible(size, shows_cache_size(present))
        obs.obs_property_set_visible(noise, shows_noise(present))
    return int(made)


def shows_cache_size(present: Settings) -> bool:
    """Whether the cache's size is in the panel."""
    return present.cache != settings.OFF


def shows_noise(present: Settings) -> bool:
    """Whether the noise reduction is in the panel: only one of the networks has levels of it."""
    return present.sr == settings.SR_WHOLE


def set_status(obs: libobs.Libobs, properties: int, status: "tuple[str, bool]") -> None:
    """Writes the status into a panel that `build` made."""
    text, trouble = status
    field = obs.obs_properties_get(properties, b"status")
    obs.obs_property_set_description(field, text.encode())
    obs.obs_property_text_set_info_type(field, libobs.TEXT_INFO_WARNING if trouble else libobs.TEXT_INFO_NORMAL)


def device_choices(devices: "Iterable[dict[str, Any]]") -> "list[tuple[int, str]]":
    """The entries of the device list: 0 is whatever the engine takes by itself."""
    names = {int(device.get("id", 0)): str(device.get("name", "")) for device in devices}
    automatic = f"Automatic ({names[0]})" if names.get(0) else "Automatic"
    return [(0, automatic), *((number, names[number]) for number in sorted(names) if number > 0)]
