"""Keys: the same in every process, another for whatever changes the frame."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from ezvtb.cacher.key import KEY_BYTES, Keys

POSE = np.linspace(-1, 1, 45, dtype=np.float32)
PICTURE = np.arange(64 * 64 * 4, dtype=np.uint32).astype(np.uint8).reshape(64, 64, 4)
CORE = Path(__file__).parents[2] / "core"


def test_a_key_is_the_same_in_another_process_and_for_all_time() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import numpy as np; from ezvtb.cacher.key import Keys\n"
        "picture = np.arange(64 * 64 * 4, dtype=np.uint32).astype(np.uint8).reshape(64, 64, 4)\n"
        "print(Keys('a', 'fp32', picture).of(np.linspace(-1, 1, 45, dtype=np.float32), 'sr x4').hex())"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code, str(CORE)],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert texts == {Keys("a", "fp32", PICTURE).of(POSE, "sr x4").hex()}


def test_every_part_makes_another_key() -> None:
    other_pose, other_picture = POSE.copy(), PICTURE.copy()
    other_pose[44] = np.nextafter(other_pose[44], 2, dtype=np.float32)
    other_picture[-1, -1, -1] ^= 1
    keys = [
        Keys("a", "fp32", PICTURE).of(POSE),
        Keys("a", "fp32", PICTURE).of(POSE, "sr x4"),
        Keys("a", "fp32", PICTURE).of(POSE, "sr x2"),
        Keys("a", "fp32", PICTURE).of(other_pose),
        Keys("a", "fp32", other_picture).of(POSE),
        Keys("a", "fp32", PICTURE.reshape(32, 128, 4)).of(POSE),
        Keys("b", "fp32", PICTURE).of(POSE),
        Keys("a", "fp16", PICTURE).of(POSE),
        Keys("af", "p16", PICTURE).of(POSE),
        Keys("a", "fp32", PICTURE).of(POSE[:44]),
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {KEY_BYTES}


def test_how_the_pose_lies_in_memory_makes_no_difference() -> None:
    keys = Keys("a", "fp32", PICTURE)
    assert keys.of(POSE) == keys.of(POSE.astype(np.float64)) == keys.of(np.repeat(POSE, 2)[::2])
