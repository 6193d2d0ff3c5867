"""Who is asking: the visitor's address, as far as the configured proxies vouch for it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from pantau.core.errors import Invalid
from pantau.web.exchange import Scope

UNKNOWN: Final = "unknown"
_MOST_REMEMBERED: Final = 4096
_MOST_HOPS: Final = 32


class ClientAddresses:
    """Finds a request's real client; pure apart from a bounded memory of which peers are proxies.

    `trusted` holds addresses and networks, and `unix` for proxies that come through a unix socket.
    """

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._trusts_unix = "unix" in trusted
        self._networks = tuple(_network(text) for text in trusted if text != "unix")
        self._verdicts: dict[str, bool] = {}

    def comes_from_proxy(self, scope: Scope) -> bool:
        """Tell whether this connection's peer is a trusted proxy, whose word counts."""
        client = scope.get("client")
        if not client:
            return self._trusts_unix
        return bool(self._networks) and self._is_trusted(client[0])

    def of(self, scope: Scope) -> str:
        """Return the address of the visitor in canonical text, IPv4 in IPv6 unwrapped."""
        client = scope.get("client")
        peer: str = client[0] if client else UNKNOWN
        if not self.comes_from_proxy(scope):
            return peer if peer.isascii() and ":" not in peer else _canonical(peer) or peer
        hops = _forwarded_hops(scope)
        # From the right: each trusted hop vouches for the one before it; the first stranger is
        # the visitor.
        for hop in reversed(hops[-_MOST_HOPS:]):
            address = _canonical(hop)
            if address is None:
                return peer
            if not self._is_trusted(address):
                return address
        if hops:
            return _canonical(hops[0]) or peer
        real = _header(scope, b"x-real-ip")
        return (_canonical(real) if real else None) or _canonical(peer) or peer

    def scheme(self, scope: Scope) -> str:
        """Return what the trusted proxy says it was asked with, else the own scheme."""
        if self.comes_from_proxy(scope):
            told = _header(scope, b"x-forwarded-proto").rpartition(",")[2].strip().lower()
            if told in {"http", "https"}:
                return told
        scheme: str = scope.get("scheme", "http")
        return scheme

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


def _forwarded_hops(scope: Scope) -> list[str]:
    # Repeated fields mean one list (RFC 9110, section 5.3).
    values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    text = b",".join(values).decode("latin-1")
    return [hop.strip() for hop in text.split(",") if hop.strip()]


def _header(scope: Scope, wanted: bytes) -> str:
    value: bytes
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return ""


def _canonical(text: str) -> str | None:
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
