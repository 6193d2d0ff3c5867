"""Plays an HLS stream of somebody else: we fetch, libav sees only bytes in memory."""

import threading
from collections.abc import Iterator
from typing import Final

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Item, Packet, Tracks
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.demuxed import Demuxer, open_media
from pantau.media.sources.hls_playlist import (
    MediaPlaylist,
    Segment,
    Span,
    best_variant,
    parse_playlist,
)
from pantau.media.sources.net.http_get import HttpGetter
from pantau.media.sources.pace import Pace
from pantau.media.timestamps import NO_TIMESTAMP

_MOST_PLAYLIST_BYTES: Final = 2 * 1024 * 1024
_MOST_SEGMENT_BYTES: Final = 48 * 1024 * 1024
_BEHIND: Final = 3
"""Where to begin: so many segments before the end (RFC 8216, 6.3.3)."""
_TARGETS_OF_SILENCE: Final = 3
_LEAST_POLL_S: Final = 0.5


class HlsSource:
    """One variant of a stream, in real time, as its segments come."""

    def __init__(self, config: SourceConfig, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._pace = Pace(clock)
        self._interrupted = threading.Event()
        self._bytes = 0
        self._getter = HttpGetter(
            config,
            clock=clock,
            is_interrupted=self._interrupted.is_set,
            count_bytes=self._count,
        )
        self._init: tuple[tuple[str, Span | None], bytes] | None = None
        self._told: Tracks | None = None

    @property
    def inbound_bytes(self) -> int:
        return self._bytes

    def interrupt(self) -> None:
        self._interrupted.set()
        self._pace.stop()

    def items(self) -> Iterator[Item]:
        try:
            url, playlist = self._first_playlist()
            last = -1
            new_mono = self._clock.mono_s()
            while True:
                segments = _to_play(playlist, last)
                for segment in segments:
                    yield from self._play(segment)
                    last = segment.number
                if segments:
                    new_mono = self._clock.mono_s()
                elif playlist.is_ended:
                    return
                else:
                    self._wait_for_more(playlist, new_mono)
                if not playlist.is_ended:
                    playlist = self._next_playlist(url, last)
        finally:
            self._getter.close()

    def _count(self, received_bytes: int) -> None:
        self._bytes += received_bytes

    def _first_playlist(self) -> tuple[str, MediaPlaylist]:
        url = self._config.url
        for _ in range(2):
            fetched_url, text = self._fetch_playlist(url)
            playlist = parse_playlist(text, fetched_url)
            if isinstance(playlist, MediaPlaylist):
                return url, playlist
            url = best_variant(playlist).url
        raise SourceError(Cause.BROKEN, "an HLS playlist that leads to no media")

    def _next_playlist(self, url: str, last: int) -> MediaPlaylist:
        fetched_url, text = self._fetch_playlist(url)
        playlist = parse_playlist(text, fetched_url)
        if not isinstance(playlist, MediaPlaylist):
            raise SourceError(Cause.BROKEN, "an HLS playlist that changed its kind")
        if playlist.segments and playlist.segments[-1].number < last:
            # The origin was started again and counts from the beginning: so do we.
            raise SourceError(Cause.CLOSED, "the stream was started again")
        return playlist

    def _fetch_playlist(self, url: str) -> tuple[str, str]:
        fetched = self._getter.get(
            url, most_bytes=_MOST_PLAYLIST_BYTES, timeout_s=self._config.deadlines.open_s
        )
        return fetched.url, fetched.data.decode("utf-8", "replace")

    def _wait_for_more(self, playlist: MediaPlaylist, new_mono: float) -> None:
        silence_s = max(self._config.deadlines.silence_s, _TARGETS_OF_SILENCE * playlist.target_s)
        if self._clock.mono_s() - new_mono > silence_s:
            raise SourceError(Cause.STALLED, "no new HLS segment")
        self._pace.rest_in_thread(max(playlist.target_s / 2, _LEAST_POLL_S))

    def _play(self, segment: Segment) -> Iterator[Item]:
        data = self._initial_part(segment) + self._fetch(segment.url, segment.span)
        with open_media(data) as container:
            demuxer = Demuxer(
                container,
                clock=self._clock,
                most_bytes=self._config.most_bytes_per_picture,
                told=self._told,
            )
            for item in demuxer.items():
                if isinstance(item, Packet) and item.is_video and item.dts != NO_TIMESTAMP:
                    self._pace.wait_in_thread(item.dts / VIDEO_TIME_BASE)
                yield item
            self._told = demuxer.told

    def _initial_part(self, segment: Segment) -> bytes:
        if segment.init is None:
            return b""
        if self._init is None or self._init[0] != segment.init:
            self._init = (segment.init, self._fetch(*segment.init))
        return self._init[1]

    def _fetch(self, url: str, span: Span | None) -> bytes:
        return self._getter.get(
            url,
            span=span,
            most_bytes=_MOST_SEGMENT_BYTES,
            timeout_s=self._config.deadlines.open_s,
        ).data


def _to_play(playlist: MediaPlaylist, last: int) -> tuple[Segment, ...]:
    """Return what comes after segment `last`; at first and after falling behind, the end of it."""
    segments = playlist.segments
    if last < 0:
        return segments if playlist.is_ended else segments[-_BEHIND:]
    later = tuple(segment for segment in segments if segment.number > last)
    if later and later[0].number > last + 1:
        return later[-_BEHIND:]
    return later
