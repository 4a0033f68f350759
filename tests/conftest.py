"""What several suites need: a real picture and recorded poses."""

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

from ezvtb import picture
from ezvtb.models.weights import sample_picture

# how long an example takes is the computer's affair: 200 ms at most by default, in a process that has long run
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

RECORDING = Path(__file__).parents[1] / "demo" / "poses_20fps.npy"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell that starts us in the background has all our children ignore Ctrl+C, and some tests send it to theirs
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def avatar_file() -> Path:
    """A sample picture of the reference, out of the downloaded wheel."""
    return sample_picture("lambda_00.png")


@pytest.fixture(scope="session")
def avatar(avatar_file: Path) -> NDArray[np.uint8]:
    return picture.load(avatar_file).pixels


@pytest.fixture(scope="session")
def recording() -> NDArray[Any]:
    """(n, 45) float32 recorded poses."""
    poses: NDArray[Any] = np.load(RECORDING)
    return poses
