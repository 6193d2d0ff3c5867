"""Writes one fragment of MP4: a `moof` and its `mdat` (ISO 14496-12, 8.8; CMAF, ISO 23000-19)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pantau.media.packets import Packet

_DEFAULT_BASE_IS_MOOF: Final = 0x020000
_DEFAULT_FLAGS_PRESENT: Final = 0x000020
_DATA_OFFSET_PRESENT: Final = 0x001
_DURATION_AND_SIZE_PRESENT: Final = 0x300
_FLAGS_AND_OFFSET_PRESENT: Final = 0xC00
_VERSION_1: Final = 1 << 24
# Sample flags (8.8.3.1): a key frame depends on nothing; others do and are no sync samples.
_KEY: Final = 0x02000000
_NOT_KEY: Final = 0x01010000
_MOST_DURATION: Final = 0xFFFFFFFF
_MOST_OFFSET: Final = 0x7FFFFFFF
_BOX_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class TrackSamples:
    """Neighbouring samples of one track with the duration of each, in ticks of the track."""

    track_id: int
    packets: Sequence[Packet]
    durations: Sequence[int]


def fragment(sequence: int, tracks: Sequence[TrackSamples]) -> bytes:
    """Join samples of one or more tracks into `moof` and `mdat`; `sequence` counts from 1."""
    runs = [_rows(track) for track in tracks]
    moof_bytes = _BOX_BYTES + 16 + sum(_traf_bytes(*run) for run in zip(tracks, runs, strict=True))
    offset = moof_bytes + _BOX_BYTES
    pieces = [
        struct.pack(">I4sI4sII", moof_bytes, b"moof", 16, b"mfhd", 0, sequence),
    ]
    for track, rows in zip(tracks, runs, strict=True):
        pieces.append(_traf(track, rows, offset))
        offset += sum(len(packet.data) for packet in track.packets)
    pieces.append(struct.pack(">I4s", offset - moof_bytes, b"mdat"))
    for track in tracks:
        pieces.extend(packet.data for packet in track.packets)
    return b"".join(pieces)


def first_sample(data: bytes) -> bytes:
    """Return the first sample of a segment that `fragment` wrote: its key frame, where it has one.

    Boxes stand where `_traf` puts them; what is damaged gives too few bytes, and no error.
    """
    run = data.find(b"trun")
    if run < 0 or len(data) < run + 24:
        return b""
    _, _, offset, _, size = struct.unpack_from(">IIIII", data, run + 4)
    return data[offset : offset + size]


def _rows(track: TrackSamples) -> bytes:
    """Pack the table of a `trun`."""
    pairs = zip(track.packets, track.durations, strict=True)
    if not track.packets[0].is_video:
        audio = [n for packet, ticks in pairs for n in (_duration(ticks), len(packet.data))]
        return struct.pack(f">{len(audio)}I", *audio)
    video: list[int] = []
    for packet, ticks in pairs:
        flags = _KEY if packet.is_keyframe else _NOT_KEY
        shown_later = min(packet.pts - packet.dts, _MOST_OFFSET)
        video += (_duration(ticks), len(packet.data), flags, shown_later)
    return struct.pack(">" + "IIIi" * len(track.packets), *video)


def _duration(ticks: int) -> int:
    return min(max(ticks, 0), _MOST_DURATION)


def _traf_bytes(track: TrackSamples, rows: bytes) -> int:
    return _BOX_BYTES + (16 if track.packets[0].is_video else 20) + 20 + 20 + len(rows)


def _traf(track: TrackSamples, rows: bytes, data_offset: int) -> bytes:
    first = track.packets[0]
    if first.is_video:
        header = struct.pack(">I4sII", 16, b"tfhd", _DEFAULT_BASE_IS_MOOF, track.track_id)
        contents = _DURATION_AND_SIZE_PRESENT | _FLAGS_AND_OFFSET_PRESENT
    else:
        flags = _DEFAULT_BASE_IS_MOOF | _DEFAULT_FLAGS_PRESENT
        header = struct.pack(">I4sIII", 20, b"tfhd", flags, track.track_id, _KEY)
        contents = _DURATION_AND_SIZE_PRESENT
    time = struct.pack(">I4sIQ", 20, b"tfdt", _VERSION_1, first.dts)
    contents |= _VERSION_1 | _DATA_OFFSET_PRESENT
    count = len(track.packets)
    table = struct.pack(">I4sIII", 20 + len(rows), b"trun", contents, count, data_offset)
    return b"".join(
        (struct.pack(">I4s", _traf_bytes(track, rows), b"traf"), header, time, table, rows),
    )
