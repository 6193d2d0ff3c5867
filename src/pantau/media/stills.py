"""Keeps the last key frame of every camera and makes a small JPEG of it when somebody asks."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final, Literal

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from pantau.media import codecs
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Packet, Picture, Tracks, VideoTrack
from pantau.media.picture.keys import KeyNotes

StillForm = Literal["jpeg", "webp"]
OnThread = Callable[[str, int, int], None]
"""Told path, native thread id and thread ident before a thread touches a camera's data."""

NARROWEST_PX: Final = 64
WIDEST_PX: Final = 1280
_QUALITIES: Final = (4, 8, 14, 24)
_BYTES_PER_PX: Final = 0.2
"""A picture above this is encoded again, coarser: 11.5 kB at 320x180."""
_WEBP_QUALITIES: Final = (75, 60, 45, 30, 15)
_WEBP_BYTES_PER_PX: Final = 0.15
"""The same for WebP: 8.6 kB at 320x180, 11.5 kB at 320x240."""
_DECODERS: Final[dict[str, Literal["h264", "hevc"]]] = {"h264": "h264", "h265": "hevc"}
_MOST_MADE: Final = 8
_MOST_AT_ONCE: Final = 2
_HD_HEIGHT_PX: Final = 720
"""From this height on, colours that say nothing of themselves are taken for BT.709."""
_BT709: Final = 1
_BT2020: Final = frozenset({9, 10})
_UNSPECIFIED: Final = 2


@dataclass(frozen=True, slots=True)
class Still:
    """One JPEG or WebP file and when the camera sent it."""

    data: bytes
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A picture that can be decoded without any other."""

    video: VideoTrack
    data: bytes
    received_unix_s: float


@dataclass(slots=True)
class StillKeeper:
    """A `Consumer` that remembers one picture; survives the session it came from.

    The session's thread replaces `latest` as a whole; any thread may read it.
    """

    latest: KeyFrame | Picture | None = None
    cause: Cause | None = None
    """Why the last attempt to decode failed; None when it did not."""
    made: dict[tuple[StillForm, int], tuple[KeyFrame | Picture, Still]] = field(
        default_factory=dict
    )
    """By form and width, and from what; loop only."""
    keys: KeyNotes = field(default_factory=KeyNotes)
    _video: VideoTrack | None = None

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:
        del started_unix_s
        self._video = tracks.video
        self.keys.begin()

    def write(self, packet: Packet) -> None:
        if not packet.is_video:
            return
        if not packet.is_keyframe:
            self.keys.between_bytes += len(packet.data)
        elif self._video is not None:
            before = self.latest.data if isinstance(self.latest, KeyFrame) else b""
            self.keys.key(packet.data, before, packet.dts)
            self.latest = KeyFrame(self._video, packet.data, packet.received_unix_s)

    def end(self) -> None:
        self._video = None

    def put(self, picture: Picture) -> None:
        """Take a picture of a source that has no video.  Session thread."""
        before = self.latest.jpeg if isinstance(self.latest, Picture) else b""
        self.keys.key(picture.jpeg, before, None)
        self.latest = picture


class Stills:
    """Makes stills for all cameras of an engine with a few threads of its own.  Loop only."""

    def __init__(self, *, on_thread: OnThread | None = None) -> None:
        self._on_thread = on_thread
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="still")
        self._running: dict[tuple[int, StillForm, int], asyncio.Future[bytes | Cause]] = {}

    async def still(
        self, path: str, keeper: StillKeeper, *, width_px: int, form: StillForm = "jpeg"
    ) -> Still | None:
        """Return the latest picture of a camera, `width_px` wide at most; None without any.

        Decodes only when there is a newer key frame than last time, and once for everybody who
        waits.  A key frame that cannot be decoded leaves the last good picture standing.
        """
        width_px = min(max(width_px, NARROWEST_PX), WIDEST_PX) // 2 * 2
        latest = keeper.latest
        known = keeper.made.get((form, width_px))
        if latest is None or (known is not None and known[0] is latest):
            return known[1] if known else None
        key = (id(keeper), form, width_px)
        if key not in self._running:
            running = asyncio.get_running_loop().run_in_executor(
                self._pool, self._make_in_thread, path, latest, width_px, form
            )
            self._running[key] = running
            running.add_done_callback(lambda _: self._running.pop(key, None))
            running.add_done_callback(lambda done: _keep(keeper, (form, width_px), latest, done))
        # Whoever waited may leave; the picture is made for the others all the same.
        await asyncio.wait([self._running[key]])
        known = keeper.made.get((form, width_px))
        return known[1] if known else None

    def close(self) -> None:
        """Drop what waits; a decoder at work ends by itself, nobody joins it."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _make_in_thread(
        self, path: str, latest: KeyFrame | Picture, width_px: int, form: StillForm
    ) -> bytes | Cause:
        if self._on_thread is not None:
            self._on_thread(path, threading.get_native_id(), threading.get_ident())
        try:
            return still_in_thread(latest, width_px=width_px, form=form)
        except SourceError as error:
            return error.cause


def _keep(
    keeper: StillKeeper,
    key: tuple[StillForm, int],
    latest: KeyFrame | Picture,
    done: asyncio.Future[bytes | Cause],
) -> None:
    if done.cancelled():
        return
    made = done.result()
    if isinstance(made, Cause):
        keeper.cause = made
        return
    keeper.cause = None
    keeper.made.pop(key, None)
    while len(keeper.made) >= _MOST_MADE:
        del keeper.made[next(iter(keeper.made))]
    taken_at = datetime.fromtimestamp(latest.received_unix_s, UTC)
    keeper.made[key] = (latest, Still(made, taken_at))


def is_decodable_in_thread(video: VideoTrack, keyframe: Packet) -> bool:
    """Tell whether a key frame gives a whole picture."""
    try:
        decode_in_thread(KeyFrame(video, keyframe.data, keyframe.received_unix_s))
    except SourceError:
        return False
    return True


def jpeg_in_thread(latest: KeyFrame | Picture, *, width_px: int) -> bytes:
    """Make a JPEG; see `still_in_thread`."""
    return still_in_thread(latest, width_px=width_px, form="jpeg")


def still_in_thread(latest: KeyFrame | Picture, *, width_px: int, form: StillForm) -> bytes:
    """Decode, scale and encode; raises `SourceError` and nothing else.  Costs 5 to 50 ms."""
    frame = decode_in_thread(latest)
    width_px = min(width_px, frame.width) // 2 * 2
    height_px = max(2, round(frame.height * width_px / frame.width / 2) * 2)
    return encoded_in_thread(scaled_in_thread(frame, width_px, height_px, form=form), form=form)


def scaled_in_thread(
    frame: VideoFrame, width_px: int, height_px: int, *, form: StillForm
) -> VideoFrame:
    """Scale a picture, in the colours that `form` means; raises `SourceError`."""
    is_jpeg = form == "jpeg"
    try:
        return frame.reformat(
            width_px,
            height_px,
            "yuvj420p" if is_jpeg else "yuv420p",
            src_colorspace=_colours(frame),
            dst_colorspace=Colorspace.ITU601,  # what JFIF and WebP mean by YCbCr
            dst_color_range=ColorRange.JPEG if is_jpeg else ColorRange.MPEG,
            interpolation="AREA",
        )
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise SourceError(Cause.BROKEN, f"scaling: {type(error).__name__}") from error


def encoded_in_thread(small: VideoFrame, *, form: StillForm) -> bytes:
    """Encode what `scaled_in_thread` made, coarser where it gets large; raises `SourceError`."""
    is_jpeg = form == "jpeg"
    data = b""
    per_px = _BYTES_PER_PX if is_jpeg else _WEBP_BYTES_PER_PX
    try:
        for quality in _QUALITIES if is_jpeg else _WEBP_QUALITIES:
            data = _encode(small, quality) if is_jpeg else _encode_webp(small, quality)
            if len(data) <= small.width * small.height * per_px:
                break
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise SourceError(Cause.BROKEN, f"encoding: {type(error).__name__}") from error
    return data


def decode_in_thread(latest: KeyFrame | Picture) -> VideoFrame:
    """Decode one picture; raises `SourceError` when it is damaged or none."""
    if isinstance(latest, Picture):
        decoder = VideoCodecContext.create("mjpeg", "r")
        data = latest.jpeg
    else:
        name = _DECODERS[latest.video.codec]
        decoder = VideoCodecContext.create(name, "r")
        sets = codecs.nals_to_annexb(latest.video.parameter_sets)
        data = sets + codecs.sample_to_annexb(latest.data)
    decoder.thread_count = 1
    try:
        frames = decoder.decode(av.Packet(data)) + decoder.decode(None)
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise SourceError(Cause.BROKEN, f"decoding: {type(error).__name__}") from error
    if not frames or frames[0].is_corrupt:
        raise SourceError(Cause.BROKEN, "the key frame is damaged")
    return frames[0]


def _encode(frame: VideoFrame, quality: int) -> bytes:
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.qmin = encoder.qmax = quality
    encoder.thread_count = 1
    frame.pts = 0
    return b"".join(bytes(packet) for packet in encoder.encode(frame) + encoder.encode(None))


def _encode_webp(frame: VideoFrame, quality: int) -> bytes:
    encoder = VideoCodecContext.create("libwebp", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"quality": str(quality), "compression_level": "4"}
    encoder.thread_count = 1
    frame.pts = 0
    return b"".join(bytes(packet) for packet in encoder.encode(frame) + encoder.encode(None))


def _colours(frame: VideoFrame) -> Colorspace:
    said = frame.colorspace
    if said == _BT709 or (said == _UNSPECIFIED and frame.height >= _HD_HEIGHT_PX):
        return Colorspace.ITU709
    return Colorspace.BT2020 if said in _BT2020 else Colorspace.ITU601
