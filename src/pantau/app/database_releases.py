"""What a release does with the database: rehearse, keep a snapshot, go back to it.

`pantau database` has the same as commands with `--json`, for whoever must run them from the
environment of another release: a rehearsal needs the steps of the new one.
"""

import asyncio
import secrets
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pantau.app.database import database_place
from pantau.app.folder_use import is_serving
from pantau.app.restoring import hub_of, roll_back_now
from pantau.app.restoring_cli import result_of
from pantau.audit.actors import CONSOLE, Actor
from pantau.backups import snapshots as kept_snapshots
from pantau.backups.carrying_out import told_of
from pantau.backups.roll_back_preview import KeptAndLost, look
from pantau.backups.snapshots import TakenSnapshot
from pantau.backups.staging import Result, Staging, Wanted, WantedStep
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Unavailable
from pantau.migrations.rehearsal import Rehearsal, rehearse
from pantau.migrations.upgrade import Meeting, meet
from pantau.operations.release_steps.state import read_state
from pantau.settings import Settings
from pantau.tables import ON_ROLL_BACK

KEEP: Final = 5
_LEAVE_WITHIN_S: Final = 5.0
_AT_MOST_DEPLOYMENTS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """What going back to a snapshot would do, or did."""

    snapshot: str
    from_step: str
    to_step: str
    is_needed: bool
    """False: the release of the snapshot works with the database as it is."""
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
    folder = settings.data_dir
    if not await asyncio.to_thread(folder.exists):
        folder = Path(tempfile.gettempdir())
    return await rehearse(database_place(settings), scratch_dir=folder, clock=clock)


async def take_snapshot(
    settings: Settings,
    clock: Clock,
    *,
    build: str,
    version: str,
    keep: int = KEEP,
    needed: Collection[str] = (),
) -> TakenSnapshot:
    """Keep the database as it is at this moment, while it is used, and forget the oldest.

    The newest `keep` stay, those named in `needed`, and those of the last two deploys.  Raises
    Exhausted and Unavailable.
    """
    taken = await kept_snapshots.take(hub_of(settings, clock), build=build, version=version)
    await asyncio.to_thread(_prune_in_thread, settings, keep, needed)
    return taken


def snapshots(settings: Settings) -> tuple[TakenSnapshot, ...]:
    """Return all that there are, the newest first; blocks."""
    return kept_snapshots.listed(settings.data_dir)


async def preview_roll_back(
    settings: Settings, clock: Clock, *, to: str, anyway: bool = False
) -> RollBack:
    """Return what `roll_back_database` would do; nothing is changed, the hub may run."""
    taken = await asyncio.to_thread(kept_snapshots.find, settings.data_dir, to)
    meeting = await meet(database_place(settings), clock=clock)
    is_needed = (anyway and meeting.stored != taken.step) or not meeting.lets(taken.step)
    if not is_needed:
        return _told(taken, meeting, KeptAndLost((), ()), _not_needed(taken, meeting), needed=False)
    found = await look(hub_of(settings, clock), taken, ON_ROLL_BACK)
    sentence = f"The tables would be those of step {taken.step} again."
    return _told(taken, meeting, found, sentence, needed=True)


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
    planned = await preview_roll_back(settings, clock, to=to, anyway=anyway)
    if not planned.is_needed:
        return planned
    result = await _carried_out(settings, clock, planned, actor)
    if not result.ok:
        raise Conflict("database.not_rolled_back", result.sentence, safety=result.safety)
    return RollBack(
        snapshot=planned.snapshot,
        from_step=planned.from_step,
        to_step=planned.to_step,
        is_needed=True,
        is_done=True,
        kept=planned.kept,
        lost=planned.lost,
        sentence=result.sentence,
        safety=result.safety,
    )


async def _carried_out(settings: Settings, clock: Clock, planned: RollBack, actor: Actor) -> Result:
    staging = Staging(settings.data_dir)
    with staging.alone():
        await asyncio.to_thread(staging.clear)
        is_done = False
        try:
            wanted = Wanted(
                token=secrets.token_hex(16),
                people="keep",
                actor=told_of(actor),
                roll_back=WantedStep(snapshot=planned.snapshot, step=planned.to_step),
            )
            await asyncio.to_thread(staging.put_wanted, wanted)
            if is_serving(settings):
                result = await result_of(staging, wanted.token, clock)
            else:
                result = await roll_back_now(settings, clock, within_s=_LEAVE_WITHIN_S)
            is_done = True
            return result
        finally:
            if not is_done and not staging.is_committed:
                await asyncio.to_thread(staging.drop)


def _told(
    taken: TakenSnapshot, meeting: Meeting, found: KeptAndLost, sentence: str, *, needed: bool
) -> RollBack:
    return RollBack(
        snapshot=taken.name,
        from_step=meeting.stored,
        to_step=taken.step,
        is_needed=needed,
        is_done=False,
        kept=found.kept,
        lost=found.lost,
        sentence=sentence,
    )


def _not_needed(taken: TakenSnapshot, meeting: Meeting) -> str:
    if meeting.stored == taken.step:
        return f"The tables are at step {taken.step}, as in the snapshot: nothing needs to change."
    return (
        f"The release of step {taken.step} works with the tables as they are, at step "
        f"{meeting.stored}: nothing needs to change, and nothing is lost."
    )


def _prune_in_thread(settings: Settings, keep: int, needed: Collection[str]) -> None:
    try:
        deployments = read_state(settings.releases_folder).deployments[-_AT_MOST_DEPLOYMENTS:]
        named = {each.backup.name for each in deployments if each.backup is not None}
        kept_snapshots.prune(settings.data_dir, keep=keep, needed={*needed, *named})
    except Unavailable:
        # Somebody takes another one at this moment, or nobody can tell which are needed: the next
        # one forgets.
        return
