"""The origin of relayed cameras, for the edge: answers from the owner's own HLS server."""

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from pantau.cameras.models import Camera
from pantau.core.clock import Clock
from pantau.core.errors import NotFound
from pantau.core.ids import CameraId
from pantau.core.networks import AddressPolicy
from pantau.streaming.origin_client import Ask
from pantau.streaming.relay.evidence import Outcome, RelayEvidence
from pantau.streaming.relay.failures import RelayFailure
from pantau.streaming.relay.fetching import Fetcher, route_of
from pantau.streaming.relay.limits import RelayLimits
from pantau.streaming.relay.links import Namer
from pantau.streaming.relay.stream import RelayedStream, Spawn

_KEPT_S: Final = 600.0
"""How long a camera is remembered that nobody watches."""


class RelayOrigin:
    """An `edge.Origin` for cameras with `source.relay`.  Loop only; an async context manager.

    `Ask.path` is the camera's stream key; `find` returns the camera with its source's address, or
    None.  Every process of an installation gives the same names, because `key` is the same.
    """

    is_foreign: Final = False
    """Queries other than those of blocking reload mean nothing: they are not the owner's."""

    def __init__(
        self,
        *,
        find: Callable[[str], Camera | None],
        key: bytes,
        policy: AddressPolicy,
        clock: Clock,
        spawn: Spawn,
        limits: RelayLimits | None = None,
    ) -> None:
        self._find = find
        self._key = key
        self._fetcher = Fetcher(policy)
        self._clock = clock
        self._spawn = spawn
        self._limits = limits or RelayLimits()
        self._streams: dict[CameraId, RelayedStream] = {}

    async def __aenter__(self) -> Self:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._fetcher.__aexit__(kind, error, trace)

    async def fetch(self, ask: Ask, *, count: Callable[[int], None]) -> bytes:
        """Return the whole body, as `edge.Origin` says."""
        stream = self._stream(self._find(ask.path))
        if not ask.is_playlist:
            return await stream.piece(ask, count=count)
        body = await stream.playlist(ask)
        count(len(body))
        return body

    def evidence(self, camera_id: CameraId) -> RelayEvidence | None:
        """Return what was seen of a camera; None: nobody watched it lately."""
        stream = self._streams.get(camera_id)
        return None if stream is None else stream.evidence

    def sweep(self) -> None:
        """Forget cameras that nobody watches; call it every few seconds."""
        oldest_mono = self._clock.mono_s() - _KEPT_S
        for camera_id, stream in list(self._streams.items()):
            if stream.asked_mono < oldest_mono:
                del self._streams[camera_id]

    def _stream(self, camera: Camera | None) -> RelayedStream:
        if camera is None or not camera.source.relay:
            raise NotFound("stream.unknown", "There is no such stream.")
        stream = self._streams.get(camera.id)
        if stream is not None and stream.source == camera.source:
            return stream
        found = route_of(camera.source)
        if found is None:
            raise RelayFailure(Outcome.NOT_ALLOWED).of_playlist()
        url, route = found
        stream = self._streams[camera.id] = RelayedStream(
            camera.source,
            url,
            route,
            namer=Namer(self._key, camera.id),
            fetcher=self._fetcher,
            clock=self._clock,
            spawn=self._spawn,
            limits=self._limits,
        )
        return stream
