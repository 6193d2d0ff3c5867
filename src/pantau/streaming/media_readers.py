"""Who reads from the media server: everybody, and those who are not this hub itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Protocol

from pantau.streaming.media_server import ActualPath

_LISTS: Final[Mapping[str, str]] = {
    "hlsSession": "hlssessions",
    "rtspSession": "rtspsessions",
    "rtspsSession": "rtspssessions",
    "rtspConn": "rtspconns",
    "rtspsConn": "rtspsconns",
    "rtmpConn": "rtmpconns",
    "rtmpsConn": "rtmpsconns",
    "srtConn": "srtconns",
    "webRTCSession": "webrtcsessions",
    "moqSession": "moqsessions",
}
"""Where a media server lists its readers of each kind; `hlsMuxer` (before 1.18) has no address."""


class ReaderServer(Protocol):
    """The part of a media server's client that is needed here."""

    async def paths(self) -> Mapping[str, ActualPath]: ...

    async def addresses(self, listed_as: str) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader of one path."""

    path: str
    kind: str
    id: str
    remote_address: str | None
    """None: the media server does not tell."""


async def everybody(server: ReaderServer) -> Sequence[Reader]:
    """Return every reader of every path; raises Unavailable."""
    paths = await server.paths()
    kinds = {each.kind for path in paths.values() for each in path.read_by}
    addresses = {
        kind: await server.addresses(_LISTS[kind]) for kind in sorted(kinds) if kind in _LISTS
    }
    return [
        Reader(path.name, each.kind, each.id, addresses.get(each.kind, {}).get(each.id) or None)
        for path in paths.values()
        for each in path.read_by
    ]


def outsiders(readers: Iterable[Reader]) -> Sequence[Reader]:
    """Leave out what is this hub's own: muxers without an address, and whoever is on this machine.

    Viewers read through the edge, which is on this machine: nobody else should be left.
    """
    return [
        reader
        for reader in readers
        if not (reader.kind == "hlsMuxer" and reader.remote_address is None)
        and not is_this_machine(reader.remote_address or "")
        and not is_this_machine(reader.id)
    ]


def is_this_machine(told: str) -> bool:
    """Tell whether an address, with or without a port, is a loopback one."""
    host = told.rpartition(":")[0] if told.count(":") == 1 or told.startswith("[") else told
    host = host.removeprefix("[").removesuffix("]").partition("%")[0]
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
