"""Checks of what listens where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from pantau.operations.doctor.findings import Finding, advice, fine, wrong


@dataclass(frozen=True, slots=True)
class Listener:
    """One address that a process of ours listens on."""

    host: str
    port: int
    program: str


def check_port(
    host: str, port: int, *, refusal: Callable[[], str | None], is_ours: Callable[[], bool]
) -> Finding:
    """Whether the port is free, or taken by Pantau itself.

    `refusal` says why the port cannot be had, `is_ours` whether a Pantau answers there.
    """
    why_not = refusal()
    if why_not is None:
        return fine("port", f"{host}:{port} is free")
    if is_ours():
        return fine("port", f"{host}:{port} is used by Pantau, which runs")
    return wrong(
        "port",
        why_not,
        f"See who has it (ss -ltnp 'sport = :{port}') and stop that, or set port in pantau.toml.",
    )


def check_internal_ports(listeners: Sequence[Listener], *, site_port: int) -> Finding:
    """Whether nothing but the site listens where others can come."""
    name = "internal ports"
    open_to_all = [each for each in listeners if not _is_loopback(each.host)]
    exposed = [each for each in open_to_all if each.port != site_port]
    if exposed:
        told = ", ".join(f"{each.program} on {each.host}:{each.port}" for each in exposed)
        return wrong(
            name,
            f"other machines reach what is internal: {told}",
            "Let it listen on 127.0.0.1 only; a media server's control API tells every camera's "
            "address with its password (apiAddress: 127.0.0.1:9997 in mediamtx.yml).",
        )
    if not listeners:
        return fine(name, "nothing of Pantau listens at the moment")
    return fine(name, "nothing but the site can be reached from other machines")


def check_site_reach(host: str, public_url: str, trusted: Sequence[str]) -> Finding:
    """Whether the way around the proxy is closed where there is a proxy."""
    if public_url.startswith("https://") and not _is_loopback(host):
        return advice(
            "way around the proxy",
            f"the hub listens on {host} although {public_url} is spoken by a proxy",
            'Set host = "127.0.0.1" in pantau.toml if the proxy is on this machine, or close the '
            f"port in the firewall; believed about addresses: {', '.join(trusted)}.",
        )
    return fine("way around the proxy", "there is none")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
