"""A worker that deletes what had its time, and kills itself before or after the nth file."""

import asyncio
import os
import signal
import sys
from pathlib import Path, PurePosixPath

from pantau.db.place import sqlite_place
from pantau.recordings.storage.local import LocalPlace
from pantau.recordings.storage.places import Places, open_places
from tests.recordings.keeping.house import worker
from tests.support.clock import HandWoundClock
from tests.support.database import opened


class Deadly(LocalPlace):
    """Ends this process at the nth deletion of a file."""

    def __init__(self, name: str, root: Path, *, when: str, nth: int) -> None:
        super().__init__(name, root)
        self._when = when
        self._left = nth

    async def delete(self, key: PurePosixPath) -> bool:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = await super().delete(key)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found


async def main(file: str, root: str, when: str, nth: str) -> None:
    name = open_places([Path(root)]).local[0].name
    places = Places([Deadly(name, Path(root), when=when, nth=int(nth))])
    async with opened(sqlite_place(Path(file))) as database:
        one = worker(database, places, HandWoundClock(), [])
        assert await one.deleter.lease.take()
        await one.keeper.pass_ages()


asyncio.run(main(*sys.argv[1:]))
