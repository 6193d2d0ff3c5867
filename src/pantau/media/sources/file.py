"""Plays a media file for ever, as if it were a camera (`file:///absolute/path`)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import unquote, urlsplit

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Item, Packet, Tracks
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.demuxed import Demuxer, open_media
from pantau.media.sources.pace import Pace

_FRAME_S: Final = 0.04
"""Between the last packet of one round and the first of the next, where nothing says better."""


class FileSource:
    """One file in a loop, at the speed at which it was recorded, with timestamps that go on."""

    def __init__(self, config: SourceConfig, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._pace = Pace(clock)
        self._bytes = 0

    @property
    def inbound_bytes(self) -> int:
        return self._bytes

    def interrupt(self) -> None:
        self._pace.stop()

    def items(self) -> Iterator[Item]:
        path = unquote(urlsplit(self._config.url).path)
        start_s = 0.0
        audio_rate_hz = VIDEO_TIME_BASE
        while True:
            end_s = start_s
            first_s: float | None = None
            for item in self._round(path):
                if isinstance(item, Tracks):
                    audio_rate_hz = item.audio.sample_rate_hz if item.audio else VIDEO_TIME_BASE
                    yield item
                    continue
                rate_hz = VIDEO_TIME_BASE if item.is_video else audio_rate_hz
                first_s = item.dts / rate_hz if first_s is None else first_s
                shift_s = start_s - first_s
                at_s = item.dts / rate_hz + shift_s
                end_s = max(end_s, at_s + _FRAME_S)
                self._pace.wait_in_thread(at_s)
                self._bytes += len(item.data)
                yield _moved(item, round(shift_s * rate_hz), self._clock)
            if end_s == start_s:
                raise SourceError(Cause.NO_PICTURE, "the file holds no packets")
            start_s = end_s

    def _round(self, path: str) -> Iterator[Tracks | Packet]:
        with open_media(path) as container:
            yield from Demuxer(
                container, clock=self._clock, most_bytes=self._config.most_bytes_per_picture
            ).items()


def _moved(packet: Packet, ticks: int, clock: Clock) -> Packet:
    return replace(
        packet, pts=packet.pts + ticks, dts=packet.dts + ticks, received_unix_s=clock.unix_s()
    )
