"""A clip as a camera would send it: pictures as NAL units, sound as frames, all with their time."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import av

CLIP_S: Final = 12.8
"""Length of every clip: whole numbers of frames at 10, 15, 20 and 25 a second, of AAC frames and of
G.711 packets, so that loops join without a step."""
AAC_RATE_HZ: Final = 16_000
G711_RATE_HZ: Final = 8_000

AudioKind = Literal["aac", "pcma", "pcmu"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One picture or one frame of sound.  Times are seconds from the start of the clip."""

    dts_s: float
    pts_s: float
    parts: tuple[bytes, ...]
    """NAL units of a picture; the one payload of a sound frame."""
    is_key: bool = True
    is_video: bool = True


@dataclass(frozen=True, slots=True)
class Clip:
    """What a demo camera loops."""

    codec: Literal["h264", "h265"]
    parameter_sets: tuple[bytes, ...]
    audio: AudioKind | None
    audio_config: bytes
    units: tuple[Unit, ...]


def read_clip(path: Path, *, audio: AudioKind | None) -> Clip:
    """Read a clip that `demo.clips` has made; G.711 sound is added here."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        extradata = video.codec_context.extradata or b""
        is_h265 = video.codec_context.name == "hevc"
        streams = [video, *container.streams.audio] if audio == "aac" else [video]
        config = b""
        if audio == "aac":
            config = container.streams.audio[0].codec_context.extradata or b""
        units: list[Unit] = []
        sounds = 0
        for packet in container.demux(streams):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            if packet.stream.type == "video":
                nals = tuple(_nals(bytes(packet), is_h265=is_h265))
                base = float(packet.time_base)
                times = (packet.dts * base, packet.pts * base)
                units.append(Unit(*times, nals, is_key=packet.is_keyframe))
            else:
                at_s = sounds * 1024 / AAC_RATE_HZ
                sounds += 1
                if at_s < CLIP_S:
                    units.append(_sound(at_s, bytes(packet)))
    if audio in {"pcma", "pcmu"}:
        units += _telephone_sound(a_law=audio == "pcma")
    earliest = min(unit.dts_s for unit in units)
    shifted = [_shift(unit, -earliest if unit.is_video else 0.0) for unit in units]
    return Clip(
        codec="h265" if is_h265 else "h264",
        parameter_sets=_h265_sets(extradata) if is_h265 else _h264_sets(extradata),
        audio=audio,
        audio_config=config,
        units=tuple(sorted(shifted, key=lambda unit: unit.dts_s)),
    )


def _shift(unit: Unit, by_s: float) -> Unit:
    return replace(unit, dts_s=unit.dts_s + by_s, pts_s=unit.pts_s + by_s)


def _nals(sample: bytes, *, is_h265: bool) -> Iterator[bytes]:
    """Give the slices of a length-prefixed sample: no SEI, delimiter or filler."""
    offset = 0
    while offset < len(sample):
        (length,) = struct.unpack_from(">I", sample, offset)
        nal = sample[offset + 4 : offset + 4 + length]
        offset += 4 + length
        kind = (nal[0] >> 1) & 0x3F if is_h265 else nal[0] & 0x1F
        if (is_h265 and kind < 32) or (not is_h265 and kind in {1, 5}):
            yield nal


def _h264_sets(record: bytes) -> tuple[bytes, ...]:
    sets, offset = [], 5
    for mask in (0x1F, 0xFF):
        count = record[offset] & mask
        offset += 1
        for _ in range(count):
            (length,) = struct.unpack_from(">H", record, offset)
            sets.append(record[offset + 2 : offset + 2 + length])
            offset += 2 + length
    return tuple(sets)


def _h265_sets(record: bytes) -> tuple[bytes, ...]:
    sets, offset = [], 23
    for _ in range(record[22]):
        kind, count = record[offset] & 0x3F, struct.unpack_from(">H", record, offset + 1)[0]
        offset += 3
        for _ in range(count):
            (length,) = struct.unpack_from(">H", record, offset)
            if kind in {32, 33, 34}:
                sets.append(record[offset + 2 : offset + 2 + length])
            offset += 2 + length
    return tuple(sets)


def _telephone_sound(*, a_law: bool) -> list[Unit]:
    """Give 20 ms packets of a soft two-tone signal."""
    table = _a_law_tone() if a_law else _mu_law_tone()
    count = round(CLIP_S * 50)
    return [_sound(n / 50, table[n % len(table)]) for n in range(count)]


def _sound(at_s: float, frame: bytes) -> Unit:
    return Unit(at_s, at_s, (frame,), is_video=False)


def _triangle(index: int, period: int) -> int:
    phase = index % period
    return round(2000 * (4 * abs(phase / period - 0.5) - 1))


def _tone() -> list[list[int]]:
    return [[_triangle(n * 160 + i, 20 if n < 25 else 32) for i in range(160)] for n in range(50)]


def _a_law_tone() -> list[bytes]:
    return [bytes(a_law_byte(sample) for sample in packet) for packet in _tone()]


def _mu_law_tone() -> list[bytes]:
    return [bytes(mu_law_byte(sample) for sample in packet) for packet in _tone()]


def a_law_byte(sample: int) -> int:
    """Return the A-law code of a 16-bit sample (ITU-T G.711)."""
    sign = 0x80 if sample >= 0 else 0
    size = min(abs(sample) >> 3, 0xFFF)
    exponent = max(0, size.bit_length() - 5)
    mantissa = (size >> (exponent or 1)) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55


def mu_law_byte(sample: int) -> int:
    """Return the mu-law code of a 16-bit sample (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    size = min(abs(sample), 32_635) + 132
    exponent = max(0, size.bit_length() - 8)
    mantissa = (size >> (exponent + 3)) & 0x0F
    return ~(sign | (exponent << 4) | mantissa) & 0xFF
