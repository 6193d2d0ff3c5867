"""Clips taken apart into tracks and packets, as a source yields them."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Literal

import av
from av.packet import Packet as CodedPacket
from av.stream import Stream

from pantau.media.codecs import audio_track, parameter_sets_from_extradata, video_track
from pantau.media.live.parts import LiveEvent, PartCutter
from pantau.media.packets import VIDEO_TIME_BASE, AudioTrack, Packet, Tracks
from tests.media.clips import clip

STARTED_UNIX_S = 1_772_352_000.0
X265 = (
    ("preset", "ultrafast"),
    ("x265-params", "log-level=none:pools=1:open-gop=0:scenecut=0"),
)


@dataclass(frozen=True)
class Coded:
    tracks: Tracks
    packets: tuple[Packet, ...]

    @property
    def video(self) -> list[Packet]:
        return [packet for packet in self.packets if packet.is_video]

    @property
    def audio(self) -> list[Packet]:
        return [packet for packet in self.packets if not packet.is_video]


@lru_cache(maxsize=32)
def coded(
    codec: Literal["h264", "h265"] = "h264",
    *,
    seconds: float = 6.0,
    size: tuple[int, int] = (176, 144),
    key_every: int = 50,
    b_frames: int = 0,
    audio: bool = False,
) -> Coded:
    """Make a clip; packets arrive in decoding order, exactly when they are due."""
    options: tuple[tuple[str, str], ...] = (
        ("preset", "ultrafast"),
        ("bf", str(b_frames)),
        ("sc_threshold", "0"),
    )
    if codec == "h265":
        options = (X265[0], (X265[1][0], f"{X265[1][1]}:bframes={b_frames}"))
    name = "libx264" if codec == "h264" else "libx265"
    data = clip(
        seconds=seconds,
        codec=name,
        size=size,
        key_every=key_every,
        options=options,
        audio="aac" if audio else None,
    )
    with av.open(BytesIO(data), "r") as file:
        parameter_sets = parameter_sets_from_extradata(
            codec, file.streams.video[0].codec_context.extradata or b""
        )
        sound = None
        if audio:
            sound = audio_track(file.streams.audio[0].codec_context.extradata or b"")
        read = [packet for packet in file.demux() if packet.size]
        earliest_s = min(float(_dts(packet) * packet.time_base) for packet in read)
        packets = [_packet(packet, sound, -earliest_s) for packet in read]
    packets.sort(key=lambda packet: packet.received_unix_s)
    return Coded(Tracks(video_track(codec, parameter_sets), sound), tuple(packets))


def cut(source: Coded, *, part_s: float | None = None) -> list[LiveEvent]:
    """Cut one whole run."""
    events: list[LiveEvent] = []
    cutter = PartCutter(events.append, part_s=part_s)
    cutter.begin(source.tracks, STARTED_UNIX_S)
    for packet in source.packets:
        cutter.write(packet)
    cutter.end()
    return events


def _dts(packet: "CodedPacket[Stream]") -> int:
    assert packet.dts is not None
    return packet.dts


def _packet(packet: "CodedPacket[Stream]", sound: AudioTrack | None, later_s: float) -> Packet:
    is_video = packet.stream.type == "video"
    rate_hz = VIDEO_TIME_BASE if is_video or sound is None else sound.sample_rate_hz
    assert packet.pts is not None
    pts = round(packet.pts * packet.time_base * rate_hz + later_s * rate_hz)
    dts = round(_dts(packet) * packet.time_base * rate_hz + later_s * rate_hz)
    arrived_unix_s = STARTED_UNIX_S + dts / rate_hz
    return Packet(is_video, pts, dts, packet.is_keyframe, bytes(packet), arrived_unix_s)
