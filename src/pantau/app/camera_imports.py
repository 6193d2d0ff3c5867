"""Opens what imports and exports of cameras need, beside a running server or without one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pantau.app.foundation import Foundation, lay_foundation
from pantau.cameras.importing.discovering import Discovery
from pantau.cameras.importing.export import CameraExport
from pantau.cameras.importing.service import CameraImports
from pantau.cameras.importing.verifying import Verification
from pantau.cameras.importing.working import ImportWork
from pantau.core.clock import SystemClock
from pantau.core.networks import policy_of
from pantau.core.supervisor import Supervisor
from pantau.settings import Settings


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
