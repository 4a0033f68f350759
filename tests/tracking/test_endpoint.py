import pytest

from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.protocols import PROTOCOLS


def test_any_tracker_is_heard_on_all_usual_ports_each_once() -> None:
    ports = Endpoint().ports
    assert set(ports) == {port for protocol in PROTOCOLS for port in protocol.ports}
    assert len(ports) == len(set(ports))


def test_a_port_that_the_user_chose_is_the_only_one() -> None:
    assert Endpoint(port=4711).ports == (4711,)


def test_a_phone_is_heard_on_its_app_s_usual_port_too() -> None:
    asked = [each for each in PROTOCOLS if each.requests is not None]
    ports = Endpoint(port=4711, phone="192.168.1.20").ports
    assert ports[0] == 4711
    assert set(ports[1:]) == {port for protocol in asked for port in protocol.ports}


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.name)
def test_a_chosen_tracker_is_heard_alone_on_its_own_ports(protocol: object) -> None:
    endpoint = Endpoint(tracker=protocol.name)  # type: ignore[attr-defined]
    assert endpoint.protocols == (protocol,)
    assert endpoint.ports == tuple(dict.fromkeys(protocol.ports))  # type: ignore[attr-defined]


def test_a_phone_reaches_this_computer_only_on_an_address_that_others_see() -> None:
    assert Endpoint().bound_host == "127.0.0.1"
    assert Endpoint(phone="192.168.1.20").bound_host == "0.0.0.0"
    assert Endpoint("192.168.1.2", phone="192.168.1.20").bound_host == "192.168.1.2"
