"""The properties panel of an avatar."""

from collections.abc import Iterable
from typing import Any

from ezvtb.tracking import raw
from ezvtb_obs import libobs
from ezvtb_obs.settings import DEFAULT_FPS, HIGHEST_FPS, LOWEST_FPS

PICTURE_FILTER = "Pictures (*.png *.webp *.jpg *.jpeg *.bmp *.tga *.gif *.tif *.tiff);;All files (*.*)"

_HINTS = {
    "picture": "One character, seen from the front, head and shoulders in the middle, on a transparent background. "
    "512x512 fits best.",
    "address": "Where face trackers send their poses. 127.0.0.1: trackers on this computer. 0.0.0.0: others too, "
    "for example a phone.",
    "port": f"The port that the face tracker sends to; {raw.DEFAULT_PORT} unless you changed it there.",
    "idle": "While no tracker sends anything the character breathes, blinks and sways a little.",
    "fps_limit": f"Frames a second at most; {DEFAULT_FPS} suits most streams. Less is easier on the computer.",
    "device": "What computes the frames.",
}


def build(
    obs: libobs.Libobs, status: "tuple[str, bool]", devices: "Iterable[dict[str, Any]]", refresh_clicked: int
) -> int:
    """A new `obs_properties` with the status text (and whether it tells of trouble) and a choice of devices."""
    made = obs.obs_properties_create()

    def add(function: str, name: str, label: str, *arguments: Any) -> int:
        added = int(getattr(obs, function)(made, name.encode(), label.encode(), *arguments))
        if name in _HINTS:
            obs.obs_property_set_long_description(added, _HINTS[name].encode())
        return added

    add("obs_properties_add_path", "picture", "Picture", libobs.PATH_FILE, PICTURE_FILTER.encode(), None)
    # high up: the panel is lower than its content, and trouble must be seen without scrolling
    add("obs_properties_add_text", "status", "", libobs.TEXT_INFO)
    set_status(obs, made, status)
    add("obs_properties_add_button", "refresh", "Refresh status", refresh_clicked)
    add("obs_properties_add_text", "address", "UDP address", libobs.TEXT_DEFAULT)
    add("obs_properties_add_int", "port", "UDP port", 1, 65535, 1)
    add("obs_properties_add_bool", "idle", "Idle motion")
    limit = add("obs_properties_add_int_slider", "fps_limit", "Frame-rate limit", LOWEST_FPS, HIGHEST_FPS, 1)
    obs.obs_property_int_set_suffix(limit, b" fps")
    choice = add("obs_properties_add_list", "device", "Device", libobs.COMBO_TYPE_LIST, libobs.COMBO_FORMAT_INT)
    for number, label in device_choices(devices):
        obs.obs_property_list_add_int(choice, label.encode(), number)
    return int(made)


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
