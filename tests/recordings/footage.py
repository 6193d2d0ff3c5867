"""A hub's footage for tests: a database, folders, and what keeps the two in line."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.recordings import repository
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.disks import Disks
from pantau.recordings.indexing import Indexer
from pantau.recordings.models import FOREVER, Segment, SegmentState, Span
from pantau.recordings.repairing import Repairer
from pantau.recordings.repository import Known
from pantau.recordings.storage.places import Places, open_places

AT_MS = int(datetime(2026, 3, 1, 8, 0, tzinfo=UTC).timestamp() * 1000)
"""A moment of the day on which the hand-wound clock begins."""


@dataclass
class Events:
    """What a watcher heard."""

    closed: list[tuple[int, int]] = field(default_factory=list)
    crashed: list[tuple[int, int]] = field(default_factory=list)

    def segment_closed(self, camera_id: int, span: Span) -> None:
        self.closed.append((camera_id, span.to_ms))

    def recorder_crashed(self, camera_id: int, end_ms: int) -> None:
        self.crashed.append((camera_id, end_ms))


@dataclass
class Footage:
    """The parts of a worker that are about files."""

    database: Database
    places: Places
    clock: Clock
    indexer: Indexer
    repairer: Repairer
    catalogue: RecordingCatalogue
    events: Events
    emptied: list[Known]

    @property
    def root(self) -> Path:
        return self.places.local[0].root

    async def rows(self, camera_id: int = 1) -> dict[int, Segment]:
        """Every row of a camera, by where it begins."""
        async with self.database.read() as reading:
            found = await repository.segments(
                reading, camera_id, FOREVER, states=list(SegmentState)
            )
        return {each.start_ms: each for each in found}


async def eventually(condition: Callable[[], Awaitable[bool]], *, timeout_s: float) -> None:
    """Return as soon as `condition` is true; fail when it is not in time."""
    async with asyncio.timeout(timeout_s):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def footage(
    database: Database, folders: Sequence[Path], clock: Clock
) -> AsyncIterator[Footage]:
    """Give the parts for some folders; nothing runs by itself."""
    places = open_places(folders)
    disks, events, emptied = Disks(places), Events(), list[Known]()

    async def remove_empty(row: Known) -> None:
        emptied.append(row)

    try:
        yield Footage(
            database=database,
            places=places,
            clock=clock,
            indexer=Indexer(database, disks, clock, watcher=events),
            repairer=Repairer(database, disks, clock, remove_empty=remove_empty),
            catalogue=RecordingCatalogue(database, places, clock),
            events=events,
            emptied=emptied,
        )
    finally:
        places.close()
