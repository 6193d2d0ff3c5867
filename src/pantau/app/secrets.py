"""Opens what a rotation of keys needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pantau.app.foundation import SEALING_FILE, opened_foundation
from pantau.core.sealing import keyring
from pantau.db.sealed_columns import sealed_columns
from pantau.operations.rotation import Rotation
from pantau.settings import Settings
from pantau.tables import metadata


@asynccontextmanager
async def opened_rotation(settings: Settings) -> AsyncIterator[Rotation]:
    """Give a rotation for the installation of `settings`, which may be running.

    Raises FoundationError and Problem.
    """
    async with opened_foundation(settings) as base:
        yield Rotation(
            base.database,
            keys=keyring(settings.data_dir / SEALING_FILE),
            columns=tuple(sealed_columns(metadata)),
            trail=base.trail,
            clock=base.clock,
        )
