"""`media.sources.base.Source` for cameras that speak RTSP."""

import secrets
import threading
from collections.abc import Iterator
from typing import Final

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.net.dial import TICK_S, Patience
from pantau.media.sources.rtsp.receiving import Receiving
from pantau.media.sources.rtsp.sdp import Description
from pantau.media.sources.rtsp.session import Session, TransportRefusedError
from pantau.media.sources.rtsp.transport import InterleavedTransport, Transport
from pantau.media.sources.rtsp.udp import UdpTransport

_REPORT_EVERY_S: Final = 5.0
_VIDEO, _AUDIO = 0, 1


class RtspSource:
    """One attempt at one camera; see `Source` for what its three members promise."""

    def __init__(self, config: SourceConfig, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._interrupted = threading.Event()
        self._inbound_bytes = 0
        self._own_ssrc = secrets.randbits(32)

    @property
    def inbound_bytes(self) -> int:
        """Bytes received from the camera so far."""
        return self._inbound_bytes

    def interrupt(self) -> None:
        """Make `items` raise within a second."""
        self._interrupted.set()

    def items(self) -> Iterator[Item]:
        """Yield tracks and packets until the camera, the deadlines or `interrupt` end it."""
        open_s = self._config.deadlines.open_s
        patience = Patience(self._clock, self._interrupted.is_set, open_s)
        session = Session(
            self._config, clock=self._clock, patience=patience, count_bytes=self._count
        )
        transport: Transport | None = None
        try:
            description = session.describe()
            receiving = Receiving(
                description,
                clock=self._clock,
                most_bytes_per_picture=self._config.most_bytes_per_picture,
            )
            transport = self._set_up(session, description, receiving)
            session.play()
            transport.start()
            yield from self._receive(session, transport, receiving, patience)
        finally:
            session.leave()
            if transport is not None:
                transport.close()

    def _count(self, received_bytes: int) -> None:
        self._inbound_bytes += received_bytes

    def _set_up(
        self, session: Session, description: Description, receiving: Receiving
    ) -> Transport:
        wanted = self._config.transport
        if wanted != "udp":
            transport: Transport = InterleavedTransport(session.connection)
            try:
                self._set_up_tracks(session, transport, description, receiving)
            except TransportRefusedError:
                if wanted == "tcp" or self._config.url.lower().startswith("rtsps"):
                    raise
            else:
                return transport
        transport = UdpTransport(session.connection, clock=self._clock, count_bytes=self._count)
        try:
            self._set_up_tracks(session, transport, description, receiving)
        except SourceError:
            transport.close()
            raise
        return transport

    def _set_up_tracks(
        self,
        session: Session,
        transport: Transport,
        description: Description,
        receiving: Receiving,
    ) -> None:
        answer = session.set_up(description.video.control, transport.proposal(_VIDEO))
        transport.begin(_VIDEO, answer, receiving.video, receiving.take_video_report)
        if description.audio is None or receiving.audio is None:
            return
        try:
            answer = session.set_up(description.audio.control, transport.proposal(_AUDIO))
        except SourceError as error:
            if error.cause in {Cause.CLOSED, Cause.TIMED_OUT}:
                raise
            receiving.do_without_audio()
            return
        transport.begin(_AUDIO, answer, receiving.audio, receiving.take_audio_report)

    def _receive(
        self,
        session: Session,
        transport: Transport,
        receiving: Receiving,
        patience: Patience,
    ) -> Iterator[Item]:
        last_picture_mono = due_mono = self._clock.mono_s()
        report_due_mono = due_mono + _REPORT_EVERY_S
        pictures = packets_at_last_picture = 0
        while True:
            transport.pump()
            if receiving.items:
                yield from receiving.take_items()
            now_mono = self._clock.mono_s()
            if receiving.pictures != pictures:
                pictures = receiving.pictures
                last_picture_mono = now_mono
                packets_at_last_picture = receiving.video.received
            if now_mono < due_mono:
                continue
            due_mono = now_mono + TICK_S
            self._check_interruption()
            if not pictures:
                patience.check(*receiving.why_nothing(session.connection.skipped_bytes))
            elif now_mono - last_picture_mono > self._config.deadlines.silence_s:
                is_mute = receiving.video.received == packets_at_last_picture
                raise SourceError(Cause.STALLED, "no packet" if is_mute else "no whole picture")
            if receiving.is_over:
                raise SourceError(Cause.CLOSED, "the camera ended the stream")
            session.keep_alive(now_mono)
            if now_mono >= report_due_mono:
                report_due_mono = now_mono + _REPORT_EVERY_S
                transport.report(receiving.reports(self._own_ssrc))

    def _check_interruption(self) -> None:
        if self._interrupted.is_set():
            raise SourceError(Cause.CLOSED, "interrupted")
