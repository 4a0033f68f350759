"""All trackers that say where the head is move the figure alike."""

from collections.abc import Callable, Sequence

import pytest

from ezvtb.placement import Placement
from ezvtb.tracking.face import Face
from ezvtb.tracking.figure import SETTLE_SECONDS, Figure, FigureOptions, placement, reach
from ezvtb.tracking.protocols import ifacialmocap, openseeface, vtubestudio
from ezvtb.webcam.packet import encode
from tracking.protocols import encoders

SEEN: "dict[str, Callable[[Sequence[float]], Face]]" = {
    # their own axes and units; right, up and towards the camera in cm
    "OpenSeeFace": lambda at: openseeface.parse(encoders.openseeface(translation=[at[i] / 15 for i in (1, 0, 2)])),
    "iFacialMocap": lambda at: ifacialmocap.parse(encoders.text({}, (0, 0, 0, -at[0] / 100, at[1] / 100, at[2] / 100))),
    "VTube Studio": lambda at: vtubestudio.parse(encoders.vtubestudio({}, position=(at[0], at[1], -at[2]))),
    "our webcam": lambda at: vtubestudio.parse(encode(Face(head=(0.0, 0.0, 0.0), position=(at[0], at[1], at[2])), 0)),
}


@pytest.mark.parametrize("tracker", SEEN)
def test_the_figure_goes_as_far_whatever_the_tracker(tracker: str) -> None:
    figure, options = Figure(), FigureOptions(responsiveness=1.0)
    home, moved = (3.0, -10.0, -60.0), (5.0, 2.0, 4.0)

    def place(position: Sequence[float], now: float) -> Placement:
        figure.feed(SEEN[tracker](position), None, tracker, options, now)
        return figure.placement(True, now)

    assert place(home, 0.0) == (0, 0, 0, 1)
    there = [here + way for here, way in zip(home, moved, strict=True)]
    assert place(there, SETTLE_SECONDS + 1) == pytest.approx(placement(reach(moved, 0.0, options)), abs=1e-5)
