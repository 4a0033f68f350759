import json
import random

import pytest

from ezvtb.errors import ParseError
from ezvtb.tracking.protocols import PROTOCOLS, recognise
from tracking.protocols import encoders
from tracking.protocols.test_ifacialmocap import FACEMOTION3D_SAMPLE, IFACIALMOCAP_SAMPLE
from tracking.protocols.test_livelink import PYLIVELINKFACE
from tracking.protocols.test_vmc import PYTHON_OSC

BY_NAME = {protocol.name: protocol for protocol in PROTOCOLS}


def check_that_none_is_taken_for_another(name: str, packets: int) -> None:
    """So many valid packets of a protocol: they are recognised as its own, and its parser takes them."""
    rng, encode = random.Random(f"recognise {name}"), encoders.VALID[name]
    protocol = BY_NAME[name]
    for number in range(packets):
        packet = encode(rng)
        assert recognise(packet).name == name, (number, packet)
        if number % 10 == 0:
            protocol.parse(packet)


@pytest.mark.parametrize("name", encoders.VALID)
def test_no_valid_packet_is_taken_for_another_protocols(name: str) -> None:
    check_that_none_is_taken_for_another(name, 1000)


@pytest.mark.long
@pytest.mark.parametrize("name", encoders.VALID)
def test_no_valid_packet_of_a_million_is_taken_for_another_protocols(name: str) -> None:
    check_that_none_is_taken_for_another(name, 1_000_000)


@pytest.mark.parametrize(
    ("packet", "name"),
    [
        (IFACIALMOCAP_SAMPLE, "iFacialMocap"),
        (FACEMOTION3D_SAMPLE, "Facemotion3D"),
        (PYLIVELINKFACE, "Live Link Face"),
        (PYTHON_OSC, "VMC"),
    ],
)
def test_packets_that_others_wrote(packet: bytes, name: str) -> None:
    assert recognise(packet).name == name


def test_json_as_long_as_faces_of_openseeface_is_json() -> None:
    packet = encoders.vtubestudio({"JawOpen": 0.5})
    for size in (1785, 3570):
        padded = packet[:-1] + b',"x":"' + b"x" * (size - len(packet) - 7) + b'"}'
        assert len(padded) == size and recognise(padded).name == "VTube Studio"


def test_text_as_long_as_a_pose_is_text() -> None:
    for size in (180, 196):
        text = b"jawOpen&1|".ljust(size - 13, b"|") + b"=head#0,0,0|."
        assert len(text) == size and recognise(text).name == "iFacialMocap"


def test_a_face_whose_time_begins_like_another_packet_is_openseefaces() -> None:
    for start in (b"{", b"/", b"#", b"\6\0\0\0", b"=head#"):
        packet = start + encoders.openseeface()[len(start) :]
        assert recognise(packet).name == "OpenSeeFace"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0",
        b"hello",
        b"{}",
        b"/avatar/x\0\0\0,\0\0\0",
        b"\6\0\0\0",
        bytes(179),
        b" " * 1785,
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_garbage_gets_a_sentence_and_a_remedy(packet: bytes) -> None:
    with pytest.raises(ParseError, match=f"{len(packet)} bytes") as refused:
        recognise(packet)
    assert refused.value.remedy


def test_every_protocol_can_be_set_up() -> None:
    assert len(BY_NAME) == len(PROTOCOLS) and encoders.VALID.keys() <= BY_NAME.keys()
    for protocol in PROTOCOLS:
        assert all(1024 <= port <= 65535 for port in protocol.ports) and protocol.ports
        for request in protocol.requests(4711) if protocol.requests else ():
            assert 1024 <= request.port <= 65535 and request.message and request.seconds > 0
    asked = {name for name in encoders.VALID if BY_NAME[name].requests}
    assert asked == {"iFacialMocap", "Facemotion3D", "VTube Studio", "MeowFace"}


def test_vtube_studio_is_told_its_port_as_json() -> None:
    for name in ("VTube Studio", "MeowFace"):
        requests = BY_NAME[name].requests
        assert requests is not None and json.loads(requests(4711)[0].message)["ports"] == [4711]
