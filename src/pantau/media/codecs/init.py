"""The init segment (`ftyp` and `moov`) of a run, written by libav."""

import io
from fractions import Fraction
from typing import Final, cast

import av
from av.container import OutputContainer

from pantau.media.codecs.nals import nals_to_annexb
from pantau.media.codecs.video import sequence_set, video_parameters
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, AudioTrack, Tracks, VideoTrack

VIDEO_TRACK_ID: Final = 1
AUDIO_TRACK_ID: Final = 2
"""Track numbers in every init segment that has both."""

# libav names a codec only through a stream that it has opened, so each is opened on the shortest
# one that it accepts (an access unit delimiter; one silent ADTS frame) and then described in the
# track's own words: what a camera sent never reaches a decoder here.
_STUBS: Final = {
    "h264": bytes.fromhex("0000000109f0"),
    "hevc": bytes.fromhex("00000001460150"),
    "aac": bytes.fromhex("fff15080017ffc21100460"),
}
_MOVFLAGS: Final = "empty_moov+default_base_moof+frag_keyframe+skip_trailer"
_FRONT_LEFT: Final = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}


class _Sink(io.RawIOBase):
    """Takes what libav writes.  Not seekable, so that libav never goes back to patch sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: object, /) -> int:
        before = len(self.written)
        self.written += cast("bytes", data)
        return len(self.written) - before


def init_segment(tracks: Tracks) -> bytes:
    """Make the init segment of a run; video is track 1, in 90 kHz, audio track 2, in samples.

    About a millisecond; raises `SourceError` when libav cannot describe the tracks.
    """
    sink = _Sink()
    try:
        with av.open(sink, "w", format="mp4", options={"movflags": _MOVFLAGS}) as output:
            _add_video(output, tracks.video)
            if tracks.audio is not None:
                _add_audio(output, tracks.audio)
            output.start_encoding()
            head = bytes(sink.written)
    except (av.error.FFmpegError, ValueError) as error:
        raise SourceError(Cause.BROKEN, "parameter sets that cannot be described in MP4") from error
    return head


def _add_video(output: OutputContainer, track: VideoTrack) -> None:
    name = "h264" if track.codec == "h264" else "hevc"
    with av.open(io.BytesIO(_STUBS[name]), format=name) as stub:
        stream = output.add_stream_from_template(stub.streams.video[0], opaque=True)
    stream.time_base = Fraction(1, VIDEO_TIME_BASE)
    context = stream.codec_context
    context.width, context.height = track.width_px, track.height_px
    context.extradata = nals_to_annexb(track.parameter_sets)
    across, down = video_parameters(track.codec, sequence_set(track)).sample_aspect
    if across and down:
        context.sample_aspect_ratio = Fraction(across, down)
    if track.codec == "h265":
        # Apple plays H.265 in fMP4 only as hvc1 (HLS authoring specification 1.10); libav would
        # write hev1.
        context.codec_tag = "hvc1"


def _add_audio(output: OutputContainer, track: AudioTrack) -> None:
    with av.open(io.BytesIO(_STUBS["aac"]), format="aac") as stub:
        stream = output.add_stream_from_template(stub.streams.audio[0], opaque=True)
    stream.time_base = Fraction(1, track.sample_rate_hz)
    context = stream.codec_context
    context.extradata = track.config
    context.sample_rate = track.sample_rate_hz
    context.layout = _FRONT_LEFT[track.channels]
