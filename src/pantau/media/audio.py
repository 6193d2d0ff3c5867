"""Turns telephone audio (G.711, L16) into AAC: the only transcoding of live audio there is."""

from collections import deque
from fractions import Fraction
from typing import Final, Literal

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from pantau.media.errors import Cause, SourceError
from pantau.media.packets import AudioTrack

PcmCodec = Literal["pcm_alaw", "pcm_mulaw", "pcm_s16be"]


_BIT_RATE_BPS: Final = 32_000
"""Enough for speech from a camera's microphone (lesson R24)."""
_GAP_S: Final = 0.2
"""Timestamps this far off what the samples add up to mean lost packets, not jitter."""


class AacEncoder:
    """Decode PCM packets and encode AAC-LC at the same sample rate and timestamps.

    One thread.  Costs about 0.1 ms a packet.  Raises `SourceError(UNSUPPORTED)` for rates that AAC
    does not know.
    """

    def __init__(self, *, codec: PcmCodec, sample_rate_hz: int, channels: int) -> None:
        layout = {1: "mono", 2: "stereo"}.get(channels)
        if layout is None:
            raise SourceError(Cause.UNSUPPORTED, f"audio with {channels} channels")
        self._rate_hz = sample_rate_hz
        try:
            self._decoder = AudioCodecContext.create(codec, "r")
            self._decoder.sample_rate = sample_rate_hz
            self._decoder.layout = layout
            self._decoder.open()
            self._encoder = AudioCodecContext.create("aac", "w")
            self._encoder.sample_rate = sample_rate_hz
            self._encoder.layout = layout
            self._encoder.format = "fltp"
            self._encoder.bit_rate = _BIT_RATE_BPS * channels
            self._encoder.time_base = Fraction(1, sample_rate_hz)
            self._encoder.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise SourceError(
                Cause.UNSUPPORTED, f"audio at {sample_rate_hz} Hz: {error}"
            ) from error
        self._resampler = AudioResampler("fltp", layout, sample_rate_hz)
        self.track = AudioTrack(
            config=self._encoder.extradata or b"", sample_rate_hz=sample_rate_hz, channels=channels
        )
        self._samples_in = 0
        # Where samples and the source's timestamps meet: (first sample, timestamp - sample).
        self._anchors: deque[tuple[int, int]] = deque()

    def feed(self, data: bytes, pts: int) -> list[tuple[int, bytes]]:
        """Take one packet and return the AAC frames that are complete, each with its timestamp.

        A packet that cannot be decoded is dropped.  At a jump of `pts` the frames follow it.
        """
        self._follow(pts)
        frames: list[tuple[int, bytes]] = []
        try:
            for decoded in self._decoder.decode(av.Packet(data)):
                frames.extend(self._encode(decoded))
        except av.error.FFmpegError:
            return frames
        return frames

    def _follow(self, pts: int) -> None:
        offset = pts - self._samples_in
        if not self._anchors or abs(offset - self._anchors[-1][1]) > _GAP_S * self._rate_hz:
            self._anchors.append((self._samples_in, offset))

    def _encode(self, decoded: AudioFrame) -> list[tuple[int, bytes]]:
        decoded.pts = self._samples_in
        decoded.time_base = Fraction(1, self._rate_hz)
        self._samples_in += decoded.samples
        frames: list[tuple[int, bytes]] = []
        for resampled in self._resampler.resample(decoded):
            # The encoder starts with a frame of priming before the first sample; nobody needs it.
            frames.extend(
                (self._to_source_time(packet.pts), bytes(packet))
                for packet in self._encoder.encode(resampled)
                if packet.pts is not None and packet.pts >= 0
            )
        return frames

    def _to_source_time(self, sample: int) -> int:
        while len(self._anchors) > 1 and self._anchors[1][0] <= sample:
            self._anchors.popleft()
        return sample + self._anchors[0][1]
