"""Lets exports expire and deletes the files of those that are not there any more."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.recordings.exports import link_repository, repository
from pantau.recordings.exports.folders import ExportFolders
from pantau.recordings.exports.models import ExportState

log = structlog.get_logger()

_REMEMBERED: Final = timedelta(days=30)
"""How long rows of exports stay whose files are gone."""


class ExportTidier:
    """Only whoever makes exports uses it: nobody else deletes their files.  Loop only."""

    def __init__(self, database: Database, folders: ExportFolders, clock: Clock) -> None:
        self._database = database
        self._folders = folders
        self._clock = clock

    async def tidy(self) -> None:
        """Do what is due."""
        now = self._clock.now()
        async with self._database.read() as reading:
            due = await repository.due(reading, now=now)
            old = await repository.old(reading, before=now - _REMEMBERED)
        if due or old:
            async with self._database.write() as writing:
                for export_id in due:
                    await repository.note_over(
                        writing, export_id, ExportState.DONE, ExportState.EXPIRED, at=now
                    )
                for export_id in old:
                    await repository.remove(writing, export_id)
                await link_repository.remove_of(writing, [*due, *old])
        found = await asyncio.to_thread(self._folders.found_in_thread)
        async with self._database.read() as reading:
            known = await repository.with_files(reading)
        for export_id in set(found) - known:
            await self.delete(export_id)

    async def delete(self, export_id: str) -> None:
        """Delete the files of an export; what cannot be deleted is tried again later."""
        try:
            await asyncio.to_thread(self._folders.delete_in_thread, export_id)
        except OSError as error:
            log.warning("export_not_deleted", export=export_id, error=type(error).__name__)
