"""Tracks, packets and consumers made by hand, for tests of what lies between source and window."""

from dataclasses import dataclass, field

from pantau.media.packets import VIDEO_TIME_BASE, AudioTrack, Packet, Tracks, VideoTrack

VIDEO = VideoTrack("h264", (b"\x67one", b"\x68one"), 640, 360)
OTHER_VIDEO = VideoTrack("h264", (b"\x67two", b"\x68two"), 1280, 720)
AUDIO = AudioTrack(b"\x15\x88", 8_000, 1)
FRAME_S = 0.04


def picture(at_s: float, *, key: bool = False, data: bytes = b"v") -> Packet:
    ticks = round(at_s * VIDEO_TIME_BASE)
    return Packet(
        is_video=True, pts=ticks, dts=ticks, is_keyframe=key, data=data, received_unix_s=1e9 + at_s
    )


def sound(at_s: float) -> Packet:
    ticks = round(at_s * AUDIO.sample_rate_hz)
    return Packet(
        is_video=False,
        pts=ticks,
        dts=ticks,
        is_keyframe=True,
        data=b"a",
        received_unix_s=1e9 + at_s,
    )


@dataclass
class Written:
    """A consumer that keeps one list per run."""

    runs: list[tuple[Tracks, list[Packet]]] = field(default_factory=list)
    started_unix_s: list[float] = field(default_factory=list)
    ended: int = 0

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:
        assert self.ended == len(self.runs)
        self.runs.append((tracks, []))
        self.started_unix_s.append(started_unix_s)

    def write(self, packet: Packet) -> None:
        assert self.ended == len(self.runs) - 1
        self.runs[-1][1].append(packet)

    def end(self) -> None:
        self.ended += 1
        assert self.ended == len(self.runs)

    @property
    def has_sound(self) -> list[bool]:
        return [tracks.audio is not None for tracks, _ in self.runs]
