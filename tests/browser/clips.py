"""A short film cut into fragments of two seconds, made once per test run."""

import io
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av

SEGMENT_S = 2
_RATE = 10
_SOUND_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Clip:
    """An init segment and fragments of SEGMENT_S seconds that follow each other."""

    init: bytes
    segments: tuple[bytes, ...]


@cache
def clip(*, segments: int = 60, has_sound: bool = False) -> Clip:
    """Return a film of `segments` fragments, H.264 without sound or with a silent AAC track."""
    file = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(file, "w", format="mp4", options=options) as out:
        stream = out.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = 192, 108, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency"}
        stream.gop_size = SEGMENT_S * _RATE
        stream.codec_context.options = {"x264-params": "scenecut=0"}
        sound = out.add_stream("aac", rate=_SOUND_RATE) if has_sound else None
        for number in range(segments * SEGMENT_S * _RATE):
            frame = av.VideoFrame(192, 108, "yuv420p")
            for index, plane in enumerate(frame.planes):
                shade = (number * 7) % 220 if index == 0 else 128
                plane.update(bytes([shade]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            out.mux(stream.encode(frame))
            if isinstance(sound, av.AudioStream):
                out.mux(sound.encode(_silence(number)))
        out.mux(stream.encode())
        if isinstance(sound, av.AudioStream):
            out.mux(sound.encode())
    init, *fragments = _split(file.getvalue())
    return Clip(init, tuple(fragments[:segments]))


def _silence(number: int) -> av.AudioFrame:
    """Return the sound of one picture."""
    samples = _SOUND_RATE // _RATE
    frame = av.AudioFrame("fltp", "mono", samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts, frame.time_base = (
        _SOUND_RATE,
        number * samples,
        Fraction(1, _SOUND_RATE),
    )
    return frame


def _split(film: bytes) -> list[bytes]:
    """Cut at each `moof`: what comes before the first one is the init segment."""
    pieces, begin, at = [], 0, 0
    while at < len(film):
        size = int.from_bytes(film[at : at + 4], "big")
        kind = film[at + 4 : at + 8]
        if kind in {b"moof", b"mfra"}:
            pieces.append(film[begin:at])
            begin = at
        at += size
    if film[begin + 4 : begin + 8] == b"moof":
        pieces.append(film[begin:])
    return pieces
