"""Everything that operators manage: cameras, areas, the media server, health, imports."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from pantau.app.camera_editing import CameraEditing, camera_editing
from pantau.app.camera_imports import CameraImporting, build_camera_importing
from pantau.app.foundation import Foundation
from pantau.app.health import Health, health_of, open_health
from pantau.app.live_reports import live_reports
from pantau.app.sights import Sights
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Supervisor
from pantau.mediaserver.sockets import HLS_SOCKET
from pantau.streaming.media_server import MediaServerClient
from pantau.thumbnails.stills import StillClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Managing:
    """The parts of one web process; endpoints and pages use the same."""

    base: Foundation
    catalogue: Catalogue
    server: MediaServerClient
    editing: CameraEditing
    health: Health
    importing: CameraImporting


def managing_of(base: Foundation, catalogue: Catalogue, server: MediaServerClient) -> Managing:
    """Return the parts; starts nothing."""
    return Managing(
        base=base,
        catalogue=catalogue,
        server=server,
        editing=camera_editing(base, catalogue),
        health=health_of(base, catalogue),
        importing=build_camera_importing(base, Supervisor(base.clock)),
    )


async def open_managing(
    base: Foundation, sights: Sights, supervisor: Supervisor, closing: AsyncExitStack
) -> Managing:
    """Return the parts with their services under way."""
    stills = StillClient(str(base.settings.sockets_dir / HLS_SOCKET))
    closing.push_async_callback(stills.close)
    known = live_reports(sights.server, stills)
    return replace(
        managing_of(base, sights.catalogue, sights.server),
        editing=camera_editing(base, sights.catalogue, live_report=known),
        health=await open_health(base, sights.catalogue, supervisor),
        importing=build_camera_importing(base, supervisor),
    )
