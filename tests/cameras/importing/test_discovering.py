"""ONVIF devices answer a search; whatever else answers is left out."""

import asyncio
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.cameras.importing.discovering import Device, Discovery, catalogue_of, devices_in
from pantau.cameras.importing.reading import read_catalogue
from pantau.core.clock import SystemClock
from pantau.core.errors import Invalid
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

MATCH = """<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">
<s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1-2</a:Address></a:EndpointReference>
<d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Pintu%20Depan
 onvif://www.onvif.org/location/Gedung_A onvif://www.onvif.org/hardware/IPC-1</d:Scopes>
<d:XAddrs>http://{host}/onvif/device_service http://[fe80::1]/onvif/device_service</d:XAddrs>
</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"""


class Camera(asyncio.DatagramProtocol):
    """Answers a probe twice, and with rubbish in between."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        for answer in (b"rubbish", MATCH.format(host="192.0.2.8").encode(), data):
            self.transport.sendto(answer, addr)


class Patient(SystemClock):
    """Waits for the answers instead of a time: on loopback what was sent has arrived."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._questions = 0

    async def sleep(self, duration_s: float) -> None:
        self._questions += 1
        await until(lambda: len(self._camera.asked) >= self._questions)
        for _ in range(5):
            await super().sleep(0.001)


async def test_devices_that_answer_are_found_once() -> None:
    loop = asyncio.get_running_loop()
    transport, camera = await loop.create_datagram_endpoint(Camera, local_addr=("127.0.0.1", 0))
    try:
        group = transport.get_extra_info("sockname")
        found = await Discovery(Patient(camera), group=group).devices()
    finally:
        transport.close()
    assert found == [
        Device(
            id="urn:uuid:1-2",
            host="192.0.2.8",
            service_url="http://192.0.2.8/onvif/device_service",
            name="Pintu Depan",
            location="Gedung A",
            hardware="IPC-1",
        )
    ]
    assert re.search(b"dn:NetworkVideoTransmitter", camera.asked[0])


@pytest.mark.parametrize("interface", ["nonsense", "192.0.2.1", "::1", "1.2.3.4; rm"])
async def test_only_addresses_of_this_machine_can_search(interface: str) -> None:
    with pytest.raises(Invalid) as caught:
        await Discovery(SystemClock(), listen_s=0.1).devices(interface=interface)
    assert caught.value.field == "interface"


def test_the_address_that_answered_is_preferred() -> None:
    two = MATCH.format(host="192.0.2.8").replace("[fe80::1]", "192.0.2.9")
    assert [device.host for device in devices_in(two.encode(), sender="192.0.2.9")] == ["192.0.2.9"]


def test_traps_in_answers_are_not_followed() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    assert devices_in(laughs.encode(), sender="192.0.2.8") == ()
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    assert devices_in(outside.encode(), sender="192.0.2.8") == ()


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<x>{text}</x>".encode()))
def test_whatever_answers_is_devices_or_nothing(data: bytes) -> None:
    assert list(devices_in(data, sender="192.0.2.8")) == []


def test_devices_become_rows_with_the_login_that_was_given() -> None:
    devices = [Device(id="u1", host="192.0.2.8", service_url="", name="Pintu")]
    data = catalogue_of(
        devices, pattern="rtsp://{host}:554/ch1", user="admin", password="p@ss/word"
    )
    (row,) = read_catalogue(data).candidates
    assert row.address == "rtsp://admin:p%40ss%2Fword@192.0.2.8:554/ch1"
    assert (row.name, row.source_site, row.source_id) == ("Pintu", "ONVIF", "u1")
    for pattern in ("rtsp://192.0.2.8/", "http://{host}/", ""):
        with pytest.raises(Invalid):
            catalogue_of(devices, pattern=pattern)
