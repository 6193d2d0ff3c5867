"""The way of live streams: from the media server's origin through the edge to viewers."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from pantau.app.foundation import Foundation
from pantau.app.relay import open_relay
from pantau.app.viewing import Viewing, open_viewing
from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors
from pantau.core.supervisor import Service, Supervisor
from pantau.mediaserver.sockets import HLS_SOCKET
from pantau.settings import Settings
from pantau.streaming.edge import Doors, Edge, EdgeLimits
from pantau.streaming.engine_client import EngineClient
from pantau.streaming.hotlink import HotlinkGate
from pantau.streaming.known_streams import KnownStreams, Origin
from pantau.streaming.origin_client import OriginAddress, OriginClient
from pantau.streaming.relay.origin import RelayOrigin
from pantau.streaming.tokens import StreamTokens, stream_tokens
from pantau.viewers.presence import Presence
from pantau.web.origins import Origins
from pantau.web.principal import Resolver

_SWEEP_EVERY_S: Final = 5.0
_ANSWER_S: Final = 3.0
"""What the origin may take beyond the time that a camera has to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Whom the edge lets in, and who asks for what is not for everybody."""

    visitors: Visitors
    tokens: StreamTokens
    hotlinks: HotlinkGate | None


@dataclass(frozen=True, slots=True)
class Streaming:
    """The edge, and who watches through it."""

    edge: Edge
    viewing: Viewing
    entrance: Entrance
    relay: RelayOrigin

    @property
    def presence(self) -> Presence:
        """Who watches at this moment."""
        return self.viewing.presence


def build_entrance(base: Foundation, resolver: Resolver, origins: Origins) -> Entrance:
    """Return it; starts nothing."""
    settings = base.settings
    tokens = stream_tokens(base.secret, base.clock)
    return Entrance(
        visitors=Visitors(resolver, tokens.level_of),
        tokens=tokens,
        hotlinks=_hotlink_gate(settings, origins),
    )


def _hotlink_gate(settings: Settings, origins: Origins) -> HotlinkGate | None:
    if not settings.edge.hotlink_gate:
        return None
    return HotlinkGate(origins, settings.edge.embed_origins)


async def build_edge(
    base: Foundation,
    catalogue: Catalogue,
    entrance: Entrance,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> Streaming:
    """Return the edge with its connections open and its cleaning under way."""
    settings, clock = base.settings, base.clock
    media = await _media_server(settings, closing)
    relay = await open_relay(base, find=catalogue.by_key, supervisor=supervisor, closing=closing)

    def origin_of(camera: Camera) -> Origin:
        is_relayed = capabilities_for(camera.source).carrier is Carrier.RELAY
        return relay if is_relayed else media

    streams = KnownStreams(catalogue, origin_of)
    viewing = await open_viewing(base, catalogue, supervisor, closing)
    edge = Edge(
        find=streams.find,
        doors=Doors(catalogue.access, entrance.visitors, entrance.hotlinks),
        touch=viewing.presence.touch,
        spawn=supervisor.spawn,
        clock=clock,
        limits=EdgeLimits(
            most_bytes=settings.edge.cache_bytes,
            start_timeout_s=settings.media.start_timeout_s + _ANSWER_S,
        ),
    )
    streams.forget = edge.forget

    async def clean() -> None:
        while True:
            await clock.sleep(_SWEEP_EVERY_S)
            edge.sweep()
            relay.sweep()

    supervisor.add(Service("streaming.clean", clean))
    return Streaming(edge, viewing, entrance, relay)


async def _media_server(settings: Settings, closing: AsyncExitStack) -> Origin:
    if settings.media.hls_url:
        address = OriginAddress(settings.media.hls_url, settings.media.hls_secret or None)
        return await closing.enter_async_context(OriginClient(address))
    engine = EngineClient(settings.sockets_dir / HLS_SOCKET)
    return await closing.enter_async_context(engine)
