"""Runs an `RtspSource` in the test's thread and keeps what it yields."""

from collections.abc import Callable
from dataclasses import dataclass, field

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from pantau.core.clock import Clock, SystemClock
from pantau.media.codecs import nals_to_annexb, sample_to_annexb
from pantau.media.errors import SourceError
from pantau.media.packets import Item, Packet, Tracks
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.sources.rtsp.source import RtspSource

SHORT = Deadlines(open_s=2.0, silence_s=1.0)
"""For cameras that are to be given up."""
PATIENT = Deadlines(open_s=45.0, silence_s=45.0)


@dataclass
class Watched:
    """What one attempt gave, and how it ended (None: by us)."""

    items: list[Item] = field(default_factory=list)
    error: SourceError | None = None
    seconds: float = 0.0
    source: RtspSource | None = None

    @property
    def tracks(self) -> list[Tracks]:
        return [item for item in self.items if isinstance(item, Tracks)]

    @property
    def video(self) -> list[Packet]:
        return [item for item in self.items if isinstance(item, Packet) and item.is_video]

    @property
    def audio(self) -> list[Packet]:
        return [item for item in self.items if isinstance(item, Packet) and not item.is_video]

    def decoded(self) -> list[tuple[int, int]]:
        """Decode all pictures; return the size of each."""
        sizes: list[tuple[int, int]] = []
        decoder: VideoCodecContext | None = None
        for item in self.items:
            if isinstance(item, Tracks):
                sizes += decode(decoder, None)
                name = "h264" if item.video.codec == "h264" else "hevc"
                created = CodecContext.create(name, "r")
                created.extradata = nals_to_annexb(item.video.parameter_sets)
                assert isinstance(created, VideoCodecContext)
                decoder = created
            elif isinstance(item, Packet) and item.is_video:
                sizes += decode(decoder, item.data)
        return sizes + decode(decoder, None)


def decode(decoder: VideoCodecContext | None, sample: bytes | None) -> list[tuple[int, int]]:
    if decoder is None:
        return []
    packet = av.Packet(sample_to_annexb(sample)) if sample is not None else None
    return [(frame.width, frame.height) for frame in decoder.decode(packet)]


def pictures(count: int) -> Callable[[Watched], bool]:
    return lambda watched: len(watched.video) >= count


def watch(
    url: str,
    until: Callable[[Watched], bool] = lambda watched: len(watched.video) >= 20,
    *,
    transport: str = "automatic",
    deadlines: Deadlines = PATIENT,
    clock: Clock | None = None,
    most_bytes_per_picture: int = 1 << 20,
    tls_fingerprint: str = "",
) -> Watched:
    """Watch a camera until `until` holds or the source raises."""
    config = SourceConfig(
        url,
        transport=transport,
        deadlines=deadlines,
        most_bytes_per_picture=most_bytes_per_picture,
        tls_fingerprint=tls_fingerprint,
    )
    time = SystemClock()
    source = RtspSource(config, clock=clock or time)
    watched = Watched(source=source)
    began = time.mono_s()
    items = source.items()
    try:
        for item in items:
            watched.items.append(item)
            if until(watched):
                break
    except SourceError as error:
        watched.error = error
    finally:
        items.close()  # type: ignore[attr-defined]  # a generator, which is what closes sessions
        watched.seconds = time.mono_s() - began
    return watched
