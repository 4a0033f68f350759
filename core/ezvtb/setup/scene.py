"""The demo's scene, as OBS keeps it in a scene collection's file: the avatar in front of a game-like picture."""

from pathlib import Path
from typing import Any, NamedTuple

from ezvtb.paths import PROJECT
from ezvtb.setup.obs_config import avatar_source, scene_collection, scene_item

SCRIPT = PROJECT / "obs_script" / "ezvtb_avatar.py"
SCENE = "Avatar demo"
AVATAR = "EZVTB Avatar"
BACKGROUND = "Background"

_STRETCH, _FIT = 1, 2
"""OBS's bounds types: fill the bounds, or fit into them with the picture's own proportions."""


class Canvas(NamedTuple):
    """The size of OBS's picture."""

    width: int
    height: int


class Place(NamedTuple):
    """A rectangle on the canvas."""

    left: int
    top: int
    width: int
    height: int


def avatar_place(canvas: Canvas) -> Place:
    """The lower right corner, as streamers have it; on a canvas of 720 lines the avatar's own size."""
    side = canvas.height * 512 // 720
    return Place(canvas.width - side, canvas.height - side, side, side)


def sources(picture: Path, background: Path, port: int) -> "list[dict[str, Any]]":
    """The two sources of the scene."""
    return [
        {
            "id": "image_source",
            "versioned_id": "image_source",
            "name": BACKGROUND,
            "settings": {"file": str(background)},
        },
        avatar_source(AVATAR, picture=str(picture), port=port),
    ]


def items(canvas: Canvas) -> "list[dict[str, Any]]":
    """Where they stand: the background everywhere, the avatar in its corner."""
    return [
        _within(BACKGROUND, Place(0, 0, *canvas), _STRETCH),
        _within(AVATAR, avatar_place(canvas), _FIT),
    ]


def _within(name: str, place: Place, kind: int) -> "dict[str, Any]":
    size = {"x": float(place.width), "y": float(place.height)}
    return scene_item(name, place.left, place.top) | {"bounds_type": kind, "bounds": size}


def collection(name: str, canvas: Canvas, picture: Path, background: Path, port: int) -> "dict[str, Any]":
    """A whole scene collection with the scene and the script that brings the avatar."""
    return scene_collection(name, SCENE, sources(picture, background, port), items(canvas), [SCRIPT])
