"""Checks of the way that visitors take: the public address, and the proxy on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.operations.doctor.findings import Finding, advice, fine, wrong

_ADDRESS: Final = "public address"
_HEADERS: Final = "proxy headers"
_CACHE: Final = "proxy cache"
_KEPT: Final = frozenset({"HIT", "REVALIDATED", "UPDATING", "STALE"})
"""What proxies say when they answer from what they keep."""
_GUIDE: Final = "docs/guide/proxies.md has the whole site"


class Heard(Shape):
    """What the hub heard of a request that the doctor sent through the proxy."""

    model_config = ConfigDict(frozen=True)

    from_proxy: bool
    """Whether it came from an address in `trusted_proxies`."""
    peer: str
    forwarded_for: str
    forwarded_proto: str
    host: str


@dataclass(frozen=True, slots=True)
class Reached:
    """How asking the public address went."""

    trouble: str = ""
    """Why it could not be asked, in words; empty: it was."""
    locally: bool = False
    """Whether only the proxy on this machine answered, not the public name."""
    is_ours: bool = False
    heard: Heard | None = None


def check_public_address(public_url: str, reached: Reached) -> Finding:
    """Whether visitors who type the public address reach this hub."""
    if not public_url:
        return advice(
            _ADDRESS,
            "none is set: links in messages and codes lead to nowhere",
            'Set public_url = "https://your.name" in pantau.toml.',
        )
    if reached.trouble:
        return wrong(
            _ADDRESS,
            f"{public_url} cannot be reached: {reached.trouble}",
            "Look whether the name leads to this machine (DNS), the proxy runs, its certificate is "
            f"for this name and not over, and the firewall lets 80 and 443 in; {_GUIDE}.",
        )
    if not reached.is_ours:
        return wrong(
            _ADDRESS,
            f"somebody else answers at {public_url}",
            "Let the name lead to this machine, and the proxy's site to this hub's port.",
        )
    if reached.locally:
        return advice(
            _ADDRESS,
            f"{public_url} leads nowhere from here, but the proxy on this machine knows it",
            "Fine behind a CDN or a router; otherwise let the name's DNS record point to this "
            "machine.",
        )
    return fine(_ADDRESS, f"{public_url} leads here")


def check_proxy_headers(public_url: str, heard: Heard | None) -> Finding:
    """Whether the proxy says whose request it passes on, how it was asked and for which name."""
    if heard is None:
        return fine(_HEADERS, "not looked at: the hub cannot be asked through its public address")
    faults = list(_faults(public_url, heard))
    if not faults:
        return fine(_HEADERS, "visitor's address, scheme and name arrive as they should")
    return wrong(
        _HEADERS,
        "; ".join(what for what, _ in faults),
        f"{' '.join(fix for _, fix in faults)} {_GUIDE}.",
    )


def _faults(public_url: str, heard: Heard) -> Sequence[tuple[str, str]]:
    wanted = urlsplit(public_url)
    found = []
    if not heard.from_proxy and (heard.forwarded_for or heard.forwarded_proto):
        found.append(
            (
                f"the proxy comes from {heard.peer}, which is not believed",
                f'Add "{heard.peer}" to trusted_proxies in pantau.toml.',
            )
        )
    last = heard.forwarded_for.rpartition(",")[2].strip()
    if not _is_address(last):
        found.append(
            (
                "it does not say whose request it passes on: all visitors count as one",
                "nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            )
        )
    if heard.forwarded_proto.rpartition(",")[2].strip().lower() != wanted.scheme:
        found.append(
            (
                f"it says “{heard.forwarded_proto}” where visitors speak {wanted.scheme}",
                "nginx: proxy_set_header X-Forwarded-Proto $scheme;",
            )
        )
    if heard.host.lower() != wanted.netloc.lower():
        found.append(
            (
                f"it asks for “{heard.host}” instead of “{wanted.netloc}”",
                "nginx: proxy_set_header Host $http_host;",
            )
        )
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class CacheMarks:
    """What a proxy said of its cache (`X-Cache-Status` and the like) at the second asking."""

    segment: str = ""
    playlist: str = ""
    has_segment: bool = False
    """Whether a segment could be asked for at all."""


def check_proxy_cache(marks: CacheMarks) -> Finding:
    """Whether the proxy keeps segments, which never change, and no playlists, which always do."""
    if marks.playlist.upper() in _KEPT:
        return wrong(
            _CACHE,
            "the proxy keeps playlists: viewers stand still, and a cut-off camera goes on",
            f"Take the cache away from addresses that end in .m3u8; {_GUIDE}.",
        )
    if not marks.has_segment:
        return fine(_CACHE, "not looked at: no camera is on the air")
    if not marks.segment:
        return fine(_CACHE, "the proxy keeps nothing, or does not say so; the hub's own cache does")
    if marks.segment.upper() not in _KEPT:
        return advice(
            _CACHE,
            f"the proxy asks for every segment anew ({marks.segment})",
            f"Let it keep segments of public cameras: it serves viewers without the hub; {_GUIDE}.",
        )
    return fine(_CACHE, "segments are kept by the proxy, playlists are not")
