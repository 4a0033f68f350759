import socket
from pathlib import Path
from typing import Any

import pytest

from ezvtb.tracking.protocols import vtubestudio
from ezvtb.webcam.__main__ import main


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ModuleNotFoundError("No module named 'cv2'", name="cv2"), "pip install opencv-python"),
        (ImportError("libGL.so.1: cannot open shared object file"), "apt install libgl1"),
    ],
)
def test_a_missing_opencv_gets_a_sentence_that_says_how_to_install_it(
    error: ImportError, remedy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(name: str) -> Any:
        raise error

    monkeypatch.setattr("ezvtb.webcam.__main__.import_module", refuse)
    assert main([]) == 1
    said = capsys.readouterr().err
    assert said.startswith("OpenCV, which reads the camera, can't be used")
    assert remedy in said


def test_another_missing_module_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'openvino'", name="openvino")

    monkeypatch.setattr("ezvtb.webcam.__main__.import_module", refuse)
    with pytest.raises(ModuleNotFoundError):
        main([])


@pytest.mark.parametrize("arguments", [["--to", "nowhere"], ["--camera"], ["--what"]])
def test_a_wrong_option_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)


def test_a_face_before_the_camera_arrives_at_the_listener(portrait: Path, tmp_path: Path) -> None:
    pytest.importorskip("cv2", reason="the extra `webcam` is not installed")
    from ezvtb.webcam.opencv import cv2

    face, video = cv2.imread(str(portrait)), str(tmp_path / "video.avi")
    writer = cv2.VideoWriter(video, cv2.VideoWriter_fourcc(*"MJPG"), 30, (512, 600))
    for image in (face, face, face * 0, face):
        writer.write(image)
    writer.release()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(60)
        assert main(["--camera", video, "--to", f"127.0.0.1:{listener.getsockname()[1]}"]) == 0
        faces = [vtubestudio.parse(listener.recv(65535)) for _ in range(4)]
    assert [each.found for each in faces] == [True, True, False, True]
    assert faces[0].head is not None
    assert abs(faces[0].head[1]) < 5
    assert faces[0].shapes["jawOpen"] < 0.1


def test_a_preview_without_a_display_gets_a_sentence(
    portrait: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cv2", reason="the extra `webcam` is not installed")
    monkeypatch.setattr("ezvtb.webcam.run.has_display", lambda: False)
    assert main(["--camera", str(portrait), "--preview"]) == 1
    assert "Leave --preview out." in capsys.readouterr().err


def test_a_list_without_cameras_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cv2", reason="the extra `webcam` is not installed")
    from ezvtb.webcam.camera import Found

    monkeypatch.setattr("ezvtb.webcam.camera.cameras", lambda: [])
    assert main(["--list"]) == 0
    assert "No camera was found." in capsys.readouterr().out
    monkeypatch.setattr("ezvtb.webcam.camera.cameras", lambda: [Found(2, "A camera")])
    assert main(["--list"]) == 0
    assert capsys.readouterr().out == "2: A camera\n"
