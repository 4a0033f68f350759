import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from ezvtb import replay
from ezvtb.tracking.protocols import raw


def test_every_pose_of_a_recording_arrives_in_order(tmp_path: Path) -> None:
    poses = np.linspace(0, 1, 5 * 45, dtype=np.float32).reshape(5, 45)
    np.save(tmp_path / "poses.npy", poses)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        port = receiver.getsockname()[1]
        assert replay.main([str(tmp_path / "poses.npy"), "--to", f"127.0.0.1:{port}", "--fps", "500"]) == 0
        received = [raw.parse(receiver.recv(1000)).pose for _ in range(5)]
    assert np.array_equal(np.array(received, np.float32), poses)


@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_a_file_that_is_no_recording_gets_a_sentence(
    tmp_path: Path, content: "bytes | None", capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "poses.npy"
    if content is not None:
        file.write_bytes(content)
    assert replay.main([str(file)]) == 1
    assert str(file) in capsys.readouterr().err


def test_an_array_of_another_shape_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "poses.npy", np.zeros((3, 44)))
    assert replay.main([str(tmp_path / "poses.npy")]) == 1
    assert "(3, 44)" in capsys.readouterr().err


def test_pickled_arrays_are_not_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "poses.npy", np.array([{}], object), allow_pickle=True)
    assert replay.main([str(tmp_path / "poses.npy")]) == 1


@pytest.mark.parametrize("bad", ["127.0.0.1", ":1", "localhost:0", "localhost:65536", "localhost:x"])
def test_a_wrong_address_is_refused(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    with pytest.raises(SystemExit):
        replay.main(["x.npy", "--to", bad])
