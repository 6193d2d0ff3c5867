"""Asks the database whether it is there, in a way that a dead one cannot answer."""

from typing import Final

from sqlalchemy import text

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.db.change_counters import COUNTED
from pantau.db.database import Database

_ASK: Final = text(COUNTED)
_TRY: Final = text("UPDATE change_counters SET value = value")
_TRY_WITHIN_S: Final = 1.0


class Liveness:
    """Reads a table that is always there, and writes to it while others could not.

    Of a file, also sees that it is still in its place.
    An open file goes on working after somebody removed or replaced it: everything that is written
    then is lost with the process.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._inode: int | None = None

    async def ask(self) -> float:
        """Return how many seconds the answer took; raises a Problem where there is none."""
        began_mono = self._clock.mono_s()
        async with self._database.read() as work:
            await work.session.execute(_ASK)
        file = self._database.place.file
        if file is not None:
            self._check_place(file.stat().st_ino if file.exists() else None)
        await self._check_writing()
        return self._clock.mono_s() - began_mono

    async def _check_writing(self) -> None:
        """Where somebody could not write, try it: a process that has nothing to write learns so."""
        outage = self._database.outage
        if outage.problem is None:
            return
        async with self._database.write(within_s=_TRY_WITHIN_S) as work:
            await work.session.execute(_TRY)
        if outage.problem is not None:
            raise Unavailable(outage.problem.code, outage.problem.sentence)

    def _check_place(self, inode: int | None) -> None:
        if self._inode is None:
            self._inode = inode
        if inode is None or inode != self._inode:
            raise Unavailable(
                "database.file_gone",
                "The file of the database was removed or replaced. Restart Pantau with the right "
                "file in its place.",
            )
