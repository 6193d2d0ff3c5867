"""Short clips made with libav, for tests that need real coded pictures."""

from fractions import Fraction
from functools import lru_cache
from io import BytesIO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

RATE = 25


def colour_frame(number: int, width_px: int, height_px: int) -> VideoFrame:
    """A grey ramp that moves, in limited range."""
    frame = VideoFrame(width_px, height_px, "yuv420p")
    for index, plane in enumerate(frame.planes):
        if index:
            plane.update(bytes([128]) * plane.buffer_size)
            continue
        row = bytes(16 + (x + number * 4) % 219 for x in range(plane.line_size))
        plane.update(row * plane.height)
    return frame


@lru_cache(maxsize=16)
def clip(
    *,
    seconds: float = 1.0,
    codec: str = "libx264",
    container: str = "mp4",
    audio: str | None = None,
    size: tuple[int, int] = (320, 180),
    key_every: int = 12,
    options: tuple[tuple[str, str], ...] = (("preset", "ultrafast"),),
    container_options: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """Encode a clip; the same arguments give the same bytes."""
    sink = BytesIO()
    with av.open(sink, "w", format=container, options=dict(container_options)) as output:
        video = output.add_stream(codec, rate=RATE)
        assert isinstance(video, VideoStream)
        video.width, video.height = size
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        video.codec_context.gop_size = key_every
        video.options = dict(options)
        sound = output.add_stream(audio, rate=8_000, layout="mono") if audio else None
        assert sound is None or isinstance(sound, AudioStream)
        frames = round(seconds * RATE)
        for number in range(frames):
            frame = colour_frame(number, *size)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            output.mux(video.encode(frame))
            if sound is not None:
                output.mux(sound.encode(_silence(number, sound.format.name)))
        output.mux(video.encode(None))
        if sound is not None:
            output.mux(sound.encode(None))
    return sink.getvalue()


def _silence(number: int, sample_format: str) -> AudioFrame:
    samples = 8_000 // RATE
    frame = AudioFrame(sample_format, "mono", samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = 8_000
    frame.pts, frame.time_base = number * samples, Fraction(1, 8_000)
    return frame
