"""Who is asking: the visitor's address, as far as the configured proxies vouch for it."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from pantau.core.errors import Invalid
from pantau.web.exchange import Scope

UNKNOWN: Final = "unknown"
_MOST_REMEMBERED: Final = 4096
_MOST_HOPS: Final = 32
_LONGEST_ADDRESS: Final = 80


class ClientAddresses:
    """Finds a request's real client; pure apart from a bounded memory of which peers are proxies.

    `trusted` holds addresses and networks, and `unix` for proxies that come through a unix socket.
    `header` is where a content network among them tells the visitor's address.
    """

    def __init__(self, trusted: Sequence[str] = (), *, header: str = "") -> None:
        self._trusts_unix = "unix" in trusted
        self._networks = tuple(_network(text) for text in trusted if text != "unix")
        self._header = header.lower().encode()
        self._verdicts: dict[str, bool] = {}

    def comes_from_proxy(self, scope: Scope) -> bool:
        """Tell whether this connection's peer is a trusted proxy, whose word counts."""
        client = scope.get("client")
        if not client:
            return self._trusts_unix
        return bool(self._networks) and self._is_trusted(client[0])

    def of(self, scope: Scope) -> str:
        """Return the address of the visitor in canonical text, IPv4 in IPv6 unwrapped.

        Where a proxy does not name the visitor, its own address stands for all of its visitors.
        """
        named = self.named(scope)
        if named is not None:
            return named
        client = scope.get("client")
        return _plain(client[0]) if client else UNKNOWN

    def named(self, scope: Scope) -> str | None:
        """Return the same, or nothing where a trusted proxy does not tell whose request it is."""
        if not self.comes_from_proxy(scope):
            client = scope.get("client")
            return _plain(client[0]) if client else None
        forwarded, told, real = self._told(scope)
        hops = _hops(forwarded) if forwarded else []
        # From the right: each trusted hop vouches for the one before it; the first stranger is
        # the visitor, whatever that stranger says in other headers.
        for hop in reversed(hops[-_MOST_HOPS:]):
            address = _canonical(hop)
            if address is None:
                return None
            if not self._is_trusted(address):
                return address
        if told:
            return _canonical(told.decode("latin-1"))
        if hops:
            return _canonical(hops[0])
        return _canonical(real.decode("latin-1")) if real else None

    def scheme(self, scope: Scope) -> str:
        """Return what the trusted proxy says it was asked with, else the own scheme."""
        if self.comes_from_proxy(scope):
            told = _header(scope, b"x-forwarded-proto").rpartition(",")[2].strip().lower()
            if told in {"http", "https"}:
                return told
        scheme: str = scope.get("scheme", "http")
        return scheme

    def _told(self, scope: Scope) -> tuple[bytes, bytes, bytes]:
        forwarded = told = real = b""
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                # Repeated fields mean one list (RFC 9110, section 5.3).
                forwarded = b"%s,%s" % (forwarded, value) if forwarded else value
            elif name == b"x-real-ip":
                real = value
            elif name == self._header:
                told = value
        return forwarded, told, real

    def _is_trusted(self, peer: str) -> bool:
        verdict = self._verdicts.get(peer)
        if verdict is None:
            if len(self._verdicts) >= _MOST_REMEMBERED:
                self._verdicts.clear()
            address = _parse(peer)
            verdict = address is not None and any(
                address.version == network.version and address in network
                for network in self._networks
            )
            self._verdicts[peer] = verdict
        return verdict


def _network(text: str) -> IPv6Network:
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise Invalid(
            "settings.trusted_proxies",
            f"“{text}” is neither an address nor a network such as 10.0.0.0/8.",
            field="trusted_proxies",
        ) from error
    return network  # type: ignore[return-value]  # both versions offer what is used


def _hops(forwarded: bytes) -> list[str]:
    text = forwarded.decode("latin-1")
    return [hop.strip() for hop in text.split(",") if hop.strip()] if "," in text else [text]


def _header(scope: Scope, wanted: bytes) -> str:
    value: bytes
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return ""


def limit_key(address: str) -> str:
    """Return what limits count `address` under: itself, or the /64 that one IPv6 line gets."""
    return address if ":" not in address else _line_of(address)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _line_of(address: str) -> str:
    try:
        return str(ip_network(f"{address}/64", strict=False))
    except ValueError:
        return address


def _plain(peer: str) -> str:
    return peer if peer.isascii() and ":" not in peer else _canonical(peer) or peer


def _canonical(text: str) -> str | None:
    return _canonical_of(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=_MOST_REMEMBERED)
def _canonical_of(text: str) -> str | None:
    address = _parse(text)
    return None if address is None else str(address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    host = text.strip().strip('"')
    if host.startswith("["):  # [2001:db8::1]:4711
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:  # 192.0.2.1:4711
        host = host.partition(":")[0]
    host = host.partition("%")[0]  # fe80::1%eth0
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
