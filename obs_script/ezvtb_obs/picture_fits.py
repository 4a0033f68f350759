"""Each picture keeps its own corrections of how it is fitted: the next one's hotkey mustn't hand them on.

The panel shows those of the present picture. The setting `fits` has those of all, as JSON: path to [scale, x, y].
"""

import json
from typing import Any

from ezvtb.protocol import Layout
from ezvtb_obs.settings import DEFAULTS, RANGES, Settings

MOST = 200
"""Pictures that are remembered; those corrected longest ago are forgotten first."""
_NAMES = "fit_scale", "fit_x", "fit_y"
_Fit = tuple[int, int, int]
_NONE: _Fit = tuple(DEFAULTS[name] for name in _NAMES)


def followed(former: Settings, found: Settings) -> "dict[str, Any]":
    """The settings to be written after `former` became `found`, so that fit and picture belong together."""
    fits = _read(found.fits)
    if found.picture != former.picture and _of(found) == _of(former):
        remembered = fits.get(found.picture, _NONE)
        return {name: value for name, value in zip(_NAMES, remembered) if value != getattr(found, name)}
    if fits.get(found.picture, _NONE) == _of(found):
        return {}
    fits.pop(found.picture, None)
    if _of(found) != _NONE:
        fits[found.picture] = _of(found)
    latest = list(fits.items())[-MOST:]
    return {"fits": json.dumps(dict(latest), ensure_ascii=False)}


def layout(settings: Settings, picture: str) -> Layout:
    """How that picture is laid out: the chosen one, or one that was and is still shown."""
    fit = _of(settings) if picture == settings.picture else _read(settings.fits).get(picture, _NONE)
    return Layout(*fit, settings.face_box, settings.remove_background)


def _of(settings: Settings) -> _Fit:
    return settings.fit_scale, settings.fit_x, settings.fit_y


def _read(fits: str) -> "dict[str, _Fit]":
    """What is in the setting, as far as it is as `followed` writes it: a scene file can hold anything."""
    try:
        found = json.loads(fits or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {path: tuple(fit) for path, fit in found.items() if _is_fit(fit)}


def _is_fit(fit: Any) -> bool:
    if not isinstance(fit, list) or len(fit) != len(_NAMES):
        return False
    allowed = (RANGES[name] for name in _NAMES)
    return all(type(value) is int and each.lowest <= value <= each.highest for value, each in zip(fit, allowed))
