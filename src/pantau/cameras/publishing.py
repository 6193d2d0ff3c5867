"""What of a camera the public may know, put together field by field."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pantau.cameras.access import delay_in
from pantau.cameras.addresses import address_of
from pantau.cameras.capabilities import Player
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.decisions import Showing
from pantau.cameras.models import Camera, HealthState, LiveState, Observation, PublicCamera

_GONE: Final = frozenset({HealthState.OFFLINE, HealthState.DEAD})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a camera beside what its operator said."""

    seen: Observation
    health: HealthState
    still_at: datetime | None
    showing: Showing


def published(camera: Camera, known: Known) -> PublicCamera:
    """Return the public face of `camera`."""
    seen = known.seen
    player = capabilities_for(camera.source).player
    return PublicCamera(
        id=camera.id,
        slug=camera.slug,
        stream_key=camera.stream_key,
        name=camera.name,
        description=camera.description,
        location=camera.location,
        area_id=camera.area_id,
        area_name=camera.area_name,
        group_name=camera.group_name,
        place=camera.place,
        latitude=camera.latitude,
        longitude=camera.longitude,
        is_tunnel=camera.is_tunnel,
        status=camera.status,
        state=seen.state,
        health=known.health,
        is_online=_is_online(seen.state, known.health),
        since_at=seen.since_at,
        checked_at=seen.checked_at,
        video_codec=seen.video_codec or camera.announced_codec,
        on_demand=camera.on_demand,
        low_latency=camera.low_latency,
        enable_recording=camera.recorded,
        player=player,
        embed_url=_embed_url(camera, player, known.showing),
        showing=known.showing,
        delay_s=delay_in(camera.decision, known.showing),
        stream_revision=camera.stream_revision,
        thumbnail_url=f"/api/thumbnails/{camera.id}.jpg",
        thumbnail_at=known.still_at,
    )


def _is_online(state: LiveState, health: HealthState) -> bool:
    # Not knowing is not the same as being gone (lesson M14).
    return health not in _GONE if health is not HealthState.UNKNOWN else state != LiveState.OFFLINE


def _embed_url(camera: Camera, player: Player, showing: Showing) -> str:
    # The page of a camera in a frame is public by nature; every other address is a secret, and so
    # is a login, with which no browser would open the page in a frame anyhow.
    if player is not Player.FRAME or showing is not Showing.LIVE:
        return ""
    return "" if _holds_login(camera.source.url) else camera.source.url


def _holds_login(address: str) -> bool:
    try:
        found = address_of(address)
    except ValueError:
        return True
    return bool(found.user or found.password)
