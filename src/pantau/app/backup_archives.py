"""An archive of this installation is written: for the worker, and by command."""

from collections.abc import Sequence
from pathlib import Path

from pantau.app.backup_making import backups_of
from pantau.app.foundation import Foundation, opened_foundation
from pantau.app.restoring import hub_of
from pantau.audit.actors import CONSOLE
from pantau.backups.making import Made, Tell, make_archive, read_parts
from pantau.backups.models import BackupState, Run
from pantau.backups.protection import Lock
from pantau.backups.restoring import SECRET_FILES
from pantau.backups.snapshot import snapshot_of
from pantau.settings import Settings


async def archive_to(base: Foundation, target: Path, *, lock: Lock, tell: Tell) -> Made:
    """Write a backup of now to `target`; keys are in it only when it is locked."""
    hub = hub_of(base.settings, base.clock)
    async with snapshot_of(hub.place, hub.tables, newest=hub.newest) as snapshot:
        return await make_archive(
            snapshot,
            target,
            label=hub.label,
            parts=lambda: read_parts(
                hub.data_dir,
                plain=hub.plain_files,
                secret=SECRET_FILES,
                with_secrets=lock.kind != "none",
            ),
            lock=lock,
            now=base.clock.now(),
            tell=tell,
        )


async def create_at_console(settings: Settings, output: Path, *, lock: Lock, tell: Tell) -> Made:
    """Write a backup of an installation that may be running, and have it on record."""
    async with opened_foundation(settings) as base:
        made = await archive_to(base, output, lock=lock, tell=tell)
        await backups_of(base).note_made(
            CONSOLE, file=output, size_bytes=made.size_bytes, sha256=made.sha256
        )
        return made


async def backups_at_console(settings: Settings) -> tuple[BackupState, Sequence[Run]]:
    """Return how backups stand, and those that were made."""
    async with opened_foundation(settings) as base:
        backups = backups_of(base)
        return await backups.state(), await backups.runs()
