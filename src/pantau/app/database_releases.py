"""What a release does with the database: rehearse, keep a snapshot, go back to it.

`pantau database` has the same as commands with `--json`, for whoever must run them from the
environment of another release: a rehearsal needs the steps of the new one.
"""

from collections.abc import Collection
from dataclasses import dataclass

from pantau.app.database import database_place
from pantau.audit.actors import CONSOLE, Actor
from pantau.backups.snapshots import TakenSnapshot
from pantau.core.clock import Clock
from pantau.migrations.rehearsal import Rehearsal, rehearse
from pantau.migrations.upgrade import BACKUP_FOLDER
from pantau.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """What going back to a snapshot would do, or did."""

    snapshot: str
    from_step: str
    to_step: str
    is_needed: bool
    """False: the release of the snapshot works with the database as it is; nothing is touched."""
    is_done: bool
    kept: tuple[str, ...]
    """What stays as it is, as sentences."""
    lost: tuple[str, ...]
    """What the older tables have no place for, as sentences."""
    sentence: str
    safety: str = ""
    """The snapshot with what was here before."""


async def dry_run(settings: Settings, clock: Clock) -> Rehearsal:
    """Take the steps that the database lacks on a copy of it; nothing is left behind.

    Raises Exhausted where there is no room for the copy, and Unavailable with why a step failed.
    """
    return await rehearse(
        database_place(settings), scratch_dir=settings.data_dir / BACKUP_FOLDER, clock=clock
    )


async def take_snapshot(
    settings: Settings,
    clock: Clock,
    *,
    build: str,
    version: str,
    keep: int = 5,
    needed: Collection[str] = (),
) -> TakenSnapshot:
    """Keep the database as it is at this moment, while it is used, and forget the oldest.

    The newest `keep` stay, those named in `needed`, and those that the state of the releases
    names.  Raises Exhausted and Unavailable.
    """
    raise NotImplementedError


def snapshots(settings: Settings) -> tuple[TakenSnapshot, ...]:
    """Return all that there are, the newest first; blocks."""
    raise NotImplementedError


async def preview_roll_back(
    settings: Settings, clock: Clock, *, to: str, anyway: bool = False
) -> RollBack:
    """Return what `roll_back_database` would do; nothing is changed, the hub may run."""
    raise NotImplementedError


async def roll_back_database(
    settings: Settings,
    clock: Clock,
    *,
    to: str,
    anyway: bool = False,
    actor: Actor = CONSOLE,
) -> RollBack:
    """Make the tables those of the snapshot `to` again; what was recorded since then stays.

    Where the release of the snapshot works with the database as it is, nothing is touched unless
    `anyway`.  Otherwise nobody may use the hub: a running `pantau serve` ends its processes for
    it and starts them again (as `releases/current` says by then); those that were started one by
    one must be stopped first, else Conflict.  Works from the environment of either release.
    Raises Problem when nothing was changed.
    """
    raise NotImplementedError
