"""Takes tracks and packets out of what libav can read: files, and HLS segments in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Final, Protocol

import av
from av.container.input import InputContainer
from av.packet import Packet as AvPacket
from av.stream import Stream

from pantau.core.clock import Clock
from pantau.media import codecs
from pantau.media.audio import AacEncoder, PcmCodec
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, AudioTrack, Packet, Tracks, VideoTrack
from pantau.media.timestamps import NO_TIMESTAMP

_OPTIONS: Final = {
    # A playlist in disguise must not make libav open addresses of its own choice.
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,mpegts,matroska,webm,h264,hevc,flv,avi",
    "protocol_whitelist": "file",
}
_CODECS: Final[dict[str, codecs.VideoCodec]] = {"h264": "h264", "hevc": "h265"}
_PCM: Final[dict[str, PcmCodec]] = {
    "pcm_alaw": "pcm_alaw",
    "pcm_mulaw": "pcm_mulaw",
    "pcm_s16be": "pcm_s16be",
}


_FLV_OPTIONS: Final = {
    # FLV names its tracks as they come: without a limit libav waits for sound for 90 seconds.
    "analyzeduration": "1500000",
    "fpsprobesize": "0",
}


class Readable(Protocol):
    """Bytes that come in over time; `read` raises `SourceError`."""

    def read(self, size: int, /) -> bytes: ...


def open_media(media: str | bytes | Readable) -> InputContainer:
    """Open a file by its path, bytes in memory, or FLV that is coming in.

    Raises `SourceError`, which names no path.
    """
    try:
        if isinstance(media, str | bytes):
            source = BytesIO(media) if isinstance(media, bytes) else media
            return av.open(source, "r", options=dict(_OPTIONS), metadata_errors="replace")
        return av.open(
            media,
            "r",
            format="flv",
            options={**_OPTIONS, **_FLV_OPTIONS},
            metadata_errors="replace",
        )
    except FileNotFoundError as error:
        raise SourceError(Cause.NOT_FOUND, "no such file") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise SourceError(Cause.NOT_MEDIA, "not a media file") from error


@dataclass(slots=True)
class _Video:
    stream: Stream
    codec: codecs.VideoCodec
    length_bytes: int
    """Size of the length before each NAL unit; 0: start codes."""
    track: VideoTrack | None = None


@dataclass(slots=True)
class _Audio:
    stream: Stream
    encoder: AacEncoder | None = None
    track: AudioTrack | None = None


class Demuxer:
    """Read one container from front to end; the first video and one audio stream of it.

    `told` is what the container before it in the same stream was said to carry.
    """

    def __init__(
        self,
        container: InputContainer,
        *,
        clock: Clock,
        most_bytes: int,
        told: Tracks | None = None,
    ) -> None:
        self._container = container
        self._clock = clock
        self._most_bytes = most_bytes
        self._video = _find_video(container)
        self._audio = _find_audio(container)
        self.told = told
        if told is not None and self._audio is not None:
            # Sound that describes itself in its packets would seem to come and go otherwise.
            self._audio.track = self._audio.track or told.audio

    def items(self) -> Iterator[Tracks | Packet]:
        """Yield what the container holds; raises `SourceError` where it is damaged."""
        streams = [self._video.stream, *([self._audio.stream] if self._audio else [])]
        try:
            for packet in self._container.demux(streams):
                if packet.size == 0:
                    continue
                if packet.size > self._most_bytes:
                    raise SourceError(Cause.TOO_LARGE, f"a packet of {packet.size} bytes")
                if packet.stream is self._video.stream:
                    yield from self._picture(packet)
                else:
                    yield from self._sound(packet)
        except av.error.FFmpegError as error:
            raise SourceError(Cause.BROKEN, type(error).__name__) from error

    def _picture(self, packet: "AvPacket[Stream]") -> Iterator[Tracks | Packet]:
        data = bytes(packet)
        video = self._video
        nals = (
            codecs.sample_to_nals(data, length_bytes=video.length_bytes)
            if video.length_bytes
            else codecs.annexb_to_nals(data)
        )
        if packet.is_keyframe:
            sets = [nal for nal in nals if codecs.is_parameter_set(video.codec, nal)]
            if packet.has_sidedata("new_extradata"):
                extradata = bytes(packet.get_sidedata("new_extradata"))
                sets = sets or list(codecs.parameter_sets_from_extradata(video.codec, extradata))
            if sets:
                video.track = _try_track(video.codec, sets) or video.track
        if video.track is None:
            return
        yield from self._tell()
        pictures = [nal for nal in nals if not codecs.is_parameter_set(video.codec, nal)]
        if pictures:
            yield self._packet(
                packet, codecs.nals_to_sample(pictures), rate_hz=VIDEO_TIME_BASE, is_video=True
            )

    def _sound(self, packet: "AvPacket[Stream]") -> Iterator[Tracks | Packet]:
        assert self._audio is not None
        data = bytes(packet)
        frames = [data]
        if self._audio.track is None:
            self._audio.track, frames = _adts(data)
        elif self._audio.encoder is None and data[:1] == b"\xff" and not _has_config(self._audio):
            _, frames = _adts(data)
        if self.told is None:
            return
        yield from self._tell()
        rate_hz = self._audio.track.sample_rate_hz
        first = self._packet(packet, b"", rate_hz=rate_hz, is_video=False)
        if self._audio.encoder is not None:
            stamped = self._audio.encoder.feed(data, first.pts)
        else:
            stamped = [
                (first.pts + number * codecs.SAMPLES_PER_FRAME, frame)
                for number, frame in enumerate(frames)
            ]
        for pts, frame in stamped:
            yield first._replace(data=frame, pts=pts, dts=pts)

    def _tell(self) -> Iterator[Tracks]:
        """Yield the tracks when they are not what was said before."""
        assert self._video.track is not None
        tracks = Tracks(self._video.track, self._audio.track if self._audio else None)
        if tracks != self.told:
            self.told = tracks
            yield tracks

    def _packet(
        self, packet: "AvPacket[Stream]", data: bytes, *, rate_hz: int, is_video: bool
    ) -> Packet:
        base = packet.time_base
        return Packet(
            is_video=is_video,
            pts=_ticks(packet.pts, base, rate_hz),
            dts=_ticks(packet.dts, base, rate_hz),
            is_keyframe=packet.is_keyframe or not is_video,
            data=data,
            received_unix_s=self._clock.unix_s(),
        )


def _ticks(stamp: int | None, base: Fraction, rate_hz: int) -> int:
    if stamp is None:
        return NO_TIMESTAMP
    return stamp * base.numerator * rate_hz // base.denominator


def _find_video(container: InputContainer) -> _Video:
    if not container.streams.video:
        raise SourceError(Cause.NO_VIDEO)
    known = [s for s in container.streams.video if s.codec_context.name in _CODECS]
    if not known:
        raise SourceError(Cause.UNSUPPORTED, container.streams.video[0].codec_context.name)
    stream = known[0]
    codec = _CODECS[stream.codec_context.name]
    extradata = stream.codec_context.extradata or b""
    length_bytes = 0
    if extradata[:1] == b"\x01":
        at = 4 if codec == "h264" else 21
        length_bytes = (extradata[at] & 3) + 1 if len(extradata) > at else 4
    sets = codecs.parameter_sets_from_extradata(codec, extradata) if extradata else ()
    return _Video(stream, codec, length_bytes, _try_track(codec, list(sets)))


def _find_audio(container: InputContainer) -> _Audio | None:
    """Return the first audio that can go into MP4; pictures matter more than any trouble here."""
    for stream in container.streams.audio:
        context = stream.codec_context
        try:
            if context.name == "aac":
                config = context.extradata
                return _Audio(stream, track=codecs.audio_track(config) if config else None)
            if context.name in _PCM:
                encoder = AacEncoder(
                    codec=_PCM[context.name],
                    sample_rate_hz=context.sample_rate,
                    channels=context.channels,
                )
                return _Audio(stream, encoder, encoder.track)
        except SourceError:
            continue
    return None


def _has_config(audio: _Audio) -> bool:
    return bool(audio.stream.codec_context.extradata)


def _adts(data: bytes) -> tuple[AudioTrack, list[bytes]]:
    config, frames = codecs.split_adts(data)
    return codecs.audio_track(config), frames


def _try_track(codec: codecs.VideoCodec, sets: list[bytes]) -> VideoTrack | None:
    try:
        return codecs.video_track(codec, sets)
    except SourceError:
        return None
