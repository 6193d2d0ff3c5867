"""The engine's own words for media: tracks and packets, the same from every source."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

VIDEO_TIME_BASE: Final = 90_000
"""Ticks a second of every video track (RTP fixes it: RFC 6184, RFC 7798; others are rescaled)."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """One set of video parameters; tracks that differ in `parameter_sets` differ in init segment.

    `parameter_sets` are raw NAL units without start codes or lengths: SPS then PPS (H.264), VPS,
    SPS, PPS (H.265).
    """

    codec: Literal["h264", "h265"]
    parameter_sets: tuple[bytes, ...]
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """AAC as MP4 carries it; ticks are samples.

    `config` is the AudioSpecificConfig (ISO 14496-3, 1.6.2.1).
    """

    config: bytes
    sample_rate_hz: int
    channels: int


@dataclass(frozen=True, slots=True)
class Tracks:
    """What a source carries from here on; told before its first packet and at every change."""

    video: VideoTrack
    audio: AudioTrack | None = None


class Packet(NamedTuple):
    """One coded picture or one AAC frame.  A tuple: thousands are made every second.

    `pts` and `dts` are ticks (`VIDEO_TIME_BASE`, or the audio sample rate).  Out of a source they
    count from any origin and may jump; out of `media.timestamps` they start near zero in each run,
    `dts` grows strictly and `pts >= dts`.  `data` is length-prefixed NAL units (four-byte lengths,
    no parameter sets needed inside) for video and a raw AAC frame (no ADTS header) for audio.
    `received_unix_s` is wall time of arrival.
    """

    is_video: bool
    pts: int
    dts: int
    is_keyframe: bool
    data: bytes
    received_unix_s: float


@dataclass(frozen=True, slots=True)
class Picture:
    """One whole picture of a source that has no video (MJPEG as stills): a JPEG file as it came."""

    jpeg: bytes
    received_unix_s: float


Item = Tracks | Packet | Picture
"""What a source yields."""
