"""From parameter sets to a `VideoTrack` and to the codec names of RFC 6381."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pantau.media.codecs.aac import audio_object_type
from pantau.media.codecs.nals import (
    VideoCodec,
    annexb_to_nals,
    is_sequence_set,
    nal_type,
    ordered_parameter_sets,
)
from pantau.media.codecs.sps import VideoParameters, h264_parameters, h265_parameters
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import AudioTrack, Tracks, VideoTrack

_MOST_SET_BYTES: Final = 16_384
_SETS_NEEDED: Final = {"h264": {7, 8}, "h265": {32, 33, 34}}


def video_track(codec: VideoCodec, parameter_sets: Iterable[bytes]) -> VideoTrack:
    """Describe the video that these units announce; other units among them are ignored.

    Raises `SourceError` when a kind of set is missing or the SPS cannot be read.  Cheap for sets
    seen before.
    """
    return _video_track(codec, ordered_parameter_sets(codec, parameter_sets))


def video_parameters(codec: VideoCodec, sps: bytes) -> VideoParameters:
    """Read a sequence parameter set with its NAL header; raises `SourceError`."""
    return h264_parameters(sps) if codec == "h264" else h265_parameters(sps)


def sequence_set(track: VideoTrack) -> bytes:
    """Return the last SPS of a track, the one that its size comes from."""
    sets = [nal for nal in track.parameter_sets if is_sequence_set(track.codec, nal)]
    if not sets:
        raise SourceError(Cause.BROKEN, "a parameter set is missing")
    return sets[-1]


def parameter_sets_from_extradata(codec: VideoCodec, extradata: bytes) -> tuple[bytes, ...]:
    """Take parameter sets out of what containers keep beside a stream: avcC, hvcC or annex B."""
    if extradata[:1] != b"\x01":
        return ordered_parameter_sets(codec, annexb_to_nals(extradata))
    nals: list[bytes] = []
    if codec == "h264":
        at = _take_units(extradata, 6, extradata[5:6], 0x1F, nals)
        _take_units(extradata, at + 1, extradata[at : at + 1], 0xFF, nals)
        return ordered_parameter_sets(codec, nals)
    at = 23
    for _ in range(extradata[22] if len(extradata) > 22 else 0):  # ISO 14496-15, 8.3.3.1.2
        at = _take_units(extradata, at + 3, extradata[at + 1 : at + 3], 0xFFFF, nals)
    return ordered_parameter_sets(codec, nals)


def codec_string(track: VideoTrack | AudioTrack) -> str:
    """Name a track as CODECS attributes and `isTypeSupported` do, such as `avc1.640028`."""
    if isinstance(track, AudioTrack):
        return f"mp4a.40.{audio_object_type(track.config)}"
    sps = sequence_set(track)
    if track.codec == "h264":
        return f"avc1.{sps[1:4].hex()}"
    return _h265_string(sps)


def codec_strings(tracks: Tracks) -> str:
    """Name all tracks, video first, for one CODECS attribute."""
    return ",".join(
        codec_string(track) for track in (tracks.video, tracks.audio) if track is not None
    )


@lru_cache(maxsize=64)
def _video_track(codec: VideoCodec, sets: tuple[bytes, ...]) -> VideoTrack:
    if not {nal_type(codec, nal) for nal in sets} >= _SETS_NEEDED[codec]:
        raise SourceError(Cause.BROKEN, "a parameter set is missing")
    if sum(map(len, sets)) > _MOST_SET_BYTES:
        raise SourceError(Cause.TOO_LARGE, "parameter sets of impossible length")
    sps = [nal for nal in sets if is_sequence_set(codec, nal)][-1]
    said = video_parameters(codec, sps)
    return VideoTrack(codec, sets, said.width_px, said.height_px)


def _h265_string(sps: bytes) -> str:
    """Spell profile, compatibility, tier, level and constraints (ISO 14496-15 annex E)."""
    raw = sps[3:].replace(b"\x00\x00\x03", b"\x00\x00")[:12]
    space = ("", "A", "B", "C")[raw[0] >> 6]
    compatibility = int(f"{int.from_bytes(raw[1:5], 'big'):032b}"[::-1], 2)
    tier = "H" if raw[0] & 0x20 else "L"
    constraints = "".join(f".{byte:X}" for byte in raw[5:11].rstrip(b"\x00"))
    return f"hvc1.{space}{raw[0] & 0x1F}.{compatibility:X}.{tier}{raw[11]}{constraints}"


def _take_units(data: bytes, at: int, count: bytes, mask: int, nals: list[bytes]) -> int:
    """Append `count` length-prefixed units that begin at `at`; return where they end."""
    for _ in range(int.from_bytes(count, "big") & mask):
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        if at > len(data):
            raise SourceError(Cause.BROKEN, "a decoder configuration ends too early")
        nals.append(data[begin:at])
    return at
