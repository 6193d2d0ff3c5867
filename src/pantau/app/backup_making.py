"""The worker makes backups: when they are due, and when somebody asks."""

from pathlib import Path

from pantau.app.foundation import Foundation
from pantau.backups.delivering import SendFile
from pantau.backups.maker import BackupMaker
from pantau.backups.making import Made, Tell
from pantau.backups.protection import Lock
from pantau.backups.service import Backups
from pantau.core.supervisor import Service, Supervisor
from pantau.migrations.upgrade import BACKUP_FOLDER


def backups_of(base: Foundation) -> Backups:
    """Return the service; starts nothing."""
    return Backups(
        base.database,
        sealer=base.sealer,
        trail=base.trail,
        clock=base.clock,
        folder=(base.settings.data_dir / BACKUP_FOLDER).absolute(),
    )


def start_backups(
    base: Foundation, supervisor: Supervisor, *, send: SendFile | None = None
) -> None:
    """Make backups in the worker: when they are due, and when somebody asks."""

    async def make(target: Path, lock: Lock, tell: Tell) -> Made:
        # Seldom, and it needs all tables, the steps to them and what locks archives.
        from pantau.app.backup_archives import archive_to  # noqa: PLC0415

        return await archive_to(base, target, lock=lock, tell=tell)

    maker = BackupMaker(
        base.database,
        backups=backups_of(base),
        make=make,
        sealer=base.sealer,
        trail=base.trail,
        clock=base.clock,
        send=send,
    )
    supervisor.add(Service("backups.maker", maker.run))
