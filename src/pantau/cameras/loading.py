"""Keeps the catalogue of this process at what the database says."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from pantau.cameras.models import Camera
from pantau.cameras.repository import OpensSource, stored_cameras
from pantau.cameras.service import UTC_ZONE, Catalogue
from pantau.cameras.stored import StoredCamera
from pantau.core.clock import Clock, Zone
from pantau.core.sealing import Sealer
from pantau.db.database import Database


class CatalogueLoader:
    """Loads the cameras, and again after every change, whichever process made it.  Loop only.

    `opens` says of which sources this process needs the addresses (None: of all); the others come
    without: a process that opens no camera has no use for the passwords.  Without a `sealer` all
    do.
    """

    def __init__(
        self, database: Database, sealer: Sealer | None, *, opens: OpensSource | None = None
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._opens = opens
        self._changed = asyncio.Event()
        self._loaded: list[Camera] = []
        # Before the first load, so that nothing falls in between.
        database.changes.on("cameras", self._changed.set)
        database.changes.on("areas", self._changed.set)

    async def load(self, clock: Clock, zone: Zone = UTC_ZONE) -> Catalogue:
        """Return the catalogue of now; `follow` keeps it so.  `zone` tells that of the site."""
        self._loaded = await self._read()
        return Catalogue(self._loaded, clock=clock, zone=zone)

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
            stored = await stored_cameras(reading, self._sealer, opens=self._opens)
        return list(self._shown(stored))

    def _shown(self, cameras: Iterable[StoredCamera]) -> Iterable[Camera]:
        for stored in cameras:
            if stored.removed_at is not None:
                continue
            # What cannot be opened here, or anywhere, is out of operation.
            is_usable = bool(stored.camera.source.url) or not self._needs(stored.camera)
            yield stored.camera if is_usable else replace(stored.camera, enabled=False)

    def _needs(self, camera: Camera) -> bool:
        if self._sealer is None:
            return False
        source = camera.source
        return self._opens is None or self._opens(source.kind, source.relay)
