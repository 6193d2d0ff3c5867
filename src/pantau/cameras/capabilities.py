"""What each kind of source can do: who carries it, what can be done with it, which player shows it.

The table is exhaustive: a kind without a line fails the tests, so that no camera is ever condemned
because somebody forgot a branch (lesson M27).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit


class SourceKind(StrEnum):
    """What a camera speaks."""

    RTSP = "rtsp"
    HLS = "hls"
    MJPEG = "mjpeg"
    FLV = "flv"
    """FLV over HTTP, as many city portals serve it."""
    EMBED = "embed"
    """A page of somebody else, shown in a sandboxed frame."""
    MPEGTS_WS = "mpegts_ws"
    """MPEG-TS or something of their own over a websocket: known, not playable."""
    FILE = "file"
    TESTCARD = "testcard"


class Carrier(StrEnum):
    """Who brings the pictures to viewers."""

    ENGINE = "engine"
    """The media server pulls the camera."""
    RELAY = "relay"
    """The web process passes somebody else's HLS on, under addresses of ours."""
    PAGE = "page"
    """The viewer's browser opens somebody else's page in a frame."""
    NOBODY = "nobody"


class Player(StrEnum):
    """What shows it in a page."""

    HLS = "hls"
    FRAME = "frame"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What can be done with a camera."""

    carrier: Carrier
    player: Player
    live: bool
    multi_view: bool
    record: bool
    delay: bool
    """Whether the public can be shown it minutes late: only what our engine holds can wait."""
    why_not: str = ""
    """Why it is not live, for the operator; empty where it is."""


_PULLED: Final = Capabilities(
    carrier=Carrier.ENGINE, player=Player.HLS, live=True, multi_view=True, record=True, delay=True
)
_STILLS: Final = replace(_PULLED, record=False)
"""Pictures one by one, which no file of ours holds."""
_RELAYED: Final = Capabilities(
    carrier=Carrier.RELAY, player=Player.HLS, live=True, multi_view=True, record=False, delay=False
)
_FRAMED: Final = Capabilities(
    carrier=Carrier.PAGE,
    player=Player.FRAME,
    live=True,
    multi_view=False,
    record=False,
    delay=False,
)
_KNOWN_ONLY: Final = Capabilities(
    carrier=Carrier.NOBODY,
    player=Player.NONE,
    live=False,
    multi_view=False,
    record=False,
    delay=False,
    why_not="Streams over websockets cannot be played yet; ask the owner for an HLS address.",
)

CAPABILITIES: Final[Mapping[SourceKind, Capabilities]] = {
    SourceKind.RTSP: _PULLED,
    SourceKind.HLS: _PULLED,
    SourceKind.MJPEG: _PULLED,
    SourceKind.FLV: _PULLED,
    SourceKind.EMBED: _FRAMED,
    SourceKind.MPEGTS_WS: _KNOWN_ONLY,
    SourceKind.FILE: _PULLED,
    SourceKind.TESTCARD: _PULLED,
}

SCHEMES: Final[Mapping[SourceKind, tuple[str, ...]]] = {
    SourceKind.RTSP: ("rtsp", "rtsps"),
    SourceKind.HLS: ("http", "https"),
    SourceKind.MJPEG: ("http", "https"),
    SourceKind.FLV: ("http", "https"),
    SourceKind.EMBED: ("https", "http"),
    SourceKind.MPEGTS_WS: ("ws", "wss"),
    SourceKind.FILE: ("file",),
    SourceKind.TESTCARD: ("testcard",),
}
"""Which addresses each kind may have."""


def capabilities_of(
    kind: SourceKind, *, relayed: bool = False, encoded: bool = True
) -> Capabilities:
    """Return what can be done with a camera; `relayed` counts for HLS, `encoded` for MJPEG."""
    if relayed and kind is SourceKind.HLS:
        return _RELAYED
    return _STILLS if kind is SourceKind.MJPEG and not encoded else CAPABILITIES[kind]


def kind_of(url: str) -> SourceKind | None:
    """Guess the kind from an address; None where it says nothing."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in {"http", "https"}:
        return _BY_SCHEME.get(scheme)
    path = parts.path.lower()
    if path.endswith((".m3u8", ".m3u")):
        return SourceKind.HLS
    return SourceKind.FLV if path.endswith(".flv") else SourceKind.MJPEG


_BY_SCHEME: Final[Mapping[str, SourceKind]] = {
    scheme: kind
    for kind, schemes in SCHEMES.items()
    for scheme in schemes
    if scheme not in {"http", "https"}
}
