import pytest

from ezvtb.errors import ParseError, TrackingError
from ezvtb.tracking.face import Face
from ezvtb.tracking.phone import Phone
from ezvtb.tracking.protocols.protocol import Protocol, Request


def never(_packet: bytes) -> Face:
    raise ParseError("no")


def other(_packet: bytes) -> Face:
    raise ParseError("no")


def more(_port: int) -> "tuple[Request, ...]":
    return (Request(2, b"more", 1.0, always=True),)


ONCE = Protocol("Once", never, (), lambda port: (Request(1, b"hello %d" % port, 1.5),))
ALWAYS = Protocol("Always", other, (), more)
LIKEWISE = Protocol("Likewise", never, (), more)
SILENT = Protocol("Silent", never, ())


def test_all_apps_are_asked_again_and_again_while_nothing_comes() -> None:
    phone = Phone("192.168.1.20", (ONCE, SILENT, ALWAYS), 5000)
    assert phone.apps == ["Once", "Always"]
    assert [each.message for each in phone.due(0, None)] == [b"hello 5000", b"more"]
    assert phone.due(0.9, None) == []
    assert [each.port for each in phone.due(1.1, None)] == [2]
    assert [each.port for each in phone.due(1.6, None)] == [1]


def test_two_apps_with_the_same_request_are_asked_once_whichever_answers() -> None:
    phone = Phone("192.168.1.20", (ALWAYS, LIKEWISE), 5000)
    assert phone.apps == ["Always", "Likewise"]
    assert len(phone.due(0, None)) == 1
    assert len(phone.due(2, ALWAYS)) == len(phone.due(4, LIKEWISE)) == 1


def test_while_one_app_sends_only_its_own_lasting_request_goes_on() -> None:
    phone = Phone("192.168.1.20", (ONCE, ALWAYS), 5000)
    assert [each.port for each in phone.due(0, ALWAYS)] == [2]
    assert [each.port for each in phone.due(5, ALWAYS)] == [2]
    assert phone.due(10, ONCE) == []


@pytest.mark.parametrize("address", ["", "my phone", "300.1.1.1", "192.168.1", "192.168.1.20:49983", "fe80::1"])
def test_an_address_that_is_none_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(TrackingError, match=r"192\.168\.1\.20"):
        Phone(address, (ONCE,), 5000)
