"""Tracking: what each protocol's packets cost from the socket to the pose, and what a flood costs the receiver."""

import importlib.util
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from ezvtb import paths
from ezvtb.bench.table import Table
from ezvtb.errors import TrackingError
from ezvtb.tracking import pose
from ezvtb.tracking.arkit import SHAPES
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.following import Following, Packet
from ezvtb.tracking.motion import Motion
from ezvtb.tracking.protocols import PROTOCOLS, raw
from ezvtb.tracking.receiver import Receiver

_RATE = 60
"""Frames a second: what phones send."""
_FRAMES = 600
_FLOOD_RATE = 10_000
_FLOOD_SECONDS = 3.0

_Frame = list[bytes]
"""The packets that together say what one face looks like."""


def measure() -> Table:
    """The table of all protocols, each with faces that move in every value, and of the flood."""
    rows = [_row(name, frame) for name, frame in _frames(_encoders()).items()]
    measured = {protocol.parse for protocol in PROTOCOLS if protocol.name in {row[0] for row in rows}}
    if missing := [protocol.name for protocol in PROTOCOLS if protocol.parse not in measured]:
        raise TrackingError(f"The benchmark has no packets of {', '.join(missing)}.")
    rows.append([f"{_FLOOD_RATE} packets a second", "", "", "", "", "", f"{_flood_share():.1f}"])
    columns = [
        "tracker",
        "bytes",
        "understand ms",
        "map, smooth ms",
        "pose ms",
        "together ms",
        f"% of a core at {_RATE} Hz",
    ]
    note = (
        f"Medians of {_FRAMES} frames. Understand: recognise the protocol, parse, follow the sender. Pose: idle life"
        " and easing, once for each frame. The last row is the receiver under a flood of raw poses, sockets included."
    )
    return Table("Tracking", columns, rows, note)


def _row(name: str, frame: "Callable[[float], _Frame]") -> "list[str]":
    following, motion, number = Following(PROTOCOLS), Motion(), 0
    times: list[tuple[float, float, float]] = []
    sizes: list[int] = []
    for count in range(_FRAMES):
        now = count / _RATE
        packets = [Packet(data, "127.0.0.1", 50000) for data in frame(now)]
        sizes.append(sum(len(packet.data) for packet in packets))
        start = time.perf_counter()
        following.take(packets, now)
        understood = time.perf_counter()
        for received in following.faces(number):
            motion.feed(received.face, received.sender, received.protocol, received.moment)
            number = received.number
        mapped = time.perf_counter()
        motion.pose(now)
        times.append((understood - start, mapped - understood, time.perf_counter() - mapped))
    if number < _FRAMES - 1 or not motion.is_live(now):
        raise TrackingError(f"{name}: only {number} of {_FRAMES} frames were understood. {following.last_drop}")
    parts = [1000 * statistics.median(column) for column in zip(*times)]
    together = 1000 * statistics.median(map(sum, times))
    share = together / 1000 * _RATE * 100
    return [name, f"{statistics.fmean(sizes):.0f}", *(f"{part:.3f}" for part in (*parts, together)), f"{share:.2f}"]


def _encoders() -> Any:
    """The tests' own writers of packets, which know the protocols from their documentation."""
    path = paths.PROJECT / "tests" / "tracking" / "protocols" / "encoders.py"
    spec = importlib.util.spec_from_file_location("ezvtb_bench_encoders", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise TrackingError(f"{path} is missing.", "Run the benchmark in a complete copy of the project.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _frames(encoders: Any) -> "Mapping[str, Callable[[float], _Frame]]":
    """By protocol, what it sends of the moving face at a moment."""

    def vmc(now: float) -> _Frame:
        blends = [encoders.blend(name, value) for name, value in _shapes(now).items()]
        half = math.sin(now) / 4
        head = encoders.bone("Head", half, 0.0, 0.0, math.sqrt(1 - half * half))
        return [encoders.bundle(head, *blends[:26]), encoders.bundle(*blends[26:], encoders.APPLY)]

    def pascal(now: float) -> "dict[str, float]":
        return {encoders.pascal(name): value for name, value in _shapes(now).items()}

    def percent(now: float) -> "dict[str, int]":
        return {name: round(100 * value) for name, value in _shapes(now).items()}

    def features(now: float) -> "dict[str, float]":
        return dict.fromkeys(encoders.OPENSEEFACE_FEATURES, math.sin(now) / 2)

    def live_link(now: float) -> "list[float]":
        return [0.5 + math.sin(now + place) / 2 for place in range(len(encoders.LIVE_LINK_ORDER))]

    def meow(now: float) -> "dict[str, float]":
        return {**_shapes(now), "browInnerUpLeft": 0.5, "browInnerUpRight": 0.5}

    return {
        "OpenSeeFace": lambda now: [
            encoders.openseeface(moment=now, euler=(175 + math.sin(now), math.cos(now), 90), features=features(now))
        ],
        "iFacialMocap": lambda now: [encoders.text(percent(now), _head(now))],
        "Facemotion3D": lambda now: [encoders.text({**percent(now), "FM_VF": 3}, _head(now))],
        "VMC": vmc,
        "VTube Studio": lambda now: [encoders.vtubestudio(pascal(now), _head(now)[:3])],
        "MeowFace": lambda now: [encoders.vtubestudio(meow(now), _head(now)[:3])],
        "Live Link Face": lambda now: [encoders.livelink(live_link(now))],
        "Raw poses": lambda now: [raw.encode([abs(math.sin(now + place)) for place in range(pose.SIZE)])],
    }


def _shapes(now: float) -> "dict[str, float]":
    return {name: round(0.4 + 0.4 * math.sin(3 * now + place), 4) for place, name in enumerate(SHAPES)}


def _head(now: float) -> "list[float]":
    return [round(12 * math.sin(now + place), 3) for place in range(6)]


_FLOOD = f"""
import socket, sys, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
start, sent = time.perf_counter(), 0
while time.perf_counter() < start + {_FLOOD_SECONDS + 1}:
    while sent < (time.perf_counter() - start) * {_FLOOD_RATE}:
        sender.sendto(bytes.fromhex(sys.argv[2]), ("127.0.0.1", int(sys.argv[1])))
        sent += 1
    time.sleep(0.001)
"""


def _flood_share() -> float:
    """Percent of a core that the receiver takes under the flood."""
    receiver = Receiver(Endpoint(), ports=(0,))
    receiver.open()
    packet = raw.encode([0.5] * pose.SIZE).hex()
    flood = subprocess.Popen([sys.executable, "-c", _FLOOD, str(receiver.ports[0]), packet])
    try:
        _wait_for_first(receiver)
        before, start, used = receiver.accepted, time.perf_counter(), time.process_time()
        while time.perf_counter() < start + _FLOOD_SECONDS:
            receiver.faces(0)  # as an avatar does; who isn't asked only glances
            time.sleep(1 / 30)
        share = (time.process_time() - used) / (time.perf_counter() - start)
        if receiver.accepted - before < _FLOOD_RATE * _FLOOD_SECONDS / 2:
            raise TrackingError(
                f"The flood was too thin: {receiver.accepted - before} packets.", "Close other programs."
            )
    finally:
        flood.kill()
        flood.wait()
        receiver.close()
    return 100 * share


def _wait_for_first(receiver: Receiver) -> None:
    end = time.perf_counter() + 10
    while not receiver.accepted:
        if time.perf_counter() > end:
            raise TrackingError("No packet of the flood has come.", "Look whether a firewall blocks UDP to 127.0.0.1.")
        time.sleep(0.01)
