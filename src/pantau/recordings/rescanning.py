"""Builds the whole catalogue from the disks, also when its database was lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.db.numbers import reserve_numbers
from pantau.recordings import repository
from pantau.recordings.disks import Disks
from pantau.recordings.indexing import Indexer, Tally
from pantau.recordings.repairing import Repairer

_CAMERAS: Final = "cameras"
_MOST_ROUNDS: Final = 10_000

Tell = Callable[[str, int, int | None], None]
"""Told what is being done, how much of it is, and of how much; None: nobody knows."""


@dataclass(frozen=True, slots=True)
class Rescan:
    """What came of it."""

    tally: Tally
    repaired: int
    """How many files were put in order, or tried."""
    places_away: tuple[str, ...]
    """Folders that could not be looked at: nothing is known of what is in them."""


async def rescan(
    database: Database,
    disks: Disks,
    clock: Clock,
    *,
    tell: Tell = lambda _doing, _done, _total: None,
) -> Rescan:
    """Read every file, bring the rows in line, and try every damaged file once more.

    A worker may run meanwhile, and it may be done again at any time.  Numbers of cameras that
    have footage are never given to another camera from here on.
    """
    there = await disks.present()
    await _reserve(database, disks)
    indexer = Indexer(database, disks, clock)
    tally = await indexer.thorough(tell=lambda done, total: tell("reading", done, total))
    async with database.write() as writing:
        await repository.rearm_repairs(writing, now_ms=int(clock.unix_s() * 1000))
    repairer = Repairer(database, disks, clock)
    repaired = 0
    for _ in range(_MOST_ROUNDS):
        tried = await repairer.step()
        repaired += tried
        tell("repairing", repaired, None)
        if not tried:
            break
    return Rescan(tally, repaired, tuple(disks.away(there)))


async def _reserve(database: Database, disks: Disks) -> None:
    highest = 0
    for place in (await disks.present()).values():
        days = await disks.days(place)
        highest = max([highest, *(day.camera_id for day in days)])
    if highest:
        async with database.write() as writing:
            await reserve_numbers(writing, _CAMERAS, highest)
