"""Looks at a camera once and says what it gives, or why it gives nothing."""

import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from pantau.core.clock import Clock
from pantau.media import codecs
from pantau.media.errors import SENTENCES, Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Item, Packet, Picture, Tracks
from pantau.media.sources.base import Source, SourceConfig
from pantau.media.sources.kinds import kind_of, make_source
from pantau.media.stills import KeyFrame, decode_in_thread, jpeg_in_thread
from pantau.media.timestamps import Rebaser

_LOOK_S: Final = 6.0
"""How long to look after the first picture, unless two more key frames come before."""
_KEY_FRAMES: Final = 3
_OPEN_GRACE_S: Final = 5.0
_STILL_WIDTH_PX: Final = 640


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a camera gave.  With a `cause`, what is known until the trouble began."""

    kind: str
    cause: Cause | None = None
    sentence: str = ""
    """What the operator should know about the cause."""
    detail: str = ""
    video_codec: str = ""
    codecs: str = ""
    """As RFC 6381 names them; tells whether a browser can play it."""
    width_px: int = 0
    height_px: int = 0
    frame_rate: float | None = None
    bit_rate_bps: int | None = None
    key_frame_interval_s: float | None = None
    audio: str = ""
    """`none`, `AAC 16000 Hz mono`, or that it was promised and did not come."""
    first_picture_s: float | None = None
    """From dialling to the first complete key frame."""
    still: bytes | None = None
    """A JPEG."""


@dataclass(slots=True)
class _Notes:
    started_mono: float
    tracks: Tracks | None = None
    latest: KeyFrame | Picture | None = None
    first_mono: float | None = None
    last_mono: float = 0.0
    pictures: int = 0
    sounds: int = 0
    size_bytes: int = 0
    stamps: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    rebaser: Rebaser = field(default_factory=Rebaser)


def probe_in_thread(
    config: SourceConfig, *, clock: Clock, kind: str | None = None, look_s: float = _LOOK_S
) -> ProbeReport:
    """Connect, look for some seconds, leave politely.  Never raises for what a camera does.

    Blocks the calling thread, for `config.deadlines.open_s + look_s` and a few seconds at most.
    """
    notes = _Notes(started_mono=clock.mono_s())
    try:
        kind = kind or kind_of(config.url)
        source = make_source(kind, config, clock=clock)
    except SourceError as error:
        return _report(kind or "", notes, error)
    done = threading.Event()
    most_s = config.deadlines.open_s + look_s + _OPEN_GRACE_S

    def guard_in_thread() -> None:
        if not clock.wait_in_thread(done, most_s):
            source.interrupt()

    threading.Thread(target=guard_in_thread, name="probe guard", daemon=True).start()
    failure: SourceError | None = None
    try:
        _look(source, notes, clock, look_s)
    except SourceError as error:
        failure = error
    finally:
        done.set()
    if notes.latest is None and failure is None:
        failure = SourceError(Cause.NO_PICTURE, "the stream ended")
    return _report(kind, notes, failure)


def _look(source: Source, notes: _Notes, clock: Clock, look_s: float) -> None:
    items: Iterator[Item] = source.items()
    try:
        for item in items:
            _note(item, notes, clock.mono_s())
            if notes.first_mono is None:
                continue
            if _is_enough(item, notes) or notes.last_mono - notes.first_mono > look_s:
                return
    finally:
        if isinstance(items, Generator):
            items.close()


def _is_enough(item: Item, notes: _Notes) -> bool:
    is_owed_sound = notes.tracks is not None and notes.tracks.audio is not None and not notes.sounds
    return isinstance(item, Picture) or (len(notes.keys) >= _KEY_FRAMES and not is_owed_sound)


def _note(item: Item, notes: _Notes, now_mono: float) -> None:
    notes.last_mono = now_mono
    if isinstance(item, Tracks):
        notes.tracks = item
        return
    if isinstance(item, Picture):
        notes.latest = item
    elif item.is_video:
        if notes.first_mono is None and not item.is_keyframe:
            return
        _note_picture(item, notes, now_mono)
    else:
        notes.sounds += 1
        notes.size_bytes += len(item.data) if notes.first_mono is not None else 0
    if notes.first_mono is None and notes.latest is not None:
        notes.first_mono = now_mono


def _note_picture(packet: Packet, notes: _Notes, now_mono: float) -> None:
    rebased = notes.rebaser.rebase(packet, now_mono)
    stamp = rebased.dts if rebased is not None else 0
    notes.pictures += 1
    notes.size_bytes += len(packet.data)
    notes.stamps.append(stamp)
    if packet.is_keyframe and notes.tracks is not None:
        notes.keys.append(stamp)
        notes.latest = KeyFrame(notes.tracks.video, packet.data, packet.received_unix_s)


def _report(kind: str, notes: _Notes, failure: SourceError | None) -> ProbeReport:
    still = None
    if notes.latest is not None:
        try:
            still = jpeg_in_thread(notes.latest, width_px=_STILL_WIDTH_PX)
        except SourceError as error:
            failure = failure or error
    width_px, height_px = _size(notes)
    spans = len(notes.stamps) - 1
    length_s = (notes.stamps[-1] - notes.stamps[0]) / VIDEO_TIME_BASE if spans > 0 else 0.0
    gaps = len(notes.keys) - 1
    tracks = notes.tracks
    return ProbeReport(
        kind=kind,
        cause=failure.cause if failure else None,
        sentence=SENTENCES[failure.cause] if failure else "",
        detail=failure.detail if failure else "",
        video_codec=tracks.video.codec if tracks else ("jpeg" if notes.latest else ""),
        codecs=codecs.codec_strings(tracks) if tracks else "",
        width_px=width_px,
        height_px=height_px,
        frame_rate=round(spans / length_s, 2) if length_s > 0 else None,
        bit_rate_bps=round(notes.size_bytes * 8 / length_s) if length_s > 0 else None,
        key_frame_interval_s=(
            round((notes.keys[-1] - notes.keys[0]) / gaps / VIDEO_TIME_BASE, 2)
            if gaps > 0
            else None
        ),
        audio=_audio(notes),
        first_picture_s=(
            round(notes.first_mono - notes.started_mono, 2) if notes.first_mono else None
        ),
        still=still,
    )


def _size(notes: _Notes) -> tuple[int, int]:
    if notes.tracks is not None:
        return notes.tracks.video.width_px, notes.tracks.video.height_px
    if notes.latest is None:
        return 0, 0
    try:
        frame = decode_in_thread(notes.latest)
    except SourceError:
        return 0, 0
    return frame.width, frame.height


def _audio(notes: _Notes) -> str:
    audio = notes.tracks.audio if notes.tracks else None
    if audio is None:
        return "none"
    if not notes.sounds:
        return "promised, but none came"
    layout = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    return f"AAC {audio.sample_rate_hz} Hz {layout}"
