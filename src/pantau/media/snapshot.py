"""`python -m pantau.media.snapshot`: makes stills of one picture, in a process that may be killed.

The picture is somebody else's, and decoding is where libraries break: nothing that must stay up
does it.  Standard input is one JSON object, at its end: what `pantau.media.probing` takes, and
`picture` (true: the address leads to a JPEG, PNG or WebP file; false: to a stream), `stills`
([[width, "jpeg" | "webp"], …]).

Standard output is one JSON object: `ok`, `cause` (`media.errors.Cause`, or null), `stills`
([[width, form, base64], …]).  Nothing secret is in its arguments, its environment or on its
standard error.
"""

import base64
import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal, NoReturn

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pantau.core.clock import Clock, SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Picture
from pantau.media.probe import probe_in_thread
from pantau.media.probing import source_config
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.net.http_get import HttpGetter
from pantau.media.stills import StillForm, still_in_thread

HARD_LIMIT_S: Final = 30
MOST_PICTURE_BYTES: Final = 1024 * 1024
_FETCH_S: Final = 12.0
_MOST_PX: Final = 40_000_000
_MOST_MEMORY_BYTES: Final = 2 * 2**30
_MOST_INPUT_BYTES: Final = 256 * 1024
_Codec = Literal["mjpeg", "png", "webp"]
_BEGINNINGS: Final[tuple[tuple[bytes, _Codec], ...]] = (
    (b"\xff\xd8\xff", "mjpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"RIFF", "webp"),
)
_FINE_QUALITY: Final = 2


def stills_in_thread(
    given: Mapping[str, Any], *, clock: Clock
) -> list[tuple[int, StillForm, bytes]]:
    """Fetch, decode and encode; raises `SourceError`, or `ValueError` for nonsense."""
    config = source_config(given)
    wanted = _wanted(given.get("stills"))
    if given.get("picture"):
        jpeg = _jpeg_of(_fetched(config, clock))
    else:
        kind = str(given["kind"]) if given.get("kind") else None
        report = probe_in_thread(config, clock=clock, kind=kind, look_s=0.0)
        if report.still is None:
            raise SourceError(report.cause or Cause.NO_PICTURE, report.detail)
        jpeg = report.still
    picture = Picture(jpeg, clock.unix_s())
    return [
        (width_px, form, still_in_thread(picture, width_px=width_px, form=form))
        for width_px, form in wanted
    ]


def _wanted(given: object) -> list[tuple[int, StillForm]]:
    if not isinstance(given, Sequence):
        raise TypeError("stills is a list")
    return [(int(width), "webp" if form == "webp" else "jpeg") for width, form in given]


def _fetched(config: SourceConfig, clock: Clock) -> bytes:
    getter = HttpGetter(
        config,
        clock=clock,
        is_interrupted=threading.Event().is_set,
        count_bytes=lambda _: None,
    )
    try:
        return getter.get(config.url, most_bytes=MOST_PICTURE_BYTES, timeout_s=_FETCH_S).data
    finally:
        getter.close()


def _jpeg_of(data: bytes) -> bytes:
    """Decode a picture and encode it again: what came with it besides pixels stays behind."""
    name = next((codec for begins, codec in _BEGINNINGS if data.startswith(begins)), None)
    if name is None:
        raise SourceError(Cause.NOT_MEDIA, "neither JPEG nor PNG nor WebP")
    decoder = VideoCodecContext.create(name, "r")
    decoder.thread_count = 1
    # A small file may hold a picture that fills all memory.
    decoder.options = {"max_pixels": str(_MOST_PX)}
    try:
        frames = decoder.decode(av.Packet(data)) + decoder.decode(None)
        if not frames or frames[0].is_corrupt:
            raise SourceError(Cause.BROKEN, "the picture is damaged")
        return _encoded(frames[0])
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise SourceError(Cause.BROKEN, f"decoding: {type(error).__name__}") from error


def _encoded(frame: VideoFrame) -> bytes:
    width_px, height_px = frame.width // 2 * 2, frame.height // 2 * 2
    if not width_px or not height_px:
        raise SourceError(Cause.BROKEN, "the picture has no area")
    even = frame.reformat(width_px, height_px, "yuvj420p")
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width_px, height_px, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.qmin = encoder.qmax = _FINE_QUALITY
    encoder.thread_count = 1
    even.pts = 0
    return b"".join(bytes(packet) for packet in encoder.encode(even) + encoder.encode(None))


def run(clock: Clock) -> NoReturn:
    """Read what is wanted, make it, tell, end; the kernel ends what hangs."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(HARD_LIMIT_S)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    sys.excepthook = _say_what_broke
    given = json.loads(sys.stdin.buffer.read(_MOST_INPUT_BYTES))
    try:
        made = stills_in_thread(given, clock=clock)
    except SourceError as error:
        _say({"ok": False, "cause": error.cause.value, "stills": []})
    stills = [[width, form, base64.b64encode(data).decode()] for width, form, data in made]
    _say({"ok": True, "cause": None, "stills": stills})


def _say(answer: Mapping[str, object]) -> NoReturn:
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    # A thread stuck in a camera's library would hold up a normal exit for ever.
    os._exit(0)


def _say_what_broke(*_: object) -> None:
    """Take the place of the traceback, which could repeat what we were told."""
    _say({"ok": False, "cause": Cause.BROKEN.value, "stills": []})


if __name__ == "__main__":
    run(SystemClock())
