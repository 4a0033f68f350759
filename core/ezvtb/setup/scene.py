"""The demo's scene, as OBS keeps it in a scene collection's file: the avatar in front of a game-like picture."""

from pathlib import Path
from typing import Any, NamedTuple

from ezvtb.paths import PROJECT

SCRIPT = PROJECT / "obs_script" / "ezvtb_avatar.py"
SOURCE_TYPE = "ezvtb_avatar"
SCENE = "Avatar demo"
AVATAR = "EZVTB Avatar"
BACKGROUND = "Background"

_STRETCH, _FIT = 1, 2
"""OBS's bounds types: fill the bounds, or fit into them with the picture's own proportions."""


class Canvas(NamedTuple):
    """The size of OBS's picture."""

    width: int
    height: int


def sources(picture: Path, background: Path, port: int) -> "list[dict[str, Any]]":
    """The two sources of the scene."""
    return [
        _source("image_source", BACKGROUND, {"file": str(background)}),
        _source(SOURCE_TYPE, AVATAR, {"picture": str(picture), "port": port}),
    ]


def items(canvas: Canvas) -> "list[dict[str, Any]]":
    """Where they lie: the background everywhere, the avatar in the lower right corner, as streamers have it."""
    side = canvas.height * 3 // 4
    return [
        _item(1, BACKGROUND, (0, 0), canvas, _STRETCH),
        _item(2, AVATAR, (canvas.width - side, canvas.height - side), Canvas(side, side), _FIT),
    ]


def collection(name: str, canvas: Canvas, picture: Path, background: Path, port: int) -> "dict[str, Any]":
    """A whole scene collection with the scene and the script that brings the avatar."""
    arranged = items(canvas)
    scene = _source("scene", SCENE, {"id_counter": len(arranged), "custom_size": False, "items": arranged})
    return {
        "name": name,
        "current_scene": SCENE,
        "current_program_scene": SCENE,
        "scene_order": [{"name": SCENE}],
        "sources": [*sources(picture, background, port), scene],
        "groups": [],
        "transitions": [],
        "quick_transitions": [],
        "current_transition": "Cut",
        "transition_duration": 300,
        "modules": {"scripts-tool": [{"path": SCRIPT.as_posix(), "settings": {}}]},
    }


def _source(kind: str, name: str, settings: "dict[str, Any]") -> "dict[str, Any]":
    return {"id": kind, "versioned_id": kind, "name": name, "enabled": True, "flags": 0, "settings": settings}


def _item(number: int, name: str, at: "tuple[int, int]", bounds: Canvas, kind: int) -> "dict[str, Any]":
    return {
        "id": number,
        "name": name,
        "visible": True,
        "locked": False,
        "align": 5,  # `pos` is the upper left corner
        "rot": 0.0,
        "pos": {"x": float(at[0]), "y": float(at[1])},
        "scale": {"x": 1.0, "y": 1.0},
        "bounds_type": kind,
        "bounds_align": 0,
        "bounds": {"x": float(bounds.width), "y": float(bounds.height)},
        "crop_left": 0,
        "crop_top": 0,
        "crop_right": 0,
        "crop_bottom": 0,
        "scale_filter": "bicubic",
        "blend_method": "default",
        "blend_type": "normal",
    }
