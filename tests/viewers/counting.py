"""One web process that counts viewers on a real database, with a clock that a test winds."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from pantau.core.sealing import Sealer
from pantau.db.base import Base
from pantau.db.database import Database
from pantau.viewers.keeping import ViewKeeper
from pantau.viewers.presence import Around, Presence
from pantau.viewers.salt_rows import DailySalts
from pantau.viewers.service import Viewers
from pantau.viewers.visitors import Salted
from tests.support.clock import HandWoundClock

JAKARTA = ZoneInfo("Asia/Jakarta")


@dataclass
class Process:
    """What a web process has."""

    presence: Presence
    keeper: ViewKeeper
    viewers: Viewers
    clock: HandWoundClock
    database: Database

    async def pass_time(self, duration_s: float) -> None:
        """Let time pass as the service does: with sweeps and flushes."""
        for _ in range(int(duration_s // 5)):
            self.clock.wind(5)
            self.keeper.sweep()
        await self.keeper.flush()

    async def rows(self, table: type[Base]) -> list[Any]:
        """Return what is in the database."""
        async with self.database.read() as work:
            return list(await work.session.scalars(select(table)))


async def process_on(
    database: Database,
    sealer: Sealer,
    clock: HandWoundClock,
    *,
    around: Around | None = None,
    machine: str = "node-1",
) -> Process:
    """Return a process that may count."""
    presence = Presence(clock, salted=Salted(b"", ""), around=around)
    keeper = ViewKeeper(
        presence,
        database,
        salts=DailySalts(database, sealer, clock),
        zone=lambda: JAKARTA,
        camera_name=lambda camera_id: f"Camera {camera_id}",
        clock=clock,
        machine=machine,
    )
    await keeper.begin()
    viewers = Viewers(presence, database, clock=clock, zone=lambda: JAKARTA)
    return Process(presence, keeper, viewers, clock, database)
