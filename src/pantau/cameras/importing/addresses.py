"""Addresses of sources: what kind they are, whether they can be used, and when two are the same."""

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from pantau.cameras.addresses import address_of, host_literal
from pantau.cameras.capabilities import SCHEMES, SourceKind
from pantau.cameras.changes import MOST_ADDRESS
from pantau.core.networks import AddressPolicy

_ZONEMINDER: Final = re.compile(r"nph-zms|/zms\b|/cgi-bin/zm|zoneminder", re.IGNORECASE)
_FRAGMENT: Final = re.compile(
    r"#(?P<inner>(?:https?|wss?|rtsps?)(?:://|%3A%2F%2F).+)", re.IGNORECASE
)
_PAGE: Final = re.compile(
    r"youtube(?:-nocookie)?\.com/(?:embed|live|watch)|youtu\.be/|/embed/|facebook\.com/plugins|\.html?(?:$|[?#])",
    re.IGNORECASE,
)
_SRC: Final = re.compile(r"<iframe\b[^>]{0,2000}?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(
    r"\$\{[^}]*\}|\{[A-Za-z_][A-Za-z0-9_]*\}|\$[A-Z_][A-Z0-9_]+|…|/\.\.\.$|<[a-z _-]+>",
    re.IGNORECASE,
)
_VOLATILE: Final = frozenset(
    [
        "token",
        "auth",
        "expires",
        "expire",
        "exp",
        "signature",
        "sig",
        "hash",
        "key",
        "rand",
        "random",
        "ts",
        "t",
        "_",
        "time",
        "timestamp",
        "connkey",
        "st",
        "e",
        "wmsauthsign",
        "nimblesessionid",
        "session",
        "sessionid",
        "sid",
    ]
)
_FILES: Final = re.compile(r"\.(?:mp4|webm|mkv|avi|mov|mp3|zip|pdf)$", re.IGNORECASE)
_MOST_QUERY: Final = 2_000


def infer_kind(address: str, *, has_page_only: bool = False) -> SourceKind | None:
    """Return what an address speaks, in the order that was right for eight hundred cameras.

    None: a scheme that nobody here speaks.  A plain http address counts as MJPEG at last.
    """
    parts = _split(address)
    if parts is None:
        return None
    scheme, path = parts.scheme.lower(), parts.path.lower()
    for kind in (SourceKind.MPEGTS_WS, SourceKind.RTSP):
        if scheme in SCHEMES[kind]:
            return kind
    if scheme not in {"http", "https"} or _FILES.search(path):
        return None
    if not _ZONEMINDER.search(address):
        if path.endswith((".flv", ".m3u8", ".m3u")):
            return SourceKind.FLV if path.endswith(".flv") else SourceKind.HLS
        if has_page_only or _PAGE.search(address):
            return SourceKind.EMBED
    return SourceKind.MJPEG


def inner_address(address: str) -> str:
    """Return the address that a player page carries behind its `#`; "" where it has none."""
    found = _FRAGMENT.search(address)
    if found is None:
        return ""
    inner = found["inner"]
    return unquote(inner) if "%3A%2F%2F" in inner.upper() else inner


def frame_address(text: str) -> str:
    """Return the address in a piece of HTML with a frame, or `text` itself."""
    found = _SRC.search(text[:4_000])
    return found[1] if found else text


def why_unusable(address: str, kind: SourceKind | None, policy: AddressPolicy) -> str | None:
    """Return why there can be no camera at `address`, as a sentence; None: there can."""
    if len(address) > MOST_ADDRESS:
        return f"The address is longer than {MOST_ADDRESS} characters."
    if _PLACEHOLDER.search(address):
        return "The address has a placeholder in it; put the real value in its place."
    try:
        taken_apart = address_of(address)
    except ValueError as error:
        return str(error)
    scheme = taken_apart.scheme[:12]
    if kind is None or scheme not in SCHEMES[kind]:
        if scheme in {"http", "https"}:
            return "The address leads to a file, not to a camera."
        return f"Cameras of this kind at {scheme}:// addresses are not spoken here."
    # Files and test cards, which have no host, are for whoever writes the settings.
    literal = host_literal(taken_apart.host) if taken_apart.host else ""
    wrong = None if literal is None else policy.why_not(literal)
    return f"The address leads to a place that cameras may not have ({wrong})." if wrong else None


def host_of(address: str) -> str:
    """Return the host in lower case, without a login; "" where there is none."""
    try:
        return address_of(address).host
    except ValueError:
        return ""


def same_source(address: str) -> str:
    """Return what equal sources have in common: no login, no default port, nothing that rotates."""
    try:
        scheme, host, port = (parts := address_of(address)).origin
    except ValueError:
        return address
    place, hash_, fragment = parts.rest.partition("#")
    path, _, query = place.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True) if len(query) < _MOST_QUERY else []
    kept = urlencode(sorted(pair for pair in pairs if pair[0].lower() not in _VOLATILE))
    return f"{scheme}://{host}:{port}{path or '/'}?{kept}{hash_}{fragment}"


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts if parts.scheme and parts.netloc else None
