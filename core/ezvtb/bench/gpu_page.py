"""The page of a device: its figures as Markdown."""

from collections.abc import Sequence

from ezvtb.bench.comparison import Comparison
from ezvtb.bench.entrant import CORES, FRAME_COPY, ON_DEVICE, WHOLE_POSE
from ezvtb.bench.goals import floor_share, peak
from ezvtb.bench.peaks import COPY, PRODUCT
from ezvtb.bench.table import Table
from ezvtb.bench.turns import Result

READ_BY = "What the columns mean: [README.md](README.md)."


def text(done: Comparison) -> str:
    """The whole page."""
    parts = [f"# {done.device.label}\n", _head(done), _goals(done)]
    parts += [table.markdown() for table in (_networks(done), _cores(done), _floors(done)) if table.rows]
    if left_out := [result for result in done.results if result.error]:
        lines = [f"* {result.name}: {result.error}" for result in left_out]
        parts.append("\n".join(["## Left out, or not to the end", "", *lines]) + "\n")
    return "\n".join(parts)


def _head(done: Comparison) -> str:
    about = done.about
    lines = [f"{about['made']}. {about['system']}. {about['processor']}.", "", READ_BY]
    return "\n".join(lines) + "\n"


def _goals(done: Comparison) -> str:
    return "\n".join(["## Goals", "", *(f"* {goal.line()}" for goal in done.goals)]) + "\n"


def _networks(done: Comparison) -> Table:
    shown = [result for result in done.results if result.rows]
    rows = [name for name in done.works["fp32"] if any(result.median(name) for result in shown)]
    rows += [row for row in (FRAME_COPY, WHOLE_POSE) if any(result.median(row) for result in shown)]
    columns = ["ms", *map(title, shown)]
    cells = [[row, *(milliseconds(result, row) for result in shown)] for row in rows]
    rounds = max((len(each) for result in shown for each in result.rows.values()), default=0)
    clocks = [f"{title(result)}: {result.about['clock']}" for result in shown if result.about.get("clock") != "wall"]
    note = f"Medians of {rounds} rounds, in turns. Clock: {'; '.join(clocks) + '; all others: ' if clocks else ''}wall."
    return Table("Networks", columns, cells, note)


def _cores(done: Comparison) -> Table:
    shown = [result for result in done.results if any(result.median(name) for name in CORES)]
    cells = []
    for name in CORES:
        cells.append([name, *(milliseconds(result, name) for result in shown)])
        device = ON_DEVICE.format(name)
        if any(result.median(device) for result in shown):
            cells.append([device, *(milliseconds(result, device) for result in shown)])
    note = "From pose to frames in the host's memory, nothing cached, every network run."
    return Table("Whole cores", ["ms a pose", *map(title, shown)], cells if shown else [], note)


def _floors(done: Comparison) -> Table:
    peaks = {result.name: peak(result) for result in done.results}
    shown = [result for result in done.results if peaks[result.name]]
    rows: list[Sequence[str]] = []
    for name in (PRODUCT, COPY):
        rows.append([name, "", "", *(_rate(result, name) for result in shown)])
    for name, single in done.works["fp32"].items():
        cells = []
        for result in shown:
            works = done.works["fp32" if result.about["precision"] == "fp32" else "fp16"]
            most, share = peaks[result.name], floor_share(result, works, [name])
            assert most is not None
            work = works[name]
            bounds = f"{work.arithmetic(most):.3f}, {work.bandwidth(most):.3f}: {work.floor(most):.3f}"
            cells.append(f"{bounds} ({share:.0%})" if share is not None else "")
        rows.append([name, f"{single.flops / 1e9:.1f}", f"{single.bytes / 1e6:.0f}", *cells])
    note = (
        "In ms: what the arithmetic takes at least, what the bytes do, and the floor that follows layer by layer; in "
        "brackets how much of it is reached. MB as at fp32; half precision moves half of most."
    )
    return Table("Floors", ["", "GFLOP", "MB", *map(title, shown)], rows if shown else [], note)


def title(result: Result) -> str:
    """What a column is called: "TensorRT fp16"."""
    return f"{result.about['backend']} {result.about['precision']}" if result.about else result.name


def milliseconds(result: Result, row: str) -> str:
    """A cell."""
    median = result.median(row)
    return "" if median is None else f"{median:.3f}" if median < 10 else f"{median:.1f}"


def _rate(result: Result, row: str) -> str:
    most = peak(result)
    assert most is not None
    return f"{most.flops / 1e12:.2f} TFLOP/s" if row == PRODUCT else f"{most.bytes / 1e9:.0f} GB/s"
