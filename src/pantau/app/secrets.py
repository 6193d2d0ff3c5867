"""Opens what a rotation of keys needs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pantau.app.foundation import SEALING_FILE, lay_foundation
from pantau.core.clock import SystemClock
from pantau.core.sealing import keyring
from pantau.core.supervisor import Supervisor
from pantau.db.sealed_columns import sealed_columns
from pantau.operations.rotation import Rotation
from pantau.settings import Settings
from pantau.tables import metadata


@asynccontextmanager
async def opened_rotation(settings: Settings) -> AsyncIterator[Rotation]:
    """Give a rotation for the installation of `settings`, which may be running.

    Raises FoundationError and Problem.
    """
    clock = SystemClock()
    supervisor = Supervisor(clock)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(supervisor.stop, deadline_s=2.0)
        base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
        yield Rotation(
            base.database,
            keys=keyring(settings.data_dir / SEALING_FILE),
            columns=tuple(sealed_columns(metadata)),
            trail=base.trail,
            clock=clock,
        )
