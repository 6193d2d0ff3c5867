"""Which addresses cameras may have, so that nobody makes the hub call itself or a cloud's secrets.

Judge the address that was really dialled, after the name was resolved: a name may lead elsewhere
each time it is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_Network = IPv4Network | IPv6Network

_REFUSED: Final[tuple[tuple[_Network, str], ...]] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("127.0.0.0/8", "this machine"),
        ("::1/128", "this machine"),
        ("0.0.0.0/8", "this machine"),
        ("::/128", "this machine"),
        ("169.254.0.0/16", "link-local, where clouds keep secrets"),
        ("fe80::/10", "link-local"),
        ("fd00:ec2::/32", "where clouds keep secrets"),
        ("100.100.100.200/32", "where clouds keep secrets"),
        ("192.0.0.0/24", "reserved"),
        ("224.0.0.0/4", "multicast"),
        ("ff00::/8", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Judges addresses; networks in `allowed` are fine whatever they are.  Pure."""

    allowed: tuple[_Network, ...] = ()

    def why_not(self, address: str) -> str | None:
        """Return what is wrong with an IP address, as part of a sentence; None: it is fine.

        What is no IP address at all is wrong too: resolve names first.
        """
        try:
            judged = _unwrapped(ip_address(address.partition("%")[0].strip("[]")))
        except ValueError:
            return "not an address"
        if self._names(judged):
            return None
        return next((what for network, what in _REFUSED if judged in network), None)

    def allows(self, address: str) -> bool:
        """Tell whether an IP address is in one of the networks that are fine whatever they are."""
        return self._names(_unwrapped(ip_address(address.partition("%")[0].strip("[]"))))

    def _names(self, judged: IPv4Address | IPv6Address) -> bool:
        return any(judged in network for network in self.allowed)


def policy_of(networks: Iterable[str]) -> AddressPolicy:
    """Return the policy that allows `networks` (CIDR) beside what everybody may use."""
    return AddressPolicy(tuple(ip_network(network, strict=False) for network in networks))


EVERYTHING: Final = policy_of(("0.0.0.0/0", "::/0"))
"""For what stands in the settings: whoever writes those owns the machine."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is of the internet, and not of a network of somebody's own."""
    try:
        return _unwrapped(ip_address(address.partition("%")[0].strip("[]"))).is_global
    except ValueError:
        return False


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    # ::ffff:127.0.0.1 is 127.0.0.1; so is what 6to4, Teredo and NAT64 carry inside.
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    is_compatible = 1 < int(address) <= _MOST_IPV4
    if address in _NAT64 or is_compatible:
        return IPv4Address(int(address) & _MOST_IPV4)
    return address


_NAT64: Final = ip_network("64:ff9b::/96")
_MOST_IPV4: Final = 0xFFFF_FFFF
