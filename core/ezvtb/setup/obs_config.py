"""Writes a fresh OBS home: settings, one scene with its sources, the script, the websocket server.

For the demo and the tests, which never touch the user's own OBS: the folder must be empty. With such a home OBS 29 to
32 start without a dialog.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ezvtb.errors import SetupError

SCENE = "Scene"
COLLECTION = "Untitled"

_GLOBAL_INI = """[General]
{language}FirstRun=true
LastVersion={version}
Pre19Defaults=false
Pre21Defaults=false
Pre23Defaults=false
Pre24.1Defaults=false
EnableAutoUpdates=false
ConfirmOnExit=false

[Basic]
Profile={collection}
ProfileDir={collection}
SceneCollection={collection}
SceneCollectionFile={collection}
ConfigOnNewProfile=false

[BasicWindow]
PreviewEnabled={preview}
SysTrayEnabled=false
SysTrayWhenStarted=false
WarnBeforeStartingStream=false

[OBSWebSocket]
FirstLoad=false
ServerEnabled=true
ServerPort={port}
AlertsEnabled=false
AuthRequired=true
ServerPassword={password}

[Locations]
Configuration={folder}
SceneCollections={folder}
Profiles={folder}
"""

_BASIC_INI = """[General]
Name={collection}

[Video]
BaseCX={width}
BaseCY={height}
OutputCX={width}
OutputCY={height}
FPSType=0
FPSCommon={fps}

[Output]
Mode=Simple

[SimpleOutput]
FilePath={recordings}
RecFormat=mkv
RecFormat2=mkv
VBitrate=2500
StreamEncoder=x264
RecEncoder=x264
RecQuality=Small
"""


@dataclass(frozen=True)
class ObsHome:
    """What a fresh home shall hold."""

    folder: Path
    """Becomes HOME and the parent of XDG_CONFIG_HOME; must be empty or absent."""
    port: int
    """TCP port of the websocket server."""
    sources: "Sequence[dict[str, Any]]" = ()
    """As `color_source` and `avatar_source` make them."""
    items: "Sequence[dict[str, Any]]" = ()
    """What of them stands in the scene, bottom first, as `scene_item` makes them."""
    scripts: "Sequence[Path]" = ()
    width: int = 1280
    height: int = 720
    fps: int = 30
    """OBS's common rates: 10, 20, 24, 30, 48, 60."""
    preview: bool = False
    """Whether the main window draws the scene: costs about 7 ms a frame where there is no GPU."""
    version: "tuple[int, ...]" = (29, 0, 2)
    """Of the OBS that will use it. A home older than its OBS brings up migration dialogs."""
    language: str = ""
    """OBS's own name of it, "ja-JP" for example; empty: the system's."""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """Of the websocket server, which listens on all of the computer's addresses."""

    @property
    def config(self) -> Path:
        """The folder that XDG_CONFIG_HOME names."""
        return self.folder / ".config"

    @property
    def recordings(self) -> Path:
        """Where OBS writes recordings."""
        return self.folder / "recordings"

    def write(self) -> "ObsHome":
        """Writes the files. SetupError if the folder holds anything already."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise SetupError(f"{self.folder} is not empty.", "Name a new folder for this OBS.")
        obs = self.config / "obs-studio"
        profile, scenes = obs / "basic/profiles" / COLLECTION, obs / "basic/scenes"
        websocket = obs / "plugin_config/obs-websocket"
        for folder in (profile, scenes, websocket, self.recordings):
            folder.mkdir(parents=True)
        for name in self._global_files():
            (obs / name).write_text(self._global_ini(), "utf-8")
        (profile / "basic.ini").write_text(self._basic_ini(), "utf-8")
        (scenes / f"{COLLECTION}.json").write_text(json.dumps(self._collection(), indent=1), "utf-8")
        (websocket / "config.json").write_text(json.dumps(self._websocket()), "utf-8")  # from OBS 30.2 on
        return self

    def _global_files(self) -> "tuple[str, ...]":
        """OBS 31 split the file in two; a user.ini that an older global.ini stands beside brings up a dialog."""
        return ("global.ini", "user.ini") if self.version >= (31,) else ("global.ini",)

    def _global_ini(self) -> str:
        major, minor, patch = (*self.version, 0, 0, 0)[:3]
        return _GLOBAL_INI.format(
            language=f"Language={self.language}\n" if self.language else "",
            version=major << 24 | minor << 16 | patch,
            collection=COLLECTION,
            preview=str(self.preview).lower(),
            port=self.port,
            password=self.password,
            folder=self.config,
        )

    def _basic_ini(self) -> str:
        return _BASIC_INI.format(
            collection=COLLECTION, width=self.width, height=self.height, fps=self.fps, recordings=self.recordings
        )

    def _collection(self) -> "dict[str, Any]":
        return scene_collection(COLLECTION, SCENE, self.sources, self.items, self.scripts)

    def _websocket(self) -> "dict[str, Any]":
        return {
            "alerts_enabled": False,
            "auth_required": True,
            "first_load": False,
            "server_enabled": True,
            "server_password": self.password,
            "server_port": self.port,
        }


def color_source(name: str, abgr: int, width: int, height: int) -> "dict[str, Any]":
    """A source of one colour, 0xAABBGGRR."""
    settings = {"color": abgr, "width": width, "height": height}
    return {"id": "color_source", "versioned_id": "color_source_v3", "name": name, "settings": settings}


def avatar_source(name: str, **settings: Any) -> "dict[str, Any]":
    """An EZVTB Avatar with these settings (`ezvtb_obs.settings.Settings`); the others are its defaults."""
    return {"id": "ezvtb_avatar", "versioned_id": "ezvtb_avatar", "name": name, "settings": settings}


def scene_item(name: str, x: float = 0, y: float = 0, scale: float = 1, visible: bool = True) -> "dict[str, Any]":
    """Where a source stands in the scene: its top left corner, in canvas pixels."""
    return {
        "name": name,
        "visible": visible,
        "locked": False,
        "align": 5,  # left and top
        "rot": 0.0,
        "pos": {"x": x, "y": y},
        "scale": {"x": scale, "y": scale},
        "bounds_type": 0,
        "bounds_align": 0,
        "bounds": {"x": 0.0, "y": 0.0},
        "crop_left": 0,
        "crop_top": 0,
        "crop_right": 0,
        "crop_bottom": 0,
        "scale_filter": "disable",
        "blend_method": "default",
        "blend_type": "normal",
    }


def scene_collection(
    name: str,
    scene: str,
    sources: "Sequence[dict[str, Any]]",
    items: "Sequence[dict[str, Any]]",
    scripts: "Sequence[Path]",
) -> "dict[str, Any]":
    """A whole scene collection of one scene, as OBS keeps it in a file, with the scripts it loads."""
    numbered = [{**item, "id": number} for number, item in enumerate(items, 1)]
    settings = {"id_counter": len(numbered), "custom_size": False, "items": numbered}
    return {
        "name": name,
        "current_scene": scene,
        "current_program_scene": scene,
        "scene_order": [{"name": scene}],
        "sources": [*sources, {"id": "scene", "versioned_id": "scene", "name": scene, "settings": settings}],
        "groups": [],
        "transitions": [],
        "quick_transitions": [],
        "current_transition": "Cut",
        "transition_duration": 300,
        "modules": {"scripts-tool": [{"path": path.as_posix(), "settings": {}} for path in scripts]},
    }
