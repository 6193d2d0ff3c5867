"""Everything that operators manage: cameras, areas, the media server, health, imports."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from fastapi import APIRouter

from pantau.admin.camera_pages import CameraSection
from pantau.admin.cameras import CameraServices
from pantau.admin.health import HealthPages
from pantau.admin.pages import MakePages
from pantau.app.areas import area_api, area_pages, area_service
from pantau.app.backups import reference_backup_api
from pantau.app.camera_editing import CameraEditing, camera_api, camera_editing
from pantau.app.camera_imports import (
    CameraImporting,
    build_camera_importing,
    camera_import_api,
    camera_import_pages,
)
from pantau.app.foundation import Foundation
from pantau.app.health import Health, health_of, open_health
from pantau.app.live_reports import live_reports
from pantau.app.media_control import media_server_api, media_server_pages
from pantau.app.notifications import alert_pages, alert_routers, alerts_of
from pantau.app.recording import Recording
from pantau.app.sights import Sights
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Supervisor
from pantau.feedback.votes import Votes
from pantau.mediaserver.sockets import HLS_SOCKET
from pantau.notifications.api import Alerts
from pantau.streaming.media_server import MediaServerClient
from pantau.thumbnails.stills import StillClient
from pantau.viewers.presence import Presence
from pantau.web.client_address import ClientAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Managing:
    """The parts of one web process; endpoints and pages use the same."""

    base: Foundation
    catalogue: Catalogue
    server: MediaServerClient
    editing: CameraEditing
    health: Health
    importing: CameraImporting
    alerts: Alerts

    def pages(
        self, presence: Presence, recording: Recording, votes: Votes
    ) -> tuple[MakePages, ...]:
        """Return the pages, in the order in which addresses are recognised."""
        areas = area_service(self.base)
        cameras = CameraServices(
            cameras=self.editing.cameras,
            editor=self.editing.editor,
            prober=self.editing.prober,
            access=self.catalogue.access,
            areas=areas.public,
            viewers=presence.viewers_now,
            votes=lambda: votes.all() if votes.is_open else None,
            recording_of=recording.service.one,
        )
        return (
            lambda frame: HealthPages(frame, book=self.health.book, catalogue=self.catalogue),
            *camera_import_pages(self.importing, areas.public),
            lambda frame: CameraSection(frame, cameras),
            area_pages(self.base),
            media_server_pages(self.base, self.catalogue),
            *alert_pages(self.base, self.alerts, self.catalogue),
        )

    def routers(self, clients: ClientAddresses) -> tuple[APIRouter, ...]:
        """Return the endpoints."""
        base = self.base
        media_server = media_server_api(base, self.catalogue, self.server, clients)
        imports = camera_import_api(self.importing, clients)
        return (
            camera_api(self.editing, clients, base).endpoints.router,
            area_api(base, clients).endpoints.router,
            media_server.endpoints.router,
            self.health.router(clients),
            *alert_routers(self.alerts, clients),
            reference_backup_api(base, clients).endpoints.router,
            imports.endpoints.router,
            imports.exports.router,
        )


def managing_of(base: Foundation, catalogue: Catalogue, server: MediaServerClient) -> Managing:
    """Return the parts; starts nothing."""
    return Managing(
        base=base,
        catalogue=catalogue,
        server=server,
        editing=camera_editing(base, catalogue),
        health=health_of(base, catalogue),
        importing=build_camera_importing(base, Supervisor(base.clock)),
        alerts=alerts_of(base, catalogue),
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
