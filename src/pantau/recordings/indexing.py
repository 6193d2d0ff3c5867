"""Keeps the catalogue in line with the disks, in the worker: what lies there is the evidence.

Level-triggered: every pass compares folders with rows and needs to know nothing of what happened
before (lessons R28, R30).  Nothing is deleted here, and one file's trouble is its own.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import structlog

from pantau.core.clock import Clock
from pantau.core.jobs import timed_job
from pantau.db.database import Database
from pantau.recordings import repository
from pantau.recordings.disks import Disks
from pantau.recordings.models import EndCause, SegmentState, Span
from pantau.recordings.repository import WRITE_ERRORS, Draft, Known
from pantau.recordings.sightings import DAY_MS, Day, Found, Listing, Look
from pantau.recordings.storage.local import LocalPlace

log = structlog.get_logger()

EVERY_S: Final = 5.0
THOROUGH_EVERY_S: Final = 3_600.0
_FOLDERS_AT_ONCE: Final = 20
"""Of a thorough pass, between two looks at what is fresh."""
_MOST_OPEN: Final = 2_000
_SETTLED_NS: Final = 3 * 1_000_000_000
"""A folder that changed a moment ago may change again within the same tick of its clock."""
_EMPTY_AFTER_MS: Final = 60_000


class Watcher(Protocol):
    """Who wants to know what becomes of recordings; must not block."""

    def segment_closed(self, camera_id: int, span: Span) -> None:
        """Hear that a file was closed as it should be."""
        ...

    def recorder_crashed(self, camera_id: int, end_ms: int) -> None:
        """Hear that nobody closed a file that was being written."""
        ...


class Nobody:
    """Wants to know nothing."""

    def segment_closed(self, camera_id: int, span: Span) -> None:
        pass

    def recorder_crashed(self, camera_id: int, end_ms: int) -> None:
        pass


@dataclass(slots=True)
class Tally:
    """What a pass did."""

    folders: int = 0
    files: int = 0
    added: int = 0
    revised: int = 0
    missing: int = 0
    foreign: int = 0
    failed: int = 0
    """Rows that could not be written; each is tried again by the next pass."""


Tell = Callable[[int, int], None]
"""Told how many folders of how many are done."""


@dataclass(slots=True)
class Indexer:
    """Loop only; files are looked at in threads of their places."""

    database: Database
    disks: Disks
    clock: Clock
    watcher: Watcher = field(default_factory=Nobody)
    every_s: float = EVERY_S
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _seen_ns: dict[tuple[str, Day], int] = field(default_factory=dict)
    _left: deque[tuple[LocalPlace, Day]] = field(default_factory=deque)
    _thorough_mono: float = float("-inf")
    _told: frozenset[str] = frozenset()

    def wake(self) -> None:
        """Look at once."""
        self._awake.set()

    async def run(self) -> None:
        """Look again and again, at everything now and then; never returns."""
        while True:
            self._awake.clear()
            with timed_job("recordings.indexing", every_s=self.every_s):
                await self.look()
            is_due = self.clock.mono_s() - self._thorough_mono >= THOROUGH_EVERY_S
            if not self._left and is_due:
                self._thorough_mono = self.clock.mono_s()
                self._left.extend(await self._everything())
            if self._left:
                await self._go_on()
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.every_s):
                    await self._awake.wait()

    async def look(self) -> Tally:
        """Compare what is fresh: open rows, and today's folders where names have changed."""
        tally = Tally()
        await self._look_at_open(tally)
        today = self._now_ms() // DAY_MS
        for place in (await self.disks.present()).values():
            # Tomorrow's too: clocks of disks and of ours may be apart.
            changed = await self.disks.fresh(place, (today + 1, today, today - 1))
            for day, changed_ns in changed.items():
                await self._look_at_fresh(place, day, changed_ns, tally)
        return tally

    async def thorough(self, *, tell: Tell = lambda _done, _total: None) -> Tally:
        """Compare every folder with its rows, and read every file again."""
        tally = Tally()
        await self._look_at_open(tally)
        folders = await self._everything()
        for done, (place, day) in enumerate(folders):
            tell(done, len(folders))
            await self._compared(place, day, tally, is_thorough=True)
        tell(len(folders), len(folders))
        return tally

    async def _go_on(self) -> None:
        """Do some of a thorough pass, so that what is fresh never waits for it (lesson R14)."""
        tally = Tally()
        for _ in range(min(_FOLDERS_AT_ONCE, len(self._left))):
            place, day = self._left.popleft()
            await self._compared(place, day, tally)
            await self.clock.sleep(0)
        if tally.added or tally.missing:
            log.info("recordings_indexed", added=tally.added, missing=tally.missing)

    async def _everything(self) -> list[tuple[LocalPlace, Day]]:
        """Return every folder that there is on a disk or in a row, the newest days first."""
        there = await self.disks.present()
        async with self.database.read() as reading:
            known = await repository.days_known(reading, day_ms=DAY_MS)
        days = {(name, Day(camera_id, number)) for name, camera_id, number in known}
        for name, place in there.items():
            days |= {(name, day) for day in await self.disks.days(place)}
        ordered = sorted(days, key=lambda each: (-each[1].number, each[1].camera_id, each[0]))
        return [(there[name], day) for name, day in ordered if name in there]

    async def _look_at_open(self, tally: Tally) -> None:
        async with self.database.read() as reading:
            rows = await repository.unsettled(reading, SegmentState.OPEN, limit=_MOST_OPEN)
        there = await self.disks.present()
        for name, place in there.items():
            own = [row for row in rows if row.place == name and row.is_local]
            # Of most nothing is new: they are asked for together.
            files = [(row.camera_id, row.start_ms) for row in own]
            busy = await self.disks.being_written(place, files)
            for row in own:
                if (row.camera_id, row.start_ms) not in busy:
                    await self._settle(place, row, tally)

    async def _settle(self, place: LocalPlace, row: Known, tally: Tally) -> None:
        look = await self.disks.looked_at(place, row.camera_id, row.start_ms)
        if look is None or look.found in {Found.WRITING, Found.UNREADABLE}:
            return
        if look.found is Found.GONE:
            await self._note_missing(row, tally)
            return
        await self._revise(row, look, tally)

    async def _look_at_fresh(
        self, place: LocalPlace, day: Day, changed_ns: int, tally: Tally
    ) -> None:
        at = (place.name, day)
        if self._seen_ns.get(at) == changed_ns:
            return
        await self._compared(place, day, tally)
        self._seen_ns.pop(at, None)
        if self.clock.unix_s() * 1e9 - changed_ns > _SETTLED_NS:
            self._seen_ns[at] = changed_ns
        while len(self._seen_ns) > 2 * _MOST_OPEN:
            self._seen_ns.pop(next(iter(self._seen_ns)))

    async def _compared(
        self, place: LocalPlace, day: Day, tally: Tally, *, is_thorough: bool = False
    ) -> None:
        """Bring the rows of one folder in line with its files."""
        async with self.database.read() as reading:
            known = await repository.known_between(reading, day.camera_id, day.span)
        # Rows before files: what is in neither list was never there.
        listing = await self.disks.listed(place, day)
        if listing is None:
            return
        tally.folders += 1
        tally.files += len(listing.videos)
        tally.foreign += listing.foreign
        rows = {row.start_ms: row for row in known}
        await self._add(place, day, [at for at in listing.videos if at not in rows], tally)
        for row in known:
            await self._compare(place, row, listing, tally, is_thorough=is_thorough)

    async def _add(self, place: LocalPlace, day: Day, starts: Iterable[int], tally: Tally) -> None:
        looks = [
            look
            for start_ms in sorted(starts, reverse=True)
            if (look := await self.disks.looked_at(place, day.camera_id, start_ms)) is not None
            and look.found is not Found.GONE
        ]
        if not looks:
            return
        added = await self._insert([self._armed(look) for look in looks], tally)
        tally.added += added
        for look in looks if added else ():
            self._tell(look)

    async def _insert(self, drafts: Sequence[Draft], tally: Tally) -> int:
        """Write rows together; where that fails each alone, so that one spoils no other (R18)."""
        at = self.clock.now()
        try:
            async with self.database.write() as writing:
                return await repository.insert_many(writing, drafts, at=at)
        except WRITE_ERRORS:
            added = 0
            for draft in drafts:
                try:
                    async with self.database.write() as writing:
                        added += await repository.insert_many(writing, [draft], at=at)
                except WRITE_ERRORS as error:
                    self._failed(draft.camera_id, draft.start_ms, error, tally)
            return added

    async def _compare(
        self, place: LocalPlace, row: Known, listing: Listing, tally: Tally, *, is_thorough: bool
    ) -> None:
        sighting = listing.videos.get(row.start_ms)
        if not row.is_local:
            return
        if sighting is None:
            if row.place == place.name and row.state is not SegmentState.MISSING:
                await self._note_missing(row, tally)
            return
        if row.place != place.name and not await self._has_left(row):
            return
        is_other = row.place != place.name or row.state is SegmentState.MISSING
        is_closed = row.state is SegmentState.CLOSED
        is_odd = is_closed and (sighting.size_bytes != row.size_bytes or not sighting.has_index)
        if is_other or is_odd or (is_thorough and row.state is not SegmentState.OPEN):
            look = await self.disks.looked_at(place, row.camera_id, row.start_ms)
            if look is not None and look.found not in {Found.GONE, Found.UNREADABLE}:
                await self._revise(row, look, tally)

    async def _has_left(self, row: Known) -> bool:
        """Tell whether the file of a row is not in its place any more; not knowing is a no.

        What the settings name no more is no place: a disk may have got another name.
        """
        if not self.disks.is_known(row.place):
            return True
        place = (await self.disks.present()).get(row.place)
        if place is None:
            return False
        look = await self.disks.looked_at(place, row.camera_id, row.start_ms)
        return look is not None and look.found is Found.GONE

    async def _revise(self, row: Known, look: Look, tally: Tally) -> None:
        draft = self._armed(look)
        if row.state is SegmentState.DAMAGED and draft.state is SegmentState.DAMAGED:
            # How often it was tried is not forgotten because somebody looked.
            draft = replace(draft, attempts=row.attempts, next_attempt_ms=row.next_attempt_ms)
        if _says(row, draft):
            return
        try:
            async with self.database.write() as writing:
                is_done = await repository.revise(writing, row.id, row.state, draft)
        except WRITE_ERRORS as error:
            self._failed(row.camera_id, row.start_ms, error, tally)
            return
        if is_done:
            tally.revised += 1
            if row.state is SegmentState.OPEN:
                self._tell(look)

    async def _note_missing(self, row: Known, tally: Tally) -> None:
        try:
            async with self.database.write() as writing:
                is_done = await repository.note_state(
                    writing, row.id, row.state, SegmentState.MISSING
                )
        except WRITE_ERRORS as error:
            self._failed(row.camera_id, row.start_ms, error, tally)
            return
        if is_done:
            tally.missing += 1
            log.warning("recording_missing", camera=row.camera_id, start_ms=row.start_ms)

    def _armed(self, look: Look) -> Draft:
        """Return the row of a file; a damaged one is repaired as soon as it can be."""
        if look.draft.state is not SegmentState.DAMAGED:
            return look.draft
        wait_ms = _EMPTY_AFTER_MS if look.found is Found.EMPTY else 0
        return replace(look.draft, next_attempt_ms=self._now_ms() + wait_ms)

    def _tell(self, look: Look) -> None:
        draft = look.draft
        if look.found is Found.CLOSED and draft.cause is not EndCause.CRASHED:
            self.watcher.segment_closed(draft.camera_id, Span(draft.start_ms, draft.end_ms))
        elif look.found is Found.CRASHED:
            self.watcher.recorder_crashed(draft.camera_id, draft.end_ms)

    def _failed(self, camera_id: int, start_ms: int, error: Exception, tally: Tally) -> None:
        tally.failed += 1
        log.error(
            "recording_not_indexed",
            camera=camera_id,
            start_ms=start_ms,
            error=type(error).__name__,
        )

    def _now_ms(self) -> int:
        return int(self.clock.unix_s() * 1000)


def _says(row: Known, draft: Draft) -> bool:
    """Tell whether a row says what a file is."""
    return (
        row.state is draft.state
        and row.size_bytes == draft.size_bytes
        and row.end_ms == draft.end_ms
        and row.fragments == draft.fragments
        and row.place == draft.place
    )
