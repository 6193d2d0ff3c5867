"""Keeps the catalogue of this process at what the database says."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from pantau.cameras.models import Camera
from pantau.cameras.repository import stored_cameras
from pantau.cameras.service import Catalogue
from pantau.cameras.stored import StoredCamera
from pantau.core.clock import Clock
from pantau.core.sealing import Sealer
from pantau.db.database import Database


class CatalogueLoader:
    """Loads the cameras, and again after every change, whichever process made it.  Loop only.

    Without a `sealer` the cameras come without the addresses of their sources: a process that
    opens no camera has no use for the passwords.
    """

    def __init__(self, database: Database, sealer: Sealer | None) -> None:
        self._database = database
        self._sealer = sealer
        self._changed = asyncio.Event()
        self._loaded: list[Camera] = []
        # Before the first load, so that nothing falls in between.
        database.changes.on("cameras", self._changed.set)
        database.changes.on("areas", self._changed.set)

    async def load(self, clock: Clock) -> Catalogue:
        """Return the catalogue of now; `follow` keeps it so."""
        self._loaded = await self._read()
        return Catalogue(self._loaded, clock=clock)

    async def follow(self, catalogue: Catalogue) -> None:
        """Take over every change, a burst of them at once; never returns."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            await self.refresh(catalogue)
            await self._changed.wait()
            self._changed.clear()

    async def refresh(self, catalogue: Catalogue) -> None:
        """Have `catalogue` say what the database says at this moment."""
        cameras = await self._read()
        if cameras != self._loaded:
            self._loaded = cameras
            catalogue.replace(cameras)

    async def _read(self) -> list[Camera]:
        async with self._database.read() as reading:
            stored = await stored_cameras(reading, self._sealer)
        return list(self._shown(stored))

    def _shown(self, cameras: Iterable[StoredCamera]) -> Iterable[Camera]:
        for stored in cameras:
            if stored.removed_at is not None:
                continue
            has_source = self._sealer is None or bool(stored.camera.source.url)
            yield stored.camera if has_source else replace(stored.camera, enabled=False)
