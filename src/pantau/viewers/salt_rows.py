"""The secret of the day: made once, the same in every process, gone when the day is over."""

import secrets
from typing import Final

from sqlalchemy import delete, select

from pantau.core.clock import Clock
from pantau.core.sealing import Sealer
from pantau.db.database import Database
from pantau.viewers.models import VisitorSaltRow
from pantau.viewers.visitors import SALT_BYTES

_PURPOSE: Final = "viewers.salt"


class DailySalts:
    """The salts in the database: that of today, and none of days before."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def of(self, on_day: str) -> bytes:
        """Return the salt of `on_day`, such as 2026-03-01, and delete those of the days before."""
        table = VisitorSaltRow
        async with self._database.write() as work:
            sealed = await work.session.scalar(
                select(table.salt_sealed).where(table.on_day == on_day)
            )
            if sealed is None:
                salt = secrets.token_bytes(SALT_BYTES)
                sealed = self._sealer.seal(salt.hex(), _PURPOSE, on_day)
                work.session.add(
                    table(on_day=on_day, salt_sealed=sealed, made_at=self._clock.now())
                )
            # Later days stay: clocks of two machines, or a change of the zone, may disagree.
            await work.session.execute(delete(table).where(table.on_day < on_day))
        return bytes.fromhex(self._sealer.open(sealed, _PURPOSE, on_day))
