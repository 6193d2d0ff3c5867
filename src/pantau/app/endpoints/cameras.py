"""Endpoints and pages of what operators manage: cameras, areas, the media server, imports."""

from fastapi import APIRouter

from pantau.admin.areas import AreaPages
from pantau.admin.camera_export import CameraExportPages
from pantau.admin.camera_import import CameraImportPages, ImportServices, ListAreas
from pantau.admin.camera_pages import CameraSection
from pantau.admin.cameras import CameraServices
from pantau.admin.health import HealthPages
from pantau.admin.pages import MakePages
from pantau.app.areas import area_editing, area_service
from pantau.app.camera_imports import CameraImporting
from pantau.app.endpoints.alerts import alert_pages, alert_routers
from pantau.app.endpoints.backups import reference_backup_api
from pantau.app.endpoints.media_server import media_server_api, media_server_pages
from pantau.app.managing import Managing
from pantau.app.recording import Recording
from pantau.areas.api import AreaApi
from pantau.cameras.api import CameraApi
from pantau.cameras.importing.api import CameraImportApi
from pantau.feedback.votes import Votes
from pantau.health.camera_api import HealthApi
from pantau.notifications.alerts import Alerts
from pantau.viewers.presence import Presence
from pantau.web.client_address import ClientAddresses


def managing_routers(
    managing: Managing, alerts: Alerts, clients: ClientAddresses
) -> tuple[APIRouter, ...]:
    """Return the endpoints."""
    base, catalogue, editing = managing.base, managing.catalogue, managing.editing
    cameras = CameraApi(
        editing.editor, editing.cameras, editing.prober, clients=clients, clock=base.clock
    )
    imports = _import_api(managing.importing, clients)
    return (
        cameras.endpoints.router,
        AreaApi(area_editing(base), clients).endpoints.router,
        media_server_api(base, catalogue, managing.server, clients).endpoints.router,
        HealthApi(managing.health.book, catalogue, clients).endpoints.router,
        *alert_routers(alerts, clients),
        reference_backup_api(base, clients).endpoints.router,
        imports.endpoints.router,
        imports.exports.router,
    )


def managing_pages(
    managing: Managing,
    alerts: Alerts,
    presence: Presence,
    recording: Recording,
    votes: Votes,
) -> tuple[MakePages, ...]:
    """Return the pages, in the order in which addresses are recognised."""
    base, catalogue, editing = managing.base, managing.catalogue, managing.editing
    areas = area_service(base).public
    cameras = CameraServices(
        cameras=editing.cameras,
        editor=editing.editor,
        prober=editing.prober,
        access=catalogue.access,
        areas=areas,
        viewers=presence.viewers_now,
        votes=lambda: votes.all() if votes.is_open else None,
        recording_of=recording.service.one,
    )
    return (
        lambda frame: HealthPages(frame, book=managing.health.book, catalogue=catalogue),
        *_import_pages(managing.importing, areas),
        lambda frame: CameraSection(frame, cameras),
        lambda frame: AreaPages(frame, areas=area_editing(base)),
        media_server_pages(base, catalogue),
        *alert_pages(base, alerts, catalogue),
    )


def _import_api(parts: CameraImporting, clients: ClientAddresses) -> CameraImportApi:
    return CameraImportApi(
        parts.imports,
        verification=parts.verification,
        work=parts.work,
        export=parts.export,
        discovery=parts.discovery,
        clients=clients,
    )


def _import_pages(parts: CameraImporting, areas: ListAreas) -> tuple[MakePages, ...]:
    """Return the wizard and the export; they stand before the pages of one camera."""
    services = ImportServices(
        imports=parts.imports,
        verification=parts.verification,
        work=parts.work,
        discovery=parts.discovery,
        areas=areas,
    )
    return (
        lambda frame: CameraImportPages(frame, services),
        lambda frame: CameraExportPages(frame, parts.export),
    )
