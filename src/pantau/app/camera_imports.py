"""Opens what imports and exports of cameras need, beside a running server or without one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pantau.admin.camera_export import CameraExportPages
from pantau.admin.camera_import import CameraImportPages, ImportServices, ListAreas
from pantau.admin.pages import MakePages
from pantau.app.foundation import Foundation, lay_foundation
from pantau.cameras.importing.api import CameraImportApi
from pantau.cameras.importing.discovering import Discovery
from pantau.cameras.importing.export import CameraExport
from pantau.cameras.importing.service import CameraImports
from pantau.cameras.importing.verifying import Verification
from pantau.cameras.importing.working import ImportWork
from pantau.core.clock import SystemClock
from pantau.core.networks import policy_of
from pantau.core.supervisor import Supervisor
from pantau.settings import Settings
from pantau.web.client_address import ClientAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraImporting:
    """Imports, looks at what they would bring, and the way out."""

    imports: CameraImports
    verification: Verification
    work: ImportWork
    export: CameraExport
    discovery: Discovery


def build_camera_importing(base: Foundation, supervisor: Supervisor) -> CameraImporting:
    """Return the parts; starts nothing."""
    policy = policy_of(base.settings.media.allowed_networks)
    imports = CameraImports(
        base.database, sealer=base.sealer, trail=base.trail, clock=base.clock, policy=policy
    )
    return CameraImporting(
        imports=imports,
        verification=Verification(imports, clock=base.clock, policy=policy, spawn=supervisor.spawn),
        work=ImportWork(imports, spawn=supervisor.spawn),
        discovery=Discovery(base.clock),
        export=CameraExport(base.database, sealer=base.sealer, trail=base.trail, clock=base.clock),
    )


def camera_import_api(parts: CameraImporting, clients: ClientAddresses) -> CameraImportApi:
    """Return the endpoints: `endpoints.router` and `exports.router`."""
    return CameraImportApi(
        parts.imports,
        verification=parts.verification,
        work=parts.work,
        export=parts.export,
        discovery=parts.discovery,
        clients=clients,
    )


def camera_import_pages(parts: CameraImporting, areas: ListAreas) -> tuple[MakePages, ...]:
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


@asynccontextmanager
async def opened_importing(settings: Settings) -> AsyncIterator[CameraImporting]:
    """Give them for the installation of `settings`, which may be running.

    Raises FoundationError and Problem.
    """
    clock = SystemClock()
    supervisor = Supervisor(clock)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(supervisor.stop, deadline_s=2.0)
        base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
        yield build_camera_importing(base, supervisor)
