"""Plays FLV over HTTP, as many city portals serve it: we fetch, libav sees bytes and no address."""

import threading
from collections.abc import Iterator
from typing import Final

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item, Packet
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.demuxed import Demuxer, open_media
from pantau.media.sources.net.dial import Patience
from pantau.media.sources.net.http_body import Stream
from pantau.media.sources.net.http_get import HttpGetter

_SIGNATURE: Final = b"FLV\x01"


class FlvSource:
    """One endless answer, packet by packet as they come; the end of it is the camera's end."""

    def __init__(self, config: SourceConfig, *, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._interrupted = threading.Event()
        self._bytes = 0
        self._getter = HttpGetter(
            config,
            clock=clock,
            is_interrupted=self._interrupted.is_set,
            count_bytes=self._count,
        )

    @property
    def inbound_bytes(self) -> int:
        return self._bytes

    def interrupt(self) -> None:
        self._interrupted.set()

    def items(self) -> Iterator[Item]:
        has_picture = False
        open_s = self._config.deadlines.open_s
        try:
            with self._getter.stream(self._config.url, timeout_s=open_s) as stream:
                for item in self._demuxed(stream):
                    yield item
                    if isinstance(item, Packet) and item.is_video:
                        has_picture = has_picture or item.is_keyframe
                        if has_picture:
                            stream.wait_longer(self._silence())
        except SourceError as error:
            if has_picture and error.cause is Cause.TIMED_OUT:
                raise SourceError(Cause.STALLED, "no whole picture") from error
            raise
        finally:
            self._getter.close()
        raise SourceError(Cause.CLOSED, "the stream has ended")

    def _count(self, received_bytes: int) -> None:
        self._bytes += received_bytes

    def _silence(self) -> Patience:
        silence_s = self._config.deadlines.silence_s
        return Patience(self._clock, self._interrupted.is_set, silence_s)

    def _demuxed(self, stream: Stream) -> Iterator[Item]:
        with open_media(_Body(stream)) as container:
            yield from Demuxer(
                container, clock=self._clock, most_bytes=self._config.most_bytes_per_picture
            ).items()


class _Body:
    """What libav takes for a file that cannot be sought."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._head = b""
        while len(self._head) < len(_SIGNATURE):
            piece = stream.read(len(_SIGNATURE) - len(self._head))
            self._head += piece
            if not piece or not _SIGNATURE.startswith(self._head):
                raise SourceError(Cause.NOT_MEDIA, "the answer is not FLV")

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end; raises `SourceError`, through libav too."""
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._stream.read(size)
