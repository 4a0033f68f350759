"""Every trial on every backend of every kind: on a machine without a graphics card, on the CPU, with a few poses."""

import subprocess
import sys
from pathlib import Path

import pytest

from ezvtb.trials import TRIALS
from ezvtb.trials.place import Place
from places import with_cards

SHORT = ("poser", "in-between frames", "super resolution")
"""Those that are over in seconds on a CPU, too."""
CORE = Path(__file__).parents[2] / "core"
OTHERS = [title for title in TRIALS if title not in (*SHORT, "memory")]


@pytest.mark.parametrize("title", SHORT)
@pytest.mark.parametrize("place", with_cards(("openvino", False)), indirect=True)
def test_a_device_draws_what_the_references_draw(title: str, place: Place) -> None:
    outcomes = TRIALS[title](place)
    print(*outcomes, sep="\n")
    assert outcomes
    assert [str(each) for each in outcomes if not each.good] == []


@pytest.mark.parametrize("title", OTHERS)
@pytest.mark.parametrize("place", with_cards(), indirect=True)
def test_a_device_does_all_that_it_must(title: str, place: Place) -> None:
    outcomes = TRIALS[title](place)
    print(*outcomes, sep="\n")
    assert [str(each) for each in outcomes if not each.good] == []


@pytest.mark.long
@pytest.mark.parametrize("title", [title for title in TRIALS if title != "memory"])
@pytest.mark.parametrize("place", [("openvino", False), ("openvino", True), ("onnxruntime", False)], indirect=True)
def test_so_do_the_other_backends_of_the_cpu(title: str, place: Place) -> None:
    assert [str(each) for each in TRIALS[title](place) if not each.good] == []


@pytest.mark.parametrize("place", with_cards(), indirect=True)
def test_memory_does_not_grow_in_ten_thousand_poses(place: Place) -> None:
    outcomes = TRIALS["memory"](place)
    print(*outcomes, sep="\n")
    assert [str(each) for each in outcomes if not each.good] == []
    assert all("10000 poses" in each.told for each in outcomes)


NOWHERE = Place("null", 0, 0, half=False)


YOUNG = """
from ezvtb.trials import TRIALS
from ezvtb.trials.place import Place
print(*(each.good for each in TRIALS["memory"](Place("null", 0, 0, half=False, brief=True))))
"""


def test_nor_without_a_device() -> None:
    # in a young process: one that has long run has room for a leak in what it freed
    asked = subprocess.run([sys.executable, "-c", YOUNG], cwd=CORE, capture_output=True, text=True, check=True)
    assert set(asked.stdout.split()) == {"True"}


@pytest.mark.long
def test_nor_in_ten_thousand_poses_without_a_device() -> None:
    (ram,) = TRIALS["memory"](NOWHERE)
    print(ram)
    assert ram.good
    assert "10000 poses" in ram.told
