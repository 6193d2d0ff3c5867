"""Searches the network for ONVIF devices (WS-Discovery), when somebody asks for it."""

import asyncio
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

from pantau.cameras.importing.texts import clean
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_GROUP: Final = ("239.255.255.250", 3702)
_LISTEN_S: Final = 3.0
_MOST_DEVICES: Final = 512
_MOST_DATAGRAM: Final = 65_536
_PROBE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
    "<w:MessageID>uuid:{id}</w:MessageID>"
    "<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
    "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
    "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What answered.  Its streams need its login, which nobody has asked for yet."""

    id: str
    host: str
    service_url: str
    name: str = ""
    location: str = ""
    hardware: str = ""


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if len(data) <= _MOST_DATAGRAM and len(self.devices) < _MOST_DEVICES:
            for device in devices_in(data, sender=str(addr[0])):
                self.devices.setdefault(device.host, device)


@dataclass(frozen=True, slots=True)
class Discovery:
    """Asks the multicast group of WS-Discovery, or another place in tests."""

    clock: Clock
    group: tuple[str, int] = _GROUP
    listen_s: float = _LISTEN_S

    async def devices(self, *, interface: str = "") -> Sequence[Device]:
        """Return what answers within some seconds, by address.

        `interface` is the own address in the network to search; empty: the system's choice.
        Raises Invalid for one that this machine does not have, Unavailable without a network.
        """
        answers = _Answers()
        asking = _socket(interface)
        await asyncio.to_thread(import_module, "defusedxml.ElementTree")
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: answers, sock=asking)
        try:
            for _ in range(2):
                # Twice: a datagram may be lost, and who hears both answers once.
                transport.sendto(_PROBE.format(id=uuid4()).encode(), self.group)
                await self.clock.sleep(self.listen_s / 2)
        finally:
            transport.close()
        return sorted(answers.devices.values(), key=lambda device: device.host)


def devices_in(data: bytes, *, sender: str) -> Sequence[Device]:
    """Return the devices that an answer names; nothing for what is no such answer."""
    # Only now, and in a thread before: few hubs ever search.
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    from defusedxml.common import DefusedXmlException  # noqa: PLC0415
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return ()
    found = []
    for match in root.iter():
        if _local(match) != "ProbeMatch":
            continue
        texts = {_local(part): clean(part.text or "") for part in match.iter()}
        urls = [url for url in texts.get("XAddrs", "").split() if _host(url)]
        # Devices with several networks tell all of them: the one that answered is reachable.
        url = next((url for url in urls if _host(url) == sender), urls[0] if urls else "")
        scopes = texts.get("Scopes", "").split()
        host = _host(url) or sender
        found.append(
            Device(
                id=texts.get("Address", "")[:100],
                host=host,
                service_url=url,
                name=_scope(scopes, "name") or _scope(scopes, "hardware") or host,
                location=_scope(scopes, "location"),
                hardware=_scope(scopes, "hardware"),
            )
        )
    return found


def catalogue_of(
    devices: Sequence[Device], *, pattern: str, user: str = "", password: str = ""
) -> bytes:
    """Return a catalogue of what was found, for a preview.

    `pattern` is the address of a stream with `{host}` in it, such as `rtsp://{host}:554/stream1`.
    """
    if "{host}" not in pattern or not pattern.lower().startswith(("rtsp://", "rtsps://")):
        raise Invalid("import.pattern", "Write an RTSP address with {host} in it.", field="pattern")
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    scheme, _, rest = pattern.partition("://")
    rows = [
        {
            "name": device.name,
            "location": device.location,
            "url": f"{scheme}://{login}{rest.replace('{host}', _in_url(device.host))}",
            "source_site": "ONVIF",
            "provider": device.hardware,
            "source_id": device.id,
        }
        for device in devices
    ]
    return json.dumps({"cameras": rows}).encode()


def _socket(interface: str) -> socket.socket:
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        asking.settimeout(0)
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2)
        if interface:
            own = str(ip_address(interface))
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        asking.bind((interface or "0.0.0.0", 0))
    except ValueError as error:
        asking.close()
        raise Invalid(
            "import.interface", "Write an address of this machine.", field="interface"
        ) from error
    except OSError as error:
        asking.close()
        if interface:
            raise Invalid(
                "import.interface", "This machine does not have that address.", field="interface"
            ) from error
        raise Unavailable("import.network", "There is no network to search.") from error
    return asking


def _local(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "") if "://" in url else ""
    except ValueError:
        return ""


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _scope(scopes: Sequence[str], name: str) -> str:
    mark = f"onvif.org/{name}/"
    told = next((scope.partition(mark)[2] for scope in scopes if mark in scope.lower()), "")
    return clean(unquote(told).replace("_", " "), most=100)
