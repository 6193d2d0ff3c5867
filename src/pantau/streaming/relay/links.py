"""Addresses in other people's playlists: resolved, judged by their looks, and named by us."""

import base64
import binascii
import hashlib
import ipaddress
import re
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

from pantau.streaming.relay.targets import Kind, Span

_MOST_URL_CHARS: Final = 4_096
_MOST_DATA_CHARS: Final = 128 * 1024
_PORTS: Final = {"http": 80, "https": 443}
_PLAIN: Final = "/?:@!$&'()*+,;=~%[]"
_DATA: Final = re.compile(r"data:[^,]{0,200}?(;base64)?,(.*)", re.IGNORECASE | re.DOTALL)
_ROTATING: Final = frozenset(
    {
        "token",
        "access_token",
        "auth_token",
        "authtoken",
        "session",
        "sessionid",
        "session_id",
        "hdnts",
        "hdntl",
        "hdnea",
        "wmsauthsign",
        "nimblesessionid",
        "wowzasessionid",
        "wowzatokenhash",
        "wowzatokenstarttime",
        "wowzatokenendtime",
        "auth_key",
        "txsecret",
        "txtime",
        "wssecret",
        "wstime",
        "md5",
        "expires",
        "expire",
        "exp",
        "signature",
        "sign",
        "sig",
        "policy",
        "key-pair-id",
        "st",
        "e",
        "jwt",
        "jwplayer_token",
        "hls_session",
        "cdn_token",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-signature",
        "x-amz-security-token",
    }
)
"""Parameters that say who asks, not what for (lesson M17).  They are left out of names alone."""
_ROTATING_PARTS: Final = (
    # Akamai and Wowza put the session into the path: /hdntl=exp=…/ and media_w123456789_7.ts.
    (re.compile(r"/(?:hdntl|hdnts|hdnea)=[^/]*(?=/)"), ""),
    (re.compile(r"(?<=_w)\d{5,12}(?=[_.])"), ""),
)
_MEDIA_ENDINGS: Final = {
    ".ts": "ts",
    ".m2ts": "ts",
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".m4s": "m4s",
    ".cmfv": "m4s",
    ".cmfa": "m4s",
    ".mp": "m4s",
    ".m4a": "m4a",
    ".aac": "aac",
    ".vtt": "vtt",
    ".webvtt": "vtt",
}


def resolved(base: str, reference: str) -> str | None:
    """Return the absolute address, in one spelling; None where it is none of the web.

    Logins and fragments are left out: what a login is good for is decided elsewhere.
    """
    try:
        parts = urlsplit(urljoin(base, reference.strip()))
        host = _host(parts.hostname or "")
        port = parts.port
    except (ValueError, UnicodeError):
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host or port == 0:
        return None
    place = host if port in {None, _PORTS[scheme]} else f"{host}:{port}"
    path = quote(parts.path or "/", safe=_PLAIN, errors="surrogateescape")
    query = quote(parts.query, safe=_PLAIN, errors="surrogateescape")
    url = f"{scheme}://{place}{path}" + (f"?{query}" if query else "")
    return url if len(url) <= _MOST_URL_CHARS else None


def host_of(url: str) -> str:
    """Return the host of an address that `resolved` gave."""
    return (urlsplit(url).hostname or "").lower()


def origin_of(url: str) -> str:
    """Return scheme, host and port of such an address."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def data_in(reference: str) -> bytes | None:
    """Return what a `data:` address holds; None where it is not one, or a bad one."""
    if len(reference) > _MOST_DATA_CHARS:
        return None
    found = _DATA.fullmatch(reference.strip())
    if found is None:
        return None
    held = unquote_to_bytes(found[2])
    if found[1] is None:
        return held
    try:
        return base64.b64decode(held, validate=True)
    except (binascii.Error, ValueError):
        return None


def without_sessions(url: str) -> str:
    """Return the address without what changes from viewer to viewer and from hour to hour.

    For names only: what is asked for is always the whole address.
    """
    place, mark, query = url.partition("?")
    for looks, instead in _ROTATING_PARTS:
        place = looks.sub(instead, place)
    kept = [part for part in query.split("&") if not _is_rotating(part)]
    return place + (mark + "&".join(kept) if any(kept) else "")


def ending_for(kind: Kind, url: str | None, *, fragmented: bool) -> str:
    """Return what a name of ours ends in; `fragmented`: the playlist has an init segment."""
    match kind:
        case Kind.PLAYLIST:
            return "m3u8"
        case Kind.KEY:
            return "key"
        case Kind.OTHER:
            return "bin"
        case Kind.MEDIA:
            suffix = PurePosixPath(urlsplit(url or "").path).suffix.lower()
            # Some call their segments .jpg or .php; the bytes are what players look at.
            return _MEDIA_ENDINGS.get(suffix) or ("m4s" if fragmented else "ts")


class Namer:
    """Names for one camera, which only this installation can compute.  Pure."""

    def __init__(self, key: bytes, camera_id: int) -> None:
        self._key = hashlib.blake2b(b"%d" % camera_id, key=key, digest_size=32).digest()

    def name(self, *facts: str, span: Span | None = None, ending: str) -> str:
        """Return the name of what `facts` tell apart from everything else of the camera."""
        told = "\0".join((*facts, "" if span is None else f"{span[0]}-{span[1]}"))
        meant = told.encode("utf-8", "surrogatepass")
        return f"{hashlib.blake2b(meant, key=self._key, digest_size=16).hexdigest()}.{ending}"


def _is_rotating(part: str) -> bool:
    return part.partition("=")[0].lower() in _ROTATING


def _host(host: str) -> str:
    host = host.rstrip(".").lower()
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host)}]"
    return host if re.fullmatch(r"[a-z0-9._-]{1,253}", host) else ""
