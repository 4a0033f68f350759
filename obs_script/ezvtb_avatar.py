"""EZVTB Avatar for OBS Studio: add this file in Tools > Scripts.

Wiring only. What a reload of the script does: the old code's threads and engines end (`script_unload`), all modules of
the project are read anew from the files, and a new runtime takes the avatars over (`script_load`). What stays until OBS
ends is the registered source type, which OBS can't unregister, with its three small trampolines (`source_type`).
"""

import sys
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent
_OURS = ("ezvtb", "ezvtb_obs")


def _prepare_imports() -> None:
    """Makes the project importable; after a reload, from the files as they are now."""
    for folder in (str(_FOLDER), str(_FOLDER.parent / "core")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    if "_ezvtb_obs_native" in sys.modules:  # the source type is registered: this is a reload
        for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
            del sys.modules[name]


_prepare_imports()
_runtime: Any = None
_fault = ""
try:
    from ezvtb_obs import source_type

    # here and not in script_load: OBS creates the scene's sources soon, and those must find their type
    _native: Any = source_type.registered()
except Exception as error:  # noqa: BLE001 (whatever it is, OBS must get its script and the user a line)
    _fault = f"EZVTB Avatar can't work: {error if hasattr(error, 'remedy') else repr(error)}"
    print(_fault)


def script_description() -> str:
    """What OBS shows beside the script."""
    try:
        from ezvtb_obs.sentences import told  # noqa: PLC0415 (a fault above must not hide behind its)
        from ezvtb_obs.texts import text  # noqa: PLC0415
    except Exception as error:  # noqa: BLE001 (the same as above, no doubt)
        return _fault or repr(error)
    return told(_fault) or text("script")


def script_load(_settings: Any) -> None:
    """The script is loaded, or OBS has switched to another scene collection."""
    global _runtime  # noqa: PLW0603 (OBS calls functions of this module and keeps nothing else)
    if _fault:
        return
    from ezvtb_obs import libobs, revival, runtime  # noqa: PLC0415 (a fault above must not hide behind theirs)

    script_unload()
    _runtime = runtime.Runtime(_native)
    _runtime.attach()
    libobs.log("script loaded")
    revival.revive_placeholders()


def script_unload() -> None:
    """The script is removed or reloaded, the scene collection is switched, or OBS exits."""
    global _runtime  # noqa: PLW0603
    if _runtime is not None:
        _runtime.detach()
        _runtime = None
