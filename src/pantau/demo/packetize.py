"""RTP payloads for whole clips, cut once and shared by every client."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pantau.demo.bitstream import AAC_RATE_HZ, CLIP_S, G711_RATE_HZ, Clip, Unit

MOST_PAYLOAD_BYTES: Final = 1400
VIDEO_RATE_HZ: Final = 90_000
VIDEO, AUDIO = 0, 1


@dataclass(frozen=True, slots=True)
class Burst:
    """What is sent at one moment: the RTP payloads of one picture or sound frame."""

    track: int
    at_s: float
    time: int
    """RTP ticks from the start of the clip (the presentation time)."""
    is_key: bool
    payloads: tuple[tuple[bool, bytes], ...]
    """Marker bit and payload."""


@dataclass(frozen=True, slots=True)
class Reel:
    """A clip ready to be sent; `rates` are RTP ticks a second of video and audio."""

    clip: Clip
    bursts: tuple[Burst, ...]
    rates: tuple[int, int]
    loop_s: float = CLIP_S


def wind(clip: Clip, *, sets_in_band: bool = True) -> Reel:
    """Packetize a clip; parameter sets precede each key picture unless told otherwise."""
    audio_rate = AAC_RATE_HZ if clip.audio == "aac" else G711_RATE_HZ
    bursts = []
    for unit in clip.units:
        if unit.is_video:
            nals = unit.parts
            if unit.is_key and sets_in_band:
                nals = (*clip.parameter_sets, *nals)
            payloads = tuple(_with_marker(_video_payloads(nals, is_h265=clip.codec == "h265")))
            bursts.append(_burst(VIDEO, unit, VIDEO_RATE_HZ, payloads))
        else:
            frame = unit.parts[0]
            if clip.audio == "aac":
                # RFC 3640 AAC-hbr: 16 bits of headers length, then 13 bits of size, 3 of index.
                frame = struct.pack(">HH", 16, len(frame) << 3) + frame
            bursts.append(_burst(AUDIO, unit, audio_rate, ((True, frame),)))
    return Reel(clip, tuple(bursts), (VIDEO_RATE_HZ, audio_rate))


def _burst(track: int, unit: Unit, rate: int, payloads: tuple[tuple[bool, bytes], ...]) -> Burst:
    return Burst(track, unit.dts_s, round(unit.pts_s * rate), unit.is_key, payloads)


def _with_marker(payloads: Iterator[bytes]) -> Iterator[tuple[bool, bytes]]:
    held: bytes | None = None
    for payload in payloads:
        if held is not None:
            yield False, held
        held = payload
    if held is not None:
        yield True, held


def _video_payloads(nals: tuple[bytes, ...], *, is_h265: bool) -> Iterator[bytes]:
    small: list[bytes] = []
    for nal in nals:
        if (
            sum(len(one) + 2 for one in small) + len(nal) + 4 <= MOST_PAYLOAD_BYTES
            and len(nal) < 200
        ):
            small.append(nal)
            continue
        yield from _aggregate(small, is_h265=is_h265)
        small = []
        if len(nal) <= MOST_PAYLOAD_BYTES:
            yield nal
        else:
            yield from _fragments(nal, is_h265=is_h265)
    yield from _aggregate(small, is_h265=is_h265)


def _aggregate(nals: list[bytes], *, is_h265: bool) -> Iterator[bytes]:
    if len(nals) <= 1:
        yield from nals
        return
    # STAP-A (RFC 6184, 5.7.1) or AP (RFC 7798, 4.4.2).
    head = b"\x60\x01" if is_h265 else bytes([(nals[0][0] & 0x60) | 24])
    yield head + b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)


def _fragments(nal: bytes, *, is_h265: bool) -> Iterator[bytes]:
    if is_h265:
        indicator = bytes([(nal[0] & 0x81) | (49 << 1), nal[1]])
        kind, body = (nal[0] >> 1) & 0x3F, nal[2:]
    else:
        indicator = bytes([(nal[0] & 0xE0) | 28])
        kind, body = nal[0] & 0x1F, nal[1:]
    step = MOST_PAYLOAD_BYTES - len(indicator) - 1
    for offset in range(0, len(body), step):
        start = 0x80 if offset == 0 else 0
        end = 0x40 if offset + step >= len(body) else 0
        yield indicator + bytes([start | end | kind]) + body[offset : offset + step]
