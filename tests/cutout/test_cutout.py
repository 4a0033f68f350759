"""Pictures are cut out by a process of their own: with a stand-in for rembg, which says that what is red is figure."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ezvtb import cutout
from ezvtb.cutout.job import CutoutJob

Pixels = NDArray[np.uint8]


def ended(job: CutoutJob) -> "list[str]":
    """What it said until it ended."""
    said = [job.text]
    end = time.monotonic() + 60
    while not job.done:
        assert time.monotonic() < end
        if job.text != said[-1]:
            said.append(job.text)
        time.sleep(0.01)
    return said


def test_a_picture_is_cut_out_once_and_kept(rembg: None, cache: Path, opaque: Pixels) -> None:
    assert cutout.is_installed()
    assert cutout.stored(opaque) is None
    said = ended(job := CutoutJob(opaque))
    assert job.error == ""
    assert any("of about 170 MB" in line for line in said), said
    cut = cutout.stored(opaque)
    assert cut is not None
    assert (cut[100:, 130:270] == (200, 30, 40, 255)).all()
    assert not cut[:40].any()
    assert (cache / "rembg" / "models" / "isnet-anime" / "isnet-anime.onnx").exists()
    other = opaque.copy()
    other[0, 0] = 1
    assert cutout.stored(other) is None


def test_a_failure_is_one_sentence(rembg: None, opaque: Pixels) -> None:
    opaque[0, 0] = (0, 0, 255, 255)
    job = CutoutJob(opaque)
    ended(job)
    assert job.error == "RuntimeError: the network is broken."
    assert cutout.stored(opaque) is None


def test_a_job_that_is_given_up_ends(rembg: None, opaque: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_SECONDS", "60")
    job = CutoutJob(opaque)
    while "taken away" not in job.text and "downloaded" not in job.text:
        assert not job.done, job.error
        time.sleep(0.01)
    job.close()
    ended(job)
    assert job.error


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_process_ends_with_its_caller(rembg: None, opaque: Pixels, share: float) -> None:
    command = [sys.executable, "-m", "ezvtb.cutout", "400", "300"]
    environment = {**os.environ, "STAND_IN_SECONDS": "60"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin
        process.stdin.write(opaque.tobytes()[: round(share * opaque.nbytes)])
        process.stdin.close()
        assert process.wait(60) == 1


@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), ([], 2), (["400"], 2), (["wide", "high"], 2)])
def test_whoever_starts_it_by_hand_is_told_what_it_takes(rembg: None, words: "list[str]", code: int) -> None:
    command = [sys.executable, "-m", "ezvtb.cutout", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    assert (ended.returncode, "usage: python -m ezvtb.cutout" in said, "Traceback" in said) == (code, True, False)


def test_what_ends_without_a_word_is_told_by_its_exit_code(
    rembg: None, opaque: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_EXIT_CODE", "9")
    ended(job := CutoutJob(opaque))
    assert job.error == "its process ended with exit code 9."


def test_two_processes_may_cut_the_same_picture_out_at_once(rembg: None, opaque: Pixels, cache: Path) -> None:
    network = cache / "rembg" / "models" / "isnet-anime" / "isnet-anime.onnx"
    network.parent.mkdir(parents=True)
    network.touch()
    jobs = [CutoutJob(opaque) for _ in range(3)]
    for job in jobs:
        ended(job)
    assert [job.error for job in jobs] == ["", "", ""]
    assert cutout.stored(opaque) is not None
    assert [each.suffix for each in (cache / "cutouts").iterdir()] == [".png"]


def test_only_the_latest_are_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutout, "KEPT", 3)
    pictures = [np.full((8, 8, 4), number, np.uint8) for number in range(5)]
    for age, each in enumerate(pictures):
        cutout.store(each, each)
        os.utime(cutout.path_of(each), (age, age))
    assert [cutout.stored(each) is not None for each in pictures] == [False, False, True, True, True]


@pytest.mark.parametrize("content", [b"", b"no picture", None])
def test_a_broken_file_counts_as_none(cache: Path, opaque: Pixels, content: "bytes | None") -> None:
    cutout.store(opaque, opaque[:10] if content is None else opaque)
    if content is not None:
        cutout.path_of(opaque).write_bytes(content)
    assert cutout.stored(opaque) is None


@pytest.mark.parametrize("damage", ["cut short", "other pixels", "no chunk"])
def test_a_damaged_file_counts_as_none(cache: Path, opaque: Pixels, damage: str) -> None:
    cutout.store(opaque, np.random.default_rng(1).integers(0, 256, opaque.shape).astype(np.uint8))
    path = cutout.path_of(opaque)
    whole = path.read_bytes()
    second = whole.rindex(b"IDAT")  # of several
    put = {"cut short": b"", "other pixels": b"IDAT" + bytes(2000), "no chunk": bytes(4)}[damage]
    path.write_bytes(whole[:second] + put + (whole[second + len(put) :] if put else b""))
    assert cutout.stored(opaque) is None
