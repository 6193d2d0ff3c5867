"""Turns the RTP packets of a session into the engine's tracks and packets."""

from collections.abc import Iterator
from typing import Final

from pantau.core.clock import Clock
from pantau.media.codecs import nal_type, video_parameters, video_track
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item, Packet, Tracks, VideoTrack
from pantau.media.sources.rtsp.audio import make_audio
from pantau.media.sources.rtsp.h264 import H264_FORMAT, H264Rules
from pantau.media.sources.rtsp.h265 import H265_FORMAT, H265Rules
from pantau.media.sources.rtsp.pictures import CodedPicture, PictureBuilder
from pantau.media.sources.rtsp.rtcp import Farewell, parse_reports, receiver_report
from pantau.media.sources.rtsp.rtp import Buffer, RtpReceiver
from pantau.media.sources.rtsp.sdp import Description
from pantau.media.sources.rtsp.timing import CommonTime, DecodingTimes
from pantau.media.sources.rtsp.units import UnitDepacketizer

_IS_VIDEO: Final = True
_IS_KEY: Final = True
_SPS_TYPES: Final = {"h264": 7, "h265": 33}


class Receiving:
    """What arrives after PLAY; nothing goes out before a whole key frame with parameter sets."""

    def __init__(
        self, description: Description, *, clock: Clock, most_bytes_per_picture: int
    ) -> None:
        offer = description.video
        self.pictures = 0
        """Whole pictures handed out so far."""
        self.is_over = False
        """Whether the camera has said that no more will come."""
        self._clock = clock
        self._most_waiting_bytes = 2 * most_bytes_per_picture
        self._waiting_bytes = 0
        self._codec = offer.codec
        is_h264 = offer.codec == "h264"
        self._builder = PictureBuilder(
            H264Rules() if is_h264 else H265Rules(),
            most_bytes=most_bytes_per_picture,
            deliver=self._take_picture,
            parameter_sets=offer.parameter_sets,
        )
        payload_format = H264_FORMAT if is_h264 else H265_FORMAT
        self.video = RtpReceiver(
            offer.payload_type, UnitDepacketizer(payload_format, self._builder)
        )
        sound = make_audio(description.audio, self._take_sound) if description.audio else None
        self.audio: RtpReceiver | None = None
        self._audio_track = sound.track if sound else None
        audio_hz = description.audio.clock_hz if description.audio else 1
        if sound is not None and description.audio is not None:
            self.audio = RtpReceiver(description.audio.payload_type, sound)
        self._time = CommonTime(offer.clock_hz, audio_hz)
        self._audio_hz = audio_hz
        self._decoding = DecodingTimes()
        self._track: VideoTrack | None = None
        self._seen_sets: tuple[bytes, ...] = ()
        self._has_seen_key = False
        self._has_bad_sets = False
        self.items: list[Item] = []
        """What has become complete since `take_items`."""

    def do_without_audio(self) -> None:
        """Promise no sound: the camera does not give it."""
        self.audio = self._audio_track = None

    def take_items(self) -> list[Item]:
        """Return what has become complete since the last call."""
        items = self.items
        self.items = []
        self._waiting_bytes = 0
        return items

    def why_nothing(self, skipped_bytes: int) -> tuple[Cause, str]:
        """Return why there is no picture (yet)."""
        if self.video.received:
            if self._has_bad_sets:
                return Cause.BROKEN, "parameter sets that cannot be read"
            if self._has_seen_key:
                return Cause.NO_PICTURE, "no parameter sets anywhere"
            if self._builder.dropped:
                return Cause.NO_PICTURE, "pictures come with parts missing"
            return Cause.NO_PICTURE, "no complete key frame"
        if skipped_bytes:
            return Cause.BROKEN, "bytes that are no packets"
        return Cause.NO_PICTURE, "no video packet"

    def reports(self, own_ssrc: int) -> Iterator[tuple[int, bytes]]:
        """Make a receiver report for each track."""
        for track, receiver in enumerate((self.video, self.audio)):
            if receiver is not None:
                yield track, receiver_report(own_ssrc, receiver)

    def take_video_report(self, data: Buffer, start: int, end: int) -> None:
        """Take an RTCP packet of the video track."""
        for report in parse_reports(data, start, end):
            if isinstance(report, Farewell):
                self.is_over = self.is_over or report.ssrc == self.video.ssrc
            else:
                self._time.video.report(report.timestamp, report.ntp_s)
                self._time.align()

    def take_audio_report(self, data: Buffer, start: int, end: int) -> None:
        """Take an RTCP packet of the audio track."""
        for report in parse_reports(data, start, end):
            if not isinstance(report, Farewell):
                self._time.audio.report(report.timestamp, report.ntp_s)
                self._time.align()

    def _take_picture(self, picture: CodedPicture) -> None:
        pts = self._time.video_pts(picture.timestamp, self._clock.mono_s())
        if picture.is_keyframe:
            self._has_seen_key = True
            if picture.parameter_sets != self._seen_sets:
                self._take_sets(picture.parameter_sets)
        if self._track is None:
            return
        dts = self._decoding.of(pts, is_keyframe=picture.is_keyframe)
        if dts is None:
            return
        self.pictures += 1
        now_unix_s = self._clock.unix_s()
        self._add(Packet(_IS_VIDEO, pts, dts, picture.is_keyframe, picture.sample, now_unix_s))

    def _take_sets(self, sets: tuple[bytes, ...]) -> None:
        """Announce the video that `sets` describe; stay with the old ones if they make no sense."""
        self._seen_sets = sets
        try:
            track = video_track(self._codec, sets)
        except SourceError:
            self._has_bad_sets = len(sets) > 0
            return
        if track == self._track:
            return
        self._track = track
        for nal in sets:
            if nal_type(self._codec, nal) == _SPS_TYPES[self._codec]:
                self._decoding.declare(video_parameters(self._codec, nal).most_reordered)
        self.items.append(Tracks(track, self._audio_track))

    def _take_sound(self, timestamp: int, later: int, frame: bytes) -> None:
        if not self.pictures or self._audio_track is None:
            return
        begin = self._time.audio_pts(timestamp, self._clock.mono_s())
        rate_hz = self._audio_track.sample_rate_hz
        pts = begin * rate_hz // self._audio_hz + later
        self._add(Packet(not _IS_VIDEO, pts, pts, _IS_KEY, frame, self._clock.unix_s()))

    def _add(self, packet: Packet) -> None:
        self._waiting_bytes += len(packet.data)
        if self._waiting_bytes > self._most_waiting_bytes:
            # Only a camera that floods us before it has answered PLAY gets here.
            raise SourceError(Cause.TOO_LARGE, "more than one can take at once")
        self.items.append(packet)
