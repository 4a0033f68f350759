"""Runs in a process of its own, with a libobs of its own: frames, loudness, hotkeys, settings. Prints JSON.

    python libobs_probe.py LIBOBS GRAPHICS_MODULE [DATA_FOLDER]

The way of the frames is the avatar's, `SourceOutput`; so are `Microphone` and `Hotkeys`. Registration is
`source_type`'s, less its Python callbacks.
"""

import ctypes
import json
import sys
import time
from typing import Any

import numpy as np

from ezvtb_obs import libobs, settings
from ezvtb_obs.hotkeys import Hotkeys
from ezvtb_obs.microphone import Microphone
from ezvtb_obs.video_output import SourceOutput

POINTER, U32, BOOL, INT, FLOAT, TEXT = (
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_bool,
    ctypes.c_int,
    ctypes.c_float,
    ctypes.c_char_p,
)
SIDE = 512
PATIENCE = 10.0
"""Seconds: far more than a tick takes."""
PLATFORM_X11_EGL = 1


class VideoInfo(ctypes.Structure):
    """struct obs_video_info."""

    _fields_ = (
        ("graphics_module", TEXT),
        ("fps_num", U32),
        ("fps_den", U32),
        ("base_width", U32),
        ("base_height", U32),
        ("output_width", U32),
        ("output_height", U32),
        ("output_format", INT),
        ("adapter", U32),
        ("gpu_conversion", BOOL),
        ("colorspace", INT),
        ("range", INT),
        ("scale_type", INT),
    )


class AudioInfo(ctypes.Structure):
    """struct obs_audio_info."""

    _fields_ = (("samples_per_sec", U32), ("speakers", INT))


class Vec4(ctypes.Structure):
    """struct vec4."""

    _fields_ = tuple((name, FLOAT) for name in "xyzw")


class SourceAudio(ctypes.Structure):
    """struct obs_source_audio."""

    _fields_ = (
        ("data", POINTER * 8),
        ("frames", U32),
        ("speakers", INT),
        ("format", INT),
        ("samples_per_sec", U32),
        ("timestamp", ctypes.c_uint64),
    )


PROTOTYPES: "dict[str, tuple[Any, tuple[Any, ...]]]" = {
    "obs_set_nix_platform": (None, (INT,)),
    "obs_startup": (BOOL, (TEXT, TEXT, POINTER)),
    "obs_shutdown": (None, ()),
    "obs_reset_video": (INT, (ctypes.POINTER(VideoInfo),)),
    "obs_reset_audio": (BOOL, (ctypes.POINTER(AudioInfo),)),
    "obs_add_data_path": (None, (TEXT,)),
    "obs_source_create": (POINTER, (TEXT, TEXT, POINTER, POINTER)),
    "obs_source_get_display_name": (TEXT, (TEXT,)),
    "obs_source_get_width": (U32, (POINTER,)),
    "obs_set_output_source": (None, (U32, POINTER)),
    "obs_source_inc_showing": (None, (POINTER,)),
    "obs_source_dec_showing": (None, (POINTER,)),
    "obs_source_video_render": (None, (POINTER,)),
    "obs_source_output_audio": (None, (POINTER, ctypes.POINTER(SourceAudio))),
    "obs_hotkey_enable_callback_rerouting": (None, (BOOL,)),
    "obs_hotkey_trigger_routed_callback": (None, (ctypes.c_size_t, BOOL)),
    "obs_wait_for_destroy_queue": (BOOL, ()),
    "obs_enter_graphics": (None, ()),
    "obs_leave_graphics": (None, ()),
    "gs_texrender_create": (POINTER, (INT, INT)),
    "gs_texrender_destroy": (None, (POINTER,)),
    "gs_texrender_begin": (BOOL, (POINTER, U32, U32)),
    "gs_texrender_end": (None, (POINTER,)),
    "gs_texrender_get_texture": (POINTER, (POINTER,)),
    "gs_clear": (None, (U32, ctypes.POINTER(Vec4), FLOAT, ctypes.c_uint8)),
    "gs_ortho": (None, (FLOAT,) * 6),
    "gs_blend_state_push": (None, ()),
    "gs_blend_state_pop": (None, ()),
    "gs_blend_function": (None, (INT, INT)),
    "gs_stagesurface_create": (POINTER, (U32, U32, INT)),
    "gs_stagesurface_destroy": (None, (POINTER,)),
    "gs_stage_texture": (None, (POINTER, POINTER)),
    "gs_stagesurface_map": (BOOL, (POINTER, ctypes.POINTER(POINTER), ctypes.POINTER(U32))),
    "gs_stagesurface_unmap": (None, (POINTER,)),
}


def read_back(lib: Any, source: int) -> Any:
    """What a source draws, as (SIDE, SIDE, 4) RGBA; None while it has no frame."""
    found = None
    lib.obs_enter_graphics()
    target = lib.gs_texrender_create(3, 0)  # GS_RGBA
    if lib.obs_source_get_width(source) and lib.gs_texrender_begin(target, SIDE, SIDE):
        lib.gs_clear(1, ctypes.byref(Vec4()), 0.0, 0)
        lib.gs_ortho(0, SIDE, 0, SIDE, -100, 100)
        lib.gs_blend_state_push()
        lib.gs_blend_function(1, 0)  # ONE, ZERO: what is drawn, not a mixture
        lib.obs_source_inc_showing(source)
        lib.obs_source_video_render(source)
        lib.obs_source_dec_showing(source)
        lib.gs_blend_state_pop()
        lib.gs_texrender_end(target)
        surface = lib.gs_stagesurface_create(SIDE, SIDE, 3)
        lib.gs_stage_texture(surface, lib.gs_texrender_get_texture(target))
        data, line = POINTER(), U32()
        if lib.gs_stagesurface_map(surface, ctypes.byref(data), ctypes.byref(line)):
            rows = ctypes.cast(data, ctypes.POINTER(ctypes.c_uint8))
            found = np.ctypeslib.as_array(rows, (SIDE, line.value // 4, 4))[:, :SIDE].copy()
            lib.gs_stagesurface_unmap(surface)
        lib.gs_stagesurface_destroy(surface)
    lib.gs_texrender_destroy(target)
    lib.obs_leave_graphics()
    return found


def is_drawn(lib: Any, source: int, frame: Any) -> bool:
    """Whether what OBS draws is exactly this, at one of its next ticks."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(0.05)
        seen = read_back(lib, source)
        if seen is not None and np.array_equal(seen[..., [2, 1, 0, 3]], frame):
            return True
    return False


def register(obs: libobs.Libobs, identity: bytes, flags: int) -> None:
    name = obs.obs_data_create()
    obs.obs_data_set_string(name, b"EZVTB Avatar", b"")
    info = libobs.SourceInfo(
        id=identity,
        type=libobs.SOURCE_TYPE_INPUT,
        output_flags=flags,
        type_data=obs.obs_data_first(name),
        get_name=obs.address("obs_data_item_get_name"),
        create=obs.address("obs_data_create"),
        destroy=obs.address("obs_data_release"),
        update=obs.address("obs_get_version"),
    )
    obs.obs_register_source_s(ctypes.byref(info), ctypes.sizeof(info))


def hear(obs: libobs.Libobs, lib: Any) -> "list[Any]":
    """What a microphone says: before any sound, of a tone of -20 and -40 dB, of silence, of a removed source."""
    source = lib.obs_source_create(b"ezvtb_test_sound", b"Voice", None, None)
    microphone = Microphone(obs, "Voice")
    heard = [microphone.decibels(0)]
    tone = np.sqrt(2) * np.sin(np.arange(480) * 2 * np.pi / 48)
    for gains in ((0.1, 0.01), (0.0, 0.0)):
        planes = [np.ascontiguousarray(tone * gain, np.float32) for gain in gains]
        sound = SourceAudio(frames=480, speakers=2, format=8, samples_per_sec=48000, timestamp=obs.os_gettime_ns())
        sound.data[:2] = [plane.ctypes.data for plane in planes]  # format: AUDIO_FORMAT_FLOAT_PLANAR
        lib.obs_source_output_audio(source, ctypes.byref(sound))
        heard.append(microphone.decibels(0))
    obs.obs_source_release(source)
    heard.append(microphone.decibels(1))
    microphone.close()
    return heard


def press(obs: libobs.Libobs, lib: Any, source: int) -> "list[list[str]]":
    """What the hotkeys of a source say: at rest, pressed, released, pressed and released."""
    hotkeys = Hotkeys(obs, source)
    lib.obs_hotkey_enable_callback_rerouting(True)
    found = [hotkeys.pressed(0)]
    for actions in ((True,), (False,), (True, False)):
        for pressed in actions:
            for number in range(50):  # of all hotkeys that there are
                lib.obs_hotkey_trigger_routed_callback(number, pressed)
        found.append(hotkeys.pressed(0))
    return found


def choose(obs: libobs.Libobs) -> "list[str]":
    """What is read of the device: a number, as earlier versions saved it; a name in its place; a number; nothing."""
    data, chosen = obs.obs_data_create(), []
    for value in (1, "A card", 2, ""):
        settings.write(obs, data, "device", value)
        settings.set_defaults(obs, data)
        chosen.append(settings.read(obs, data).device)
    obs.obs_data_release(data)
    return chosen


def main(path: str, graphics: str, data: str = "") -> None:
    library = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    obs = libobs.Libobs(library)
    libobs.use(obs)
    lib: Any = library
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    if obs.obs_get_version() >= 30 << 24:
        lib.obs_set_nix_platform(PLATFORM_X11_EGL)
    assert lib.obs_startup(b"en-US", None, None), "obs_startup"
    for folder in (f"{data}/", f"{data}/libobs/") if data else ():
        lib.obs_add_data_path(folder.encode())
    video = VideoInfo(graphics.encode(), 30, 1, SIDE, SIDE, SIDE, SIDE, 7, 0, True, 2, 2, 3)
    assert lib.obs_reset_video(ctypes.byref(video)) == 0, "obs_reset_video"
    lib.obs_reset_audio(ctypes.byref(AudioInfo(48000, 2)))
    register(obs, b"ezvtb_avatar", libobs.SOURCE_ASYNC_VIDEO | libobs.SOURCE_DO_NOT_DUPLICATE)
    register(obs, b"ezvtb_test_sound", libobs.SOURCE_AUDIO)
    source = lib.obs_source_create(b"ezvtb_avatar", b"Avatar", None, None)
    output = SourceOutput(obs, source)
    lib.obs_set_output_source(0, source)  # it shows: OBS draws it at each tick
    generator, exact = np.random.default_rng(0), 0
    for _ in range(5):
        frame = generator.integers(0, 256, (SIDE, SIDE, 4), dtype=np.uint8)
        output.push(frame.ctypes.data, SIDE, SIDE)
        exact += int(is_drawn(lib, source, frame))
    shows = output.showing()
    heard, pressed = hear(obs, lib), press(obs, lib, source)
    lib.obs_set_output_source(0, None)
    obs.obs_source_release(source)
    while lib.obs_wait_for_destroy_queue():
        pass
    gone = not output.alive() and not output.push(frame.ctypes.data, SIDE, SIDE)
    output.close()
    result = {
        "version": obs.obs_get_version_string().decode(),
        "name": lib.obs_source_get_display_name(b"ezvtb_avatar").decode(),
        "exact": exact,
        "shows": shows,
        "gone": gone,
        "heard": heard,
        "pressed": pressed,
        "chosen": choose(obs),
    }
    lib.obs_shutdown()
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
