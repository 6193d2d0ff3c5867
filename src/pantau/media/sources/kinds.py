"""Every kind of source that the engine knows."""

from typing import Final
from urllib.parse import urlsplit

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.base import Source, SourceConfig, SourceFactory
from pantau.media.sources.file import FileSource
from pantau.media.sources.flv import FlvSource
from pantau.media.sources.hls import HlsSource
from pantau.media.sources.mjpeg import MjpegSource
from pantau.media.sources.rtsp.source import RtspSource
from pantau.media.sources.testcard import TestCardSource

KINDS: Final[dict[str, SourceFactory]] = {
    "rtsp": RtspSource,
    "hls": HlsSource,
    "mjpeg": MjpegSource,
    "flv": FlvSource,
    "file": FileSource,
    "testcard": TestCardSource,
}
"""Every kind of source there is; a new one is one module and one line here."""


def kind_of(url: str) -> str:
    """Guess the kind of source from its address; raises `SourceError` for an unknown scheme."""
    parts = urlsplit(url)
    if parts.scheme in {"rtsp", "rtsps"}:
        return "rtsp"
    if parts.scheme in {"http", "https"}:
        path = parts.path.lower()
        if path.endswith((".m3u8", ".m3u")):
            return "hls"
        return "flv" if path.endswith(".flv") else "mjpeg"
    if parts.scheme in KINDS:
        return parts.scheme
    raise SourceError(Cause.UNSUPPORTED, "an address of an unknown kind")


def make_source(kind: str, config: SourceConfig, *, clock: Clock) -> Source:
    """Make a source that has not connected yet; raises `SourceError` for an unknown kind."""
    if kind not in KINDS:
        raise SourceError(Cause.UNSUPPORTED, f"sources of the kind {kind[:20]!r}")
    return KINDS[kind](config, clock=clock)
