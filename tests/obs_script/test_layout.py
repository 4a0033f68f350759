"""The ctypes structs against the headers of the libobs that is installed here."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from ezvtb_obs import libobs

HEADERS = Path("/usr/include/obs")
STRUCTS = {"obs_source_info": libobs.SourceInfo, "obs_source_frame": libobs.SourceFrame}
CONSTANTS = {
    "OBS_SOURCE_ASYNC_VIDEO": libobs.SOURCE_ASYNC_VIDEO,
    "OBS_SOURCE_DO_NOT_DUPLICATE": libobs.SOURCE_DO_NOT_DUPLICATE,
    "OBS_SOURCE_TYPE_INPUT": libobs.SOURCE_TYPE_INPUT,
    "OBS_ICON_TYPE_CAMERA": libobs.ICON_TYPE_CAMERA,
    "VIDEO_FORMAT_BGRA": libobs.VIDEO_FORMAT_BGRA,
    "OBS_SOURCE_FRAME_LINEAR_ALPHA": libobs.FRAME_LINEAR_ALPHA,
    "OBS_TASK_UI": libobs.TASK_UI,
    "OBS_TEXT_DEFAULT": libobs.TEXT_DEFAULT,
    "OBS_TEXT_INFO": libobs.TEXT_INFO,
    "OBS_TEXT_INFO_NORMAL": libobs.TEXT_INFO_NORMAL,
    "OBS_TEXT_INFO_WARNING": libobs.TEXT_INFO_WARNING,
    "OBS_TEXT_INFO_ERROR": libobs.TEXT_INFO_ERROR,
    "OBS_PATH_FILE": libobs.PATH_FILE,
    "OBS_PATH_FILE_SAVE": libobs.PATH_FILE_SAVE,
    "OBS_SOURCE_AUDIO": libobs.SOURCE_AUDIO,
    "OBS_FADER_LOG": libobs.FADER_LOG,
    "OBS_GROUP_NORMAL": libobs.GROUP_NORMAL,
    "OBS_COMBO_TYPE_EDITABLE": libobs.COMBO_TYPE_EDITABLE,
    "OBS_COMBO_TYPE_LIST": libobs.COMBO_TYPE_LIST,
    "OBS_COMBO_FORMAT_INT": libobs.COMBO_FORMAT_INT,
    "OBS_COMBO_FORMAT_STRING": libobs.COMBO_FORMAT_STRING,
    "LOG_ERROR": libobs.LOG_ERROR,
    "LOG_WARNING": libobs.LOG_WARNING,
    "LOG_INFO": libobs.LOG_INFO,
}


@pytest.mark.skipif(not (HEADERS / "obs-module.h").exists(), reason="libobs-dev is not installed")
@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_offsets_sizes_and_constants_are_those_of_the_headers(tmp_path: Path) -> None:
    prints = []
    expected = dict(CONSTANTS)
    for name, value in CONSTANTS.items():
        prints.append(f'printf("{name} %d\\n", (int){name});')
        expected[name] = value
    for name, structure in STRUCTS.items():
        for field, *_ in structure._fields_:
            prints.append(f'printf("{name}.{field} %zu\\n", offsetof(struct {name}, {field}));')
            expected[f"{name}.{field}"] = getattr(structure, field).offset
    prints.append('printf("frame size %zu\\n", sizeof(struct obs_source_frame));')
    source = tmp_path / "layout.c"
    source.write_text(
        "#include <stddef.h>\n#include <stdio.h>\n#include <obs-module.h>\n#include <obs-properties.h>\n"
        "int main(void) {\n" + "\n".join(prints) + "\nreturn 0;\n}\n"
    )
    program = tmp_path / "layout"
    subprocess.run(["gcc", f"-I{HEADERS}", "-DSIMDE_ENABLE_NATIVE_ALIASES", source, "-o", program], check=True)
    lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    found = {name: int(value) for name, value in (line.rsplit(" ", 1) for line in lines)}
    assert found.pop("frame size") == ctypes.sizeof(libobs.SourceFrame)
    assert found == expected
