"""The way of live streams: from the media server's origin through the edge to viewers."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.supervisor import Service, Supervisor
from pantau.mediaserver.process import HLS_SOCKET
from pantau.settings import Settings
from pantau.streaming.edge import Edge, EdgeLimits, Origin
from pantau.streaming.engine_client import EngineClient
from pantau.streaming.origin_client import OriginAddress, OriginClient
from pantau.streaming.policy import StreamFacts
from pantau.viewers.presence import Presence

_SWEEP_EVERY_S: Final = 5.0
_ANSWER_S: Final = 3.0
"""What the origin may take beyond the time that a camera has to start."""


@dataclass(frozen=True, slots=True)
class Streaming:
    """The edge, and who watches through it."""

    edge: Edge
    presence: Presence


class KnownStreams:
    """What the edge may know of each stream key, ready before anybody asks."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._facts: dict[str, StreamFacts] = {}
        catalogue.on_change(self._read)
        self._read()

    def find(self, stream_key: str) -> StreamFacts | None:
        """Return the facts of a stream that the public sees."""
        return self._facts.get(stream_key)

    def _read(self) -> None:
        self._facts = {
            camera.stream_key: StreamFacts(
                camera_id=camera.id,
                path=camera.stream_key,
                in_maintenance=camera.status == "maintenance",
            )
            for camera in self._catalogue.enabled()
        }


async def build_edge(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> Streaming:
    """Return the edge with its connections open and its cleaning under way."""
    client: Origin
    if settings.media.hls_url:
        address = OriginAddress(settings.media.hls_url, settings.media.hls_secret or None)
        client = await closing.enter_async_context(OriginClient(address))
    else:
        engine = EngineClient(settings.sockets_dir / HLS_SOCKET)
        client = await closing.enter_async_context(engine)
    presence = Presence(clock)
    edge = Edge(
        client,
        find=KnownStreams(catalogue).find,
        touch=presence.touch,
        spawn=supervisor.spawn,
        clock=clock,
        limits=EdgeLimits(
            most_bytes=settings.edge.cache_bytes,
            start_timeout_s=settings.media.start_timeout_s + _ANSWER_S,
        ),
    )

    async def clean() -> None:
        while True:
            await clock.sleep(_SWEEP_EVERY_S)
            edge.sweep()
            presence.sweep()

    supervisor.add(Service("streaming.clean", clean))
    return Streaming(edge, presence)
