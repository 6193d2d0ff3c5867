"""A port that cannot be had is explained."""

import socket

import pytest

from pantau.core.listening import PortError, address_of, listen


def test_any_free_port_can_be_asked_for() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert address_of(listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port), timeout=45).close()


def test_address_for_every_network_is_shown_as_one_to_type() -> None:
    with listen("0.0.0.0", 0) as listener:
        assert address_of(listener).startswith("http://127.0.0.1:")


def test_taken_port_names_itself_and_the_setting() -> None:
    with (
        listen("127.0.0.1", 0) as taken,
        pytest.raises(PortError, match=r"in use by another program.*PANTAU_PORT"),
    ):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "999.1.1.1"])
def test_address_of_another_machine_names_the_setting(host: str) -> None:
    with pytest.raises(PortError, match="PANTAU_HOST"):
        listen(host, 0)
