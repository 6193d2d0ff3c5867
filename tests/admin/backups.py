"""The pages about backups on the admin of a test."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pantau.admin.backups import BackupPages, BackupServices
from pantau.admin.backups_restore import RestorePages
from pantau.admin.pages import MakePages
from pantau.backups.desk import RestoreDesk
from pantau.backups.restoring import Hub
from pantau.backups.service import Backups
from pantau.notifications.target_service import Targets
from pantau.notifications.values import Target
from tests.admin.house import SEALER, AdminHouse


def backups_on(house: AdminHouse, folder: Path) -> Backups:
    return Backups(
        house.database,
        sealer=SEALER,
        trail=house.trail,
        clock=house.clock,
        folder=folder / "backups",
    )


def backup_pages(
    folder: Path, hub: Callable[[], Hub]
) -> Callable[[AdminHouse], tuple[MakePages, ...]]:
    """Return what makes the pages of a hub whose data folder is `folder`."""

    def make(house: AdminHouse) -> tuple[MakePages, ...]:
        targets = Targets(house.database, sealer=SEALER, trail=house.trail, clock=house.clock)

        async def chats() -> Sequence[Target]:
            return await targets.all()

        services = BackupServices(
            backups=backups_on(house, folder),
            desk=RestoreDesk(folder, hub=hub, may_restart=lambda: True),
            sign_ins=house.parts.sign_ins,
            chats=chats,
        )
        return (
            lambda frame: RestorePages(frame, services),
            lambda frame: BackupPages(frame, services),
        )

    return make
