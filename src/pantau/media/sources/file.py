"""Plays a media file for ever, as if it were a camera (`file:///absolute/path`)."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Item, Packet, Tracks
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.demuxed import Demuxer, open_media
from pantau.media.sources.pace import Pace

_FRAME_S: Final = 0.04
"""From the last picture of a round to the first of the next, where there is only one."""


class FileSource:
    """One file in a loop, at the speed at which it was recorded, with timestamps that go on."""

    def __init__(self, config: SourceConfig, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._pace = Pace(clock)
        self._bytes = 0
        self._told: Tracks | None = None

    @property
    def inbound_bytes(self) -> int:
        return self._bytes

    def interrupt(self) -> None:
        self._pace.stop()

    def items(self) -> Iterator[Item]:
        path = unquote(urlsplit(self._config.url).path)
        start_s = heard_s = 0.0
        rates_hz = {True: VIDEO_TIME_BASE, False: VIDEO_TIME_BASE}
        while True:
            first_s: float | None = None
            seen_s, frame_s = start_s, _FRAME_S
            for item in self._round(path):
                if isinstance(item, Tracks):
                    rates_hz[False] = item.audio.sample_rate_hz if item.audio else VIDEO_TIME_BASE
                    yield item
                    continue
                own_s = item.dts / rates_hz[item.is_video]
                if first_s is None and item.is_video:
                    first_s = own_s
                if first_s is None:
                    continue
                at_s = own_s - first_s + start_s
                if item.is_video:
                    frame_s, seen_s = at_s - seen_s or frame_s, at_s
                elif at_s <= heard_s:
                    continue  # the end of the round before is still heard
                else:
                    heard_s = at_s
                self._pace.wait_in_thread(at_s)
                self._bytes += len(item.data)
                ticks = round((start_s - first_s) * rates_hz[item.is_video])
                yield _moved(item, ticks, self._clock)
            if first_s is None:
                raise SourceError(Cause.NO_PICTURE, "the file holds no pictures")
            start_s = seen_s + frame_s

    def _round(self, path: str) -> Iterator[Tracks | Packet]:
        most_bytes = self._config.most_bytes_per_picture
        with open_media(path) as container:
            demuxer = Demuxer(container, clock=self._clock, most_bytes=most_bytes, told=self._told)
            yield from demuxer.items()
            self._told = demuxer.told


def _moved(packet: Packet, ticks: int, clock: Clock) -> Packet:
    return packet._replace(
        pts=packet.pts + ticks, dts=packet.dts + ticks, received_unix_s=clock.unix_s()
    )
