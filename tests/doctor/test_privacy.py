"""Nothing private is on the page."""

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from ezvtb.doctor import privacy
from ezvtb.doctor.privacy import Known, concealed


class Anywhere:
    """A path of any system, where `Path` is only this one's."""

    def __init__(self, path: "PurePosixPath | PureWindowsPath") -> None:
        self._path, self.anchor = path, path.anchor

    def resolve(self) -> "Anywhere":
        return self

    def as_posix(self) -> str:
        return self._path.as_posix()

    def __str__(self) -> str:
        return str(self._path)


LINUX = Known(
    ((Path("/srv/avatar"), "<project>"), (Path("/home/mina"), "~")), ("mina", "minas-tower", "minas-tower.lan")
)
_home: Any = Anywhere(PureWindowsPath(r"C:\Users\Mina K"))
WINDOWS = Known(((_home, "~"),), ("Mina K", "DESKTOP-4711"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("in /home/mina/.cache/ezvtb: fine", "in ~/.cache/ezvtb: fine"),
        ("/home/mina.", "~."),
        ('File "/srv/avatar/core/x.py"', 'File "<project>/core/x.py"'),
        ("/home/minaret/x.py is another's", "<folder>/x.py is another's"),
        ("file:///home/mina/a.png", "file://~/a.png"),
        ("a source of mina's on minas-tower.lan", "a source of NAME's on NAME"),
        ("Mina_face and MINAS-TOWER", "NAME_face and NAME"),
        ("/mnt/my disk/mina/pictures/me.png", "<path>"),
        ("The picture /data/me and you/me.png is gone.", "The picture <path> is gone."),
        ("/data/tools/obs.exe", "<folder>/obs.exe"),
        ("/usr/bin/obs, /dev/shm, /tmp/x/y", "/usr/bin/obs, /dev/shm, /tmp/x/y"),
        ("fp32/editor.onnx at 3 frames/s and https://obsproject.com/a/b", None),
        ("a mineral and determination", None),
    ],
)
def test_names_and_folders_are_left_out(text: str, shown: "str | None") -> None:
    assert concealed(text, LINUX) == (text if shown is None else shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"C:\Users\Mina K\AppData\Local\ezvtb", r"~\AppData\Local\ezvtb"),
        ("C:/Users/Mina K/AppData", "~/AppData"),
        (r"['C:\\Users\\Mina K\\x']", r"['~\\x']"),
        (r"C:\Users\MINAK~1\AppData", r"<path>"),
        (r"D:\Stream\my face.png is gone", "<path> is gone"),
        (r"D:\Games\OBS\bin\obs64.exe", "<folder>/obs64.exe"),
        (r"C:\Program Files\obs-studio\bin\64bit\obs64.exe", r"C:\Program Files\obs-studio\bin\64bit\obs64.exe"),
        (r"\\DESKTOP-4711\share\x.png", "<path>"),
    ],
)
def test_names_and_folders_of_windows_are_left_out(text: str, shown: str) -> None:
    told = concealed(text, WINDOWS)
    assert told == shown
    assert not any(word in told for word in ("Mina", "MINAK", "4711", "Stream"))


def test_a_name_that_tells_nothing_stays() -> None:
    assert concealed("OBS of root", Known((), ("root", "obs", ""))) == "OBS of root"


def test_this_users_home_and_computer_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setattr(privacy.platform, "node", lambda: "box.lan")
    secret = privacy.known()
    assert {"somebody-else", "box.lan", "box"} <= set(secret.names)
    assert (Path.home(), "~") in secret.places
