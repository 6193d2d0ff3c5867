"""Takes pictures from cameras that speak no video: MJPEG streams and single JPEG files."""

import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pantau.core.clock import Clock
from pantau.media import codecs
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Item, Packet, Picture, Tracks
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.net.dial import Patience
from pantau.media.sources.net.http_body import Stream
from pantau.media.sources.net.http_get import HttpGetter
from pantau.media.sources.pace import Pace
from pantau.media.stills import decode_in_thread

_POLL_S: Final = 2.0
"""How often a camera that gives one picture at a time is asked for the next."""
_STILLS_EVERY_S: Final = 1.0
"""Of a stream that is not encoded, one picture in this time is kept; the rest is passed over."""
_MOST_PICTURES_PER_S: Final = 10
_KEY_EVERY_S: Final = 2
_READ_BYTES: Final = 65_536
_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_MOST_WITHOUT_START: Final = 65_536
_WIDEST_PX: Final = 1_280


class MjpegSource:
    """Pictures one by one, as they are; or as H.264, where `config.encode` asks for it."""

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

    @property
    def inbound_bytes(self) -> int:
        return self._bytes

    def interrupt(self) -> None:
        self._interrupted.set()
        self._pace.stop()

    def items(self) -> Iterator[Item]:
        every_s = 1 / _MOST_PICTURES_PER_S if self._config.encode else _STILLS_EVERY_S
        encoder = _Encoder() if self._config.encode else None
        next_mono = self._clock.mono_s()
        try:
            for jpeg in self._pictures():
                now_mono = self._clock.mono_s()
                if now_mono < next_mono:
                    continue
                # Keeps the mean rate although pictures come when they like.
                next_mono = max(next_mono + every_s, now_mono + every_s / 2)
                picture = Picture(jpeg, self._clock.unix_s())
                if encoder is None:
                    yield picture
                else:
                    yield from encoder.encode(picture, now_mono)
        finally:
            self._getter.close()

    def _count(self, received_bytes: int) -> None:
        self._bytes += received_bytes

    def _pictures(self) -> Iterator[bytes]:
        while True:
            open_s = self._config.deadlines.open_s
            with self._getter.stream(self._config.url, timeout_s=open_s) as stream:
                is_stream = stream.content_type.startswith("multipart/")
                if not is_stream and not stream.content_type.startswith("image/"):
                    raise SourceError(Cause.NOT_MEDIA, "neither a picture nor a stream of them")
                yield from self._cut(stream)
            if is_stream:
                raise SourceError(Cause.CLOSED, "the camera ended the stream")
            self._pace.rest_in_thread(_POLL_S)

    def _cut(self, stream: Stream) -> Iterator[bytes]:
        """Cut pictures out of a body by the marks that JPEG itself has.

        Boundaries and lengths are what cameras get wrong; thumbnails inside a picture, which hold
        the same marks, are what they do not send in streams.
        """
        buffer = bytearray()
        looked = 0
        while piece := stream.read(_READ_BYTES):
            buffer += piece
            while True:
                start = buffer.find(_START)
                if start < 0:
                    if len(buffer) > _MOST_WITHOUT_START:
                        raise SourceError(Cause.NOT_MEDIA, "no JPEG picture in the stream")
                    break
                end = buffer.find(_END, max(start + 2, looked - 1))
                if end < 0:
                    looked = len(buffer)
                    break
                yield bytes(buffer[start : end + 2])
                del buffer[: end + 2]
                looked = 0
                silence_s = self._config.deadlines.silence_s
                stream.wait_longer(Patience(self._clock, self._interrupted.is_set, silence_s))
            if len(buffer) > self._config.most_bytes_per_picture:
                raise SourceError(Cause.TOO_LARGE, "a picture without end")


class _Encoder:
    """Makes H.264 of pictures that may change their size."""

    def __init__(self) -> None:
        self._encoder: VideoCodecContext | None = None
        self._size = (0, 0)
        self._started_mono: float | None = None
        self._last_pts = -1

    def encode(self, picture: Picture, now_mono: float) -> Iterator[Item]:
        """Yield what follows from one picture; a damaged one is passed over."""
        try:
            frame = decode_in_thread(picture)
        except SourceError:
            return
        if self._started_mono is None:
            self._started_mono = now_mono
        pts = round((now_mono - self._started_mono) * VIDEO_TIME_BASE)
        frame = self._scaled(frame)
        if self._encoder is None or (frame.width, frame.height) != self._size:
            self._size = (frame.width, frame.height)
            self._encoder = _open_encoder(*self._size)
        frame.pts, frame.time_base = max(pts, self._last_pts + 1), Fraction(1, VIDEO_TIME_BASE)
        self._last_pts = frame.pts
        try:
            coded = self._encoder.encode(frame)
        except av.error.FFmpegError as error:
            raise SourceError(Cause.BROKEN, f"encoding: {type(error).__name__}") from error
        for packet in coded:
            yield from _items(bytes(packet), packet.pts or 0, picture.received_unix_s)

    def _scaled(self, frame: VideoFrame) -> VideoFrame:
        width = min(frame.width, _WIDEST_PX) // 2 * 2
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
        return frame.reformat(
            width,
            height,
            "yuv420p",
            src_color_range="JPEG",
            dst_color_range="MPEG",
        )


def _open_encoder(width: int, height: int) -> VideoCodecContext:
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, VIDEO_TIME_BASE)
    encoder.framerate = Fraction(_MOST_PICTURES_PER_S)
    encoder.gop_size = _KEY_EVERY_S * _MOST_PICTURES_PER_S
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "25"}
    encoder.thread_count = 1
    return encoder


def _items(annexb: bytes, pts: int, received_unix_s: float) -> Iterator[Item]:
    nals = codecs.annexb_to_nals(annexb)
    is_keyframe = any(codecs.is_keyframe("h264", nal) for nal in nals)
    if is_keyframe:
        sets = [nal for nal in nals if codecs.is_parameter_set("h264", nal)]
        yield Tracks(codecs.video_track("h264", sets))
    yield Packet(
        is_video=True,
        pts=pts,
        dts=pts,
        is_keyframe=is_keyframe,
        data=codecs.nals_to_sample([nal for nal in nals if codecs.is_slice("h264", nal)]),
        received_unix_s=received_unix_s,
    )
