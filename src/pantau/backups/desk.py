"""Restores as a page offers them: a file is looked at, somebody decides, the hub restarts."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from pantau.audit.actors import Actor
from pantau.backups.carrying_out import told_of
from pantau.backups.manifest import Manifest
from pantau.backups.models import ProtectionKind
from pantau.backups.people import People
from pantau.backups.protection import Unlock
from pantau.backups.restoring import Hub, Preview, inspected, prepare, preview_of
from pantau.backups.staging import Result, Staging, Wanted
from pantau.core.errors import Conflict, Exhausted, NotFound

MOST_UPLOAD_BYTES: Final = 4 * 1024**3
_BLOCK: Final = 1024 * 1024
_UPLOAD: Final = "restore-upload"


class RestoreDesk:
    """One per web process.  `may_restart` tells whether the processes of the hub are a family.

    `hub` is asked each time: its keys may have been replaced.
    """

    def __init__(
        self, data_dir: Path, *, hub: Callable[[], Hub], may_restart: Callable[[], bool]
    ) -> None:
        self._hub = hub
        self._staging = Staging(data_dir)
        self._data_dir = data_dir
        self._may_restart = may_restart

    async def look(self, file: Path, unlock: Unlock) -> Preview:
        """Make a restore of `file` ready; raises Invalid, Conflict and Exhausted."""
        with self._staging.alone():
            if await asyncio.to_thread(self._staging.wanted) is not None:
                raise Conflict("backup.restoring", "A restore is under way. Wait for its end.")
            return await prepare(self._hub(), self._staging, file, unlock)

    async def look_at_upload(self, upload: BinaryIO, unlock: Unlock, *, name: str) -> Preview:
        """As `look`, for what a browser sent."""
        with tempfile.TemporaryDirectory(prefix=_UPLOAD, dir=self._data_dir) as folder:
            file = Path(folder) / (Path(name).name[:100] or "upload")
            await asyncio.to_thread(_copy_in_thread, upload, file)
            return await self.look(file, unlock)

    async def inspect(self, file: Path, unlock: Unlock) -> tuple[Manifest, ProtectionKind]:
        """Check every sum of an archive, and return what it says of itself."""
        with tempfile.TemporaryDirectory(prefix=_UPLOAD, dir=self._data_dir) as folder:
            archive = await inspected(file, unlock, work=Path(folder))
            return archive.manifest, archive.protection

    async def preview(self) -> Preview:
        """Return what lies ready; raises NotFound."""
        prepared = await asyncio.to_thread(self._staging.prepared)
        if prepared is None:
            raise NotFound("backup.not_ready", "Nothing is ready to be restored. Begin anew.")
        return await preview_of(self._hub(), self._staging, prepared)

    async def decide(self, token: str, people: People, actor: Actor) -> None:
        """Have what lies ready restored: the hub ends its processes and comes back.

        Raises Conflict when it cannot do so by itself, or when something else lies ready.
        """
        if not await asyncio.to_thread(self._may_restart):
            raise Conflict(
                "backup.not_a_family",
                "The processes of this hub were started one by one, so it cannot restart itself. "
                "Stop all of them and run pantau backup restore on the machine.",
            )
        prepared = await asyncio.to_thread(self._staging.prepared)
        if prepared is None or prepared.token != token:
            raise Conflict("backup.not_ready", "Nothing is ready to be restored. Begin anew.")
        wanted = Wanted(token=token, people=people, actor=told_of(actor))
        await asyncio.to_thread(self._staging.put_wanted, wanted)

    async def discard(self) -> None:
        """Forget what lies ready."""
        with self._staging.alone():
            if await asyncio.to_thread(self._staging.wanted) is None:
                await asyncio.to_thread(self._staging.drop)

    async def last_result(self) -> Result | None:
        """Return what came of the last restore."""
        return await asyncio.to_thread(self._staging.result)


def _copy_in_thread(upload: BinaryIO, file: Path) -> None:
    left_bytes = MOST_UPLOAD_BYTES
    with file.open("wb") as target:
        while block := upload.read(_BLOCK):
            left_bytes -= len(block)
            if left_bytes < 0:
                raise Exhausted("backup.too_large", "Restore a backup of this size at the console.")
            target.write(block)
