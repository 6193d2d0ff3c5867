"""Connections to the owners' servers that go only where they may.

The address is judged that is really dialled, after the name was resolved, for every connection:
a name may lead elsewhere each time it is asked.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import aiohttp
from aiohttp.resolver import ThreadedResolver

from pantau.core.networks import AddressPolicy, is_public

Judge: TypeAlias = Callable[[str], str | None]
"""Returns what is wrong with an IP address; None: it may be dialled."""
_AddressInfo: TypeAlias = tuple[
    int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]
]

CONNECT_S: Final = 4.0
_READ_S: Final = 8.0
_MOST_CONNECTIONS: Final = 128
_MOST_PER_SERVER: Final = 8
_NAMES_KEPT_S: Final = 10
_READ_BYTES: Final = 128 * 1024
_MOST_HEADER_BYTES: Final = 8_190


class RefusedAddressError(OSError):
    """Nobody may be sent to this address."""


def elsewhere(policy: AddressPolicy) -> Judge:
    """Return the judge of servers that a stream leads to, beside the one the operator named.

    They may not be in our own networks: a playlist could read what only we can reach.
    """

    def why_not(address: str) -> str | None:
        problem = policy.why_not(address)
        if problem is not None:
            return problem
        return None if is_public(address) or policy.allows(address) else "inside this network"

    return why_not


def guarded_session(judge: Judge) -> aiohttp.ClientSession:
    """Return a session whose every connection was judged; close it.  Loop only."""
    connector = aiohttp.TCPConnector(
        resolver=ThreadedResolver(),
        socket_factory=_judging_sockets(judge),
        limit=_MOST_CONNECTIONS,
        limit_per_host=_MOST_PER_SERVER,
        ttl_dns_cache=_NAMES_KEPT_S,
        happy_eyeballs_delay=0.25,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        # Unpacked by us, within limits: a small answer may unpack to gigabytes.
        auto_decompress=False,
        read_bufsize=_READ_BYTES,
        max_line_size=_MOST_HEADER_BYTES,
        max_field_size=_MOST_HEADER_BYTES,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=_READ_S),
    )


def _judging_sockets(judge: Judge) -> Callable[[_AddressInfo], socket.socket]:
    def made(info: _AddressInfo) -> socket.socket:
        # The last step before dialling: no name and no spelling of an address comes past it.
        family, kind, protocol, _, place = info
        if judge(str(place[0])) is not None:
            raise RefusedAddressError("the address is not allowed")
        return socket.socket(family, kind, protocol)

    return made


async def refuse_behind_proxy(host: str, judge: Judge) -> None:
    """Raise `RefusedAddressError` where a proxy would be sent to an address that is not allowed.

    It resolves names itself; what only it can resolve is left to it.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    if any(judge(str(place[0])) is not None for *_, place in found):
        raise RefusedAddressError("the address is not allowed")
