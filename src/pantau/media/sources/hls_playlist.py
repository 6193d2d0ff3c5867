"""Reads the playlists of other people's HLS streams (RFC 8216), as far as playing them needs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pantau.media.errors import Cause, SourceError

Span = tuple[int, int]
"""(offset, length) in bytes."""

_ATTRIBUTE: Final = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_MOST_SEGMENTS: Final = 20_000
_MOST_HEIGHT_PX: Final = 720
_MOST_BPS: Final = 4_000_000
_PLAYABLE: Final = ("avc1", "avc3", "hvc1", "hev1")


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of media; `number` grows by one from each to the next."""

    number: int
    url: str
    duration_s: float
    span: Span | None = None
    init: tuple[str, Span | None] | None = None


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """What can be played now.  `is_ended`: nothing will be added."""

    segments: tuple[Segment, ...]
    target_s: float
    is_ended: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """One quality of several."""

    url: str
    bandwidth_bps: int = 0
    height_px: int = 0
    codecs: str = ""


def parse_playlist(text: str, url: str) -> MediaPlaylist | tuple[Variant, ...]:
    """Read a playlist that came from `url`; raises `SourceError`."""
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise SourceError(Cause.NOT_MEDIA, "the answer is not an HLS playlist")
    try:
        if any(line.startswith("#EXT-X-STREAM-INF:") for line in lines):
            return _variants(lines, url)
        return _MediaReader(url).read(lines)
    except (ValueError, OverflowError) as error:
        raise SourceError(Cause.BROKEN, "an HLS playlist with nonsense in it") from error


def best_variant(variants: Sequence[Variant]) -> Variant:
    """Pick the best up to 720 lines that browsers may be able to play; raises `SourceError`."""
    playable = [
        variant
        for variant in variants
        if not variant.codecs or any(name in variant.codecs for name in _PLAYABLE)
    ]
    if not playable:
        raise SourceError(Cause.UNSUPPORTED, "no H.264 or H.265 among the variants")
    modest = [
        variant
        for variant in playable
        if variant.height_px <= _MOST_HEIGHT_PX
        and (variant.height_px or variant.bandwidth_bps <= _MOST_BPS)
    ]
    if not modest:
        return min(playable, key=_greatness)
    return max(modest, key=_greatness)


def _greatness(variant: Variant) -> tuple[int, int]:
    return variant.height_px, variant.bandwidth_bps


def _variants(lines: Sequence[str], url: str) -> tuple[Variant, ...]:
    found = []
    said: dict[str, str] | None = None
    for line in lines:
        if line.startswith("#EXT-X-STREAM-INF:"):
            said = _attributes(line)
        elif line and not line.startswith("#") and said is not None:
            height = said.get("RESOLUTION", "0x0").lower().partition("x")[2]
            found.append(
                Variant(
                    urljoin(url, line),
                    int(said.get("BANDWIDTH", "0")),
                    int(height or 0),
                    said.get("CODECS", ""),
                )
            )
            said = None
    if not found:
        raise SourceError(Cause.BROKEN, "an HLS playlist without entries")
    return tuple(found)


class _MediaReader:
    """Walks over the lines of a media playlist."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._segments: list[Segment] = []
        self._number = 0
        self._target_s = 0.0
        self._is_ended = False
        self._duration_s: float | None = None
        self._span: Span | None = None
        self._span_end = 0
        self._init: tuple[str, Span | None] | None = None

    def read(self, lines: Sequence[str]) -> MediaPlaylist:
        for line in lines:
            if line.startswith("#"):
                name, _, value = line.partition(":")
                self._take_tag(name, value, line)
            elif line and self._duration_s is not None:
                self._add(line)
        return MediaPlaylist(tuple(self._segments), max(self._target_s, 0.5), self._is_ended)

    def _take_tag(self, name: str, value: str, line: str) -> None:
        if name == "#EXTINF":
            self._duration_s = min(max(float(value.partition(",")[0]), 0.0), 600.0)
        elif name == "#EXT-X-TARGETDURATION":
            self._target_s = min(max(float(value), 0.5), 600.0)
        elif name == "#EXT-X-MEDIA-SEQUENCE":
            self._number = int(value)
        elif name == "#EXT-X-ENDLIST":
            self._is_ended = True
        elif name == "#EXT-X-BYTERANGE":
            self._span = self._read_span(value)
        elif name == "#EXT-X-MAP":
            said = _attributes(line)
            span = _map_span(said["BYTERANGE"]) if "BYTERANGE" in said else None
            self._init = (urljoin(self._url, said.get("URI", "")), span)
        elif name == "#EXT-X-KEY" and _attributes(line).get("METHOD", "NONE") != "NONE":
            raise SourceError(Cause.UNSUPPORTED, "the HLS stream is encrypted")

    def _add(self, line: str) -> None:
        if len(self._segments) >= _MOST_SEGMENTS:
            raise SourceError(Cause.TOO_LARGE, "an HLS playlist without end")
        assert self._duration_s is not None
        url = urljoin(self._url, line)
        self._segments.append(Segment(self._number, url, self._duration_s, self._span, self._init))
        self._number += 1
        self._duration_s = self._span = None

    def _read_span(self, value: str) -> Span:
        """Read `length[@offset]`; without an offset it follows the one before it (4.3.2.2)."""
        length, _, offset = value.partition("@")
        start = int(offset) if offset else self._span_end
        self._span_end = start + int(length)
        return _checked(start, int(length))


def _map_span(value: str) -> Span:
    length, _, offset = value.partition("@")
    return _checked(int(offset or 0), int(length))


def _checked(offset: int, length: int) -> Span:
    if offset < 0 or length <= 0:
        raise SourceError(Cause.BROKEN, "an impossible byte range")
    return offset, length


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}
