"""A hub that keeps footage: real files, their rows, and everything that decides about them."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select, text

from pantau.core.clock import Clock
from pantau.db.database import Database, Reading
from pantau.media.archive.naming import index_key, start_of, video_key
from pantau.recordings import deletion_rows, hold_rows, keeping_repository, repository
from pantau.recordings.age_clock import AgeClock
from pantau.recordings.deleting import Deleter
from pantau.recordings.disk_guard import DiskGuard
from pantau.recordings.guard import GuardRules
from pantau.recordings.keeper import Keeper, KeepRules, KeptCamera
from pantau.recordings.keeping_values import Deletion, Footage
from pantau.recordings.lease import Lease
from pantau.recordings.models import SegmentState, Span
from pantau.recordings.repository import Draft
from pantau.recordings.rows import SegmentRow
from pantau.recordings.storage.base import Place
from pantau.recordings.storage.local import LocalPlace
from pantau.recordings.storage.places import MARKER, Places, open_places
from tests.support.clock import HandWoundClock

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
SIZE: Final = 1_000
KEEP_HOURS: Final = 24


@dataclass
class Keep:
    """One worker; several of them on one database and its folders are several workers."""

    database: Database
    places: Places
    clock: HandWoundClock
    deleter: Deleter
    guard: DiskGuard
    ages: AgeClock
    keeper: Keeper
    cameras: list[KeptCamera] = field(default_factory=list)

    @property
    def now_ms(self) -> int:
        return round(self.clock.unix_s() * 1000)

    @property
    def root(self) -> Path:
        return self.places.local[0].root

    async def add(
        self,
        camera_id: int = 1,
        *,
        ago_h: float = 0.0,
        start_ms: int | None = None,
        minutes: float = 10,
        state: SegmentState = SegmentState.CLOSED,
        size_bytes: int = SIZE,
        place: int = 0,
        has_file: bool = True,
        archived: str | None = None,
    ) -> Footage:
        """Record something that ended `ago_h` hours ago, or begins at `start_ms`."""
        length_ms = round(minutes * MINUTE_MS)
        if start_ms is None:
            start_ms = self.now_ms - round(ago_h * HOUR_MS) - length_ms
        local = self.places.local[place]
        if has_file:
            write_files(local.root, camera_id, start_ms, size_bytes)
        draft = Draft(
            camera_id=camera_id,
            start_ms=start_ms,
            end_ms=start_ms + length_ms,
            duration_ms=length_ms,
            size_bytes=size_bytes,
            place=local.name,
            state=state,
            fragments=1,
        )
        async with self.database.write() as writing:
            await repository.insert_many(writing, [draft], at=self.clock.now())
            if archived is not None:
                await writing.session.execute(
                    text(
                        "UPDATE recording_segments SET archived_place = :place "
                        "WHERE camera_id = :camera AND start_ms = :start"
                    ),
                    {"place": archived, "camera": camera_id, "start": start_ms},
                )
        found = await self.rows(camera_id)
        return found[start_ms]

    async def hold(self, camera_id: int, span: Span, *, for_h: float | None = None) -> int:
        now = self.clock.now()
        async with self.database.write() as writing:
            return await hold_rows.add(
                writing,
                camera_id,
                span,
                reason="case 7",
                until_at=None if for_h is None else now + timedelta(hours=for_h),
                by="somebody",
                at=now,
            )

    async def rows(self, camera_id: int = 1) -> dict[int, Footage]:
        """Every row of a camera, by where it begins."""
        async with self.database.read() as reading:
            found = await keeping_repository.touching(
                reading, camera_id, Span(0, 2**50), limit=100_000
            )
            more = await keeping_repository.local_of(reading, camera_id, limit=100_000)
        return {each.start_ms: each for each in (*more, *found)}

    async def log(self) -> list[Deletion]:
        """Everything that is gone, the newest first."""
        async with self.database.read() as reading:
            return list((await deletion_rows.page(reading, limit=200)).rows)

    async def pending(self) -> int:
        async with self.database.read() as reading:
            return len(await deletion_rows.pending(reading, limit=100_000))

    async def count(self) -> int:
        async with self.database.read() as reading:
            query = select(func.count()).select_from(SegmentRow)
            return int(await reading.session.scalar(query) or 0)

    def has_file(self, footage: Footage, place: int = 0) -> bool:
        root = self.places.local[place].root
        return (root / video_key(footage.camera_id, footage.start_ms)).exists()

    def files(self, place: int = 0) -> set[tuple[int, int]]:
        """Camera and beginning of every video on a disk."""
        return files_below(self.places.local[place].root)


def archive_in(folder: Path) -> LocalPlace:
    """Return a place that is called archive; a folder, which an archive may be."""
    root = folder / "archive"
    root.mkdir()
    (root / MARKER).write_text(json.dumps({"name": "archive"}))
    return LocalPlace("archive", root)


def write_files(root: Path, camera_id: int, start_ms: int, size_bytes: int = SIZE) -> Path:
    """Write what a recorder leaves of one segment."""
    video = root / video_key(camera_id, start_ms)
    video.parent.mkdir(parents=True, exist_ok=True)
    video.write_bytes(bytes(size_bytes))
    (root / index_key(camera_id, start_ms)).write_bytes(b"index")
    return video


def files_below(root: Path) -> set[tuple[int, int]]:
    return {(int(file.parts[-3]), start_of(file.stem) or 0) for file in root.glob("*/*/*.mp4")}


@asynccontextmanager
async def keep(
    database: Database,
    folders: Sequence[Path],
    *,
    clock: HandWoundClock | None = None,
    others: Sequence[Place] = (),
    rules: Mapping[str, Any] | None = None,
    boot: str = "this",
    takes_lease: bool = True,
    has_archive: bool = False,
) -> AsyncIterator[Keep]:
    """Give one worker's parts; nothing runs by itself."""
    clock = clock or HandWoundClock()
    places = open_places(folders, *others)
    cameras: list[KeptCamera] = []
    one = worker(database, places, clock, cameras, rules=rules, boot=boot, has_archive=has_archive)
    try:
        if takes_lease:
            assert await one.deleter.lease.take()
        # Before there is any footage: nothing speaks against the clock.
        await one.ages.tick()
        yield one
    finally:
        places.close()


def worker(
    database: Database,
    places: Places,
    clock: HandWoundClock,
    cameras: list[KeptCamera],
    *,
    rules: Mapping[str, Any] | None = None,
    boot: str = "this",
    has_archive: bool = False,
) -> Keep:
    deleter = Deleter(database, places=places, lease=Lease(database, clock), clock=clock)
    guard_rules = {"reserve_bytes": 2**20, "low_hours": 4.0, "critical_hours": 1.0}
    guard = DiskGuard(
        database,
        places=places,
        deleter=deleter,
        rules=GuardRules(**{**guard_rules, **(rules or {})}),
        clock=clock,
    )

    async def cameras_now(_: Reading) -> Sequence[KeptCamera]:
        return cameras

    ages = AgeClock(database, clock=clock, boot=boot, is_synchronised=lambda: False)
    # The sleeps between batches are for others; a clock that stands still would never end them.
    keeper = Keeper(
        database,
        places=places,
        cameras=cameras_now,
        deleter=deleter,
        guard=guard,
        ages=ages,
        rules=KeepRules(keep_hours=KEEP_HOURS, archive_days=30, has_archive=has_archive),
        clock=_Hurried(clock),
    )
    return Keep(
        database=database,
        places=places,
        clock=clock,
        deleter=deleter,
        guard=guard,
        ages=ages,
        keeper=keeper,
        cameras=cameras,
    )


class _Hurried:
    """A clock on which sleeping takes no time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)

    async def sleep(self, duration_s: float) -> None:
        await self._clock.sleep(0)
