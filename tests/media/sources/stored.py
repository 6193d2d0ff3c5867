"""What tests of sources that read stored media share."""

import threading

import av

from pantau.core.clock import SystemClock
from pantau.media import codecs
from pantau.media.packets import Item, Packet, Tracks


class FastClock(SystemClock):
    """Time passes at once for whoever waits in a thread."""

    def __init__(self) -> None:
        self._passed_s = 0.0

    def mono_s(self) -> float:
        return self._passed_s

    def wait_in_thread(self, event: threading.Event, duration_s: float) -> bool:
        self._passed_s += duration_s
        return event.is_set()


def pictures(items: list[Item]) -> list[Packet]:
    return [item for item in items if isinstance(item, Packet) and item.is_video]


def decoded(items: list[Item]) -> int:
    """How many of the pictures libav can decode."""
    first = items[0]
    assert isinstance(first, Tracks)
    decoder = av.CodecContext.create("h264" if first.video.codec == "h264" else "hevc", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    sets = codecs.nals_to_annexb(first.video.parameter_sets)
    frames = []
    for packet in pictures(items):
        start = sets if packet.is_keyframe else b""
        frames += decoder.decode(av.Packet(start + codecs.sample_to_annexb(packet.data)))
    return len(frames + decoder.decode(None))
