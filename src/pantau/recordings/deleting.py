"""The only code that removes footage (lesson R11).

Every deletion is written down with its reason, then the files go, then the row: after a crash at
any instant the next one to come finds what was begun and ends it.  One file that cannot be deleted
stops no other (lesson R18).
"""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import PurePosixPath
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.db.database import Database, Reading
from pantau.media.archive.locks import is_being_written
from pantau.media.archive.naming import folder, index_key, video_key
from pantau.recordings import deletion_rows, hold_rows, keeping_repository
from pantau.recordings.deletion_rows import Pending
from pantau.recordings.keeping_values import Doomed, Extent, Footage
from pantau.recordings.lease import Lease
from pantau.recordings.models import Reason, Span
from pantau.recordings.retention import Keepers, is_held
from pantau.recordings.storage.base import Place, StorageError
from pantau.recordings.storage.local import LocalPlace
from pantau.recordings.storage.places import Places, is_there

log = structlog.get_logger()

MOST_AT_ONCE: Final = 200
_AGAIN_S: Final = 600.0
"""What cannot be deleted is tried again after so long."""
_MOST_REMEMBERED: Final = 20_000
_MOST_FAILURES: Final = 10
"""A place that refuses so many files in a row is not asked again in this batch."""
_DEADLINE_S: Final = 60.0
_TIDY_AFTER: Final = timedelta(days=2)
"""Nobody begins a file in the folder of a day so long ago."""
_ASKED: Final = frozenset({Reason.OPERATOR, Reason.EMPTY})
"""Somebody wants these and waits; the worker's own are chosen anew the next time."""


class _Ended(StrEnum):
    DONE = "done"
    VANISHED = "vanished"
    """Its file was not there before."""
    STAYS = "stays"
    """Nothing was touched: it is being written, or its disk is away or refuses."""
    HALF = "half"
    """Some of it went, or may go yet: its disk was told to and does not answer."""


@dataclass(slots=True)
class Outcome:
    """What came of a batch."""

    deleted: int = 0
    freed_bytes: Counter[str] = field(default_factory=Counter)
    """By place, as the catalogue says."""
    failed: int = 0
    is_mine: bool = True
    """False: another worker deletes; nothing was done."""

    def add(self, other: "Outcome") -> None:
        """Count another batch too."""
        self.deleted += other.deleted
        self.freed_bytes += other.freed_bytes
        self.failed += other.failed
        self.is_mine = self.is_mine and other.is_mine


class Deleter:
    """Deletes what others chose.  Loop only; one batch at a time."""

    def __init__(self, database: Database, *, places: Places, lease: Lease, clock: Clock) -> None:
        self._database = database
        self._places = places
        self.lease: Final = lease
        self._clock = clock
        self._batch = asyncio.Lock()
        self._failed_mono: dict[int, float] = {}

    @property
    def failing(self) -> frozenset[int]:
        """Numbers of segments that could not be deleted a moment ago."""
        now_mono = self._clock.mono_s()
        for number in [n for n, at in self._failed_mono.items() if now_mono - at >= _AGAIN_S]:
            del self._failed_mono[number]
        return frozenset(self._failed_mono)

    async def keepers(self, reading: Reading) -> Keepers:
        """Return what must stay at this moment."""
        held = await hold_rows.active(reading, at=self._clock.now())
        return Keepers(held=held, busy=self.failing)

    async def delete(self, doomed: Sequence[Doomed]) -> Outcome:
        """Delete at most `MOST_AT_ONCE` segments; whatever is held or open by now stays."""
        async with self._batch:
            async with self._database.write() as writing:
                if not await self.lease.is_mine(writing):
                    return Outcome(is_mine=False)
                numbers = [each.footage.id for each in doomed]
                there = await keeping_repository.by_number(writing, numbers)
                waiting = await deletion_rows.pending(writing, limit=len(numbers), numbers=numbers)
                noted = {each.segment_id for each in waiting}
                keepers = await self.keepers(writing)
                going = [
                    each
                    for each in doomed
                    if there.get(each.footage.id) == each.footage
                    and each.footage.id not in noted
                    and not keepers.keep(each.footage)
                ]
                at = self._clock.now()
                await deletion_rows.write_down(writing, going, actor="", at=at)
                numbers = [each.footage.id for each in going]
                begun = await deletion_rows.pending(writing, limit=len(numbers), numbers=numbers)
            return await self._carry_out(begun, {each.footage.id: each.footage for each in going})

    async def settle(self) -> Outcome:
        """End what was begun and not ended, and do what people asked for."""
        whole, after = Outcome(), 0
        while True:
            async with self._batch:
                async with self._database.read() as reading:
                    if not await self.lease.is_mine(reading):
                        return Outcome(is_mine=False)
                    begun = await deletion_rows.pending(reading, after=after, limit=MOST_AT_ONCE)
                    there = await keeping_repository.by_number(
                        reading, [each.segment_id for each in begun]
                    )
                    held = await hold_rows.active(reading, at=self._clock.now())
                if not begun:
                    return whole
                after = begun[-1].id
                failing = self.failing
                due = [each for each in begun if each.segment_id not in failing]
                whole.add(await self._carry_out(due, there, held=held, is_resumed=True))

    async def _carry_out(
        self,
        begun: Sequence[Pending],
        there: dict[int, Footage],
        *,
        held: dict[int, list[Span]] | None = None,
        is_resumed: bool = False,
    ) -> Outcome:
        outcome, ends = Outcome(), dict[int, _Ended]()
        away = await self._places_away()
        refusals: Counter[str] = Counter()
        for each in begun:
            footage = there.get(each.segment_id)
            holds = (held or {}).get(each.camera_id, ())
            if is_held(holds, Span(each.start_ms, each.end_ms)) and await self._is_whole(
                each, footage, away
            ):
                ends[each.id] = _Ended.STAYS
                continue
            end = await self._remove(each, footage, away, refusals)
            ends[each.id] = end
            if end in {_Ended.DONE, _Ended.VANISHED}:
                outcome.deleted += 1
                if footage is not None and each.extent is not Extent.ARCHIVED:
                    outcome.freed_bytes[each.place] += footage.size_bytes
            else:
                outcome.failed += 1
                self._remember(each.segment_id)
        await self._note(begun, ends, is_resumed=is_resumed, held=held or {})
        await self._tidy(each for each in begun if ends[each.id] is _Ended.DONE)
        self._tell(begun, ends)
        return outcome

    async def _note(
        self,
        begun: Sequence[Pending],
        ends: dict[int, _Ended],
        *,
        is_resumed: bool,
        held: dict[int, list[Span]],
    ) -> None:
        if not begun:
            return
        done = [each for each in begun if ends[each.id] in {_Ended.DONE, _Ended.VANISHED}]
        # After a crash nobody knows who took the file: we had written that we would.
        vanished = {
            each.id
            for each in done
            if ends[each.id] is _Ended.VANISHED and not is_resumed and each.reason not in _ASKED
        }
        dropped = [
            each.id
            for each in begun
            if ends[each.id] is _Ended.STAYS
            and (
                not (is_resumed or each.reason in _ASKED)
                or is_held(held.get(each.camera_id, ()), Span(each.start_ms, each.end_ms))
            )
        ]
        async with self._database.write(within_s=_DEADLINE_S) as writing:
            await deletion_rows.end(writing, done, vanished=vanished, at=self._clock.now())
            await deletion_rows.drop(writing, dropped)

    async def _remove(
        self,
        each: Pending,
        footage: Footage | None,
        away: frozenset[str],
        refusals: Counter[str],
    ) -> _Ended:
        """Remove what of a segment is to go, the video before its index."""
        touched = found = False
        for name in _places_of(each, footage):
            place = self._places.find(name)
            if place is None and each.reason is Reason.RETENTION:
                # Its time is long over, and nothing of the settings leads there any more.
                continue
            if place is None or name in away or refusals[name] >= _MOST_FAILURES:
                return _Ended.HALF if touched else _Ended.STAYS
            is_begun = False
            try:
                async with asyncio.timeout(_DEADLINE_S):
                    if await _is_open(place, each):
                        return _Ended.HALF if touched else _Ended.STAYS
                    # From here on it may go, also when nobody waits for the answer any more.
                    is_begun = True
                    found |= await place.delete(video_key(each.camera_id, each.start_ms))
                    touched = True
                    await place.delete(index_key(each.camera_id, each.start_ms))
            except (StorageError, TimeoutError) as error:
                refusals[name] += 1
                log.warning(
                    "recording_not_deleted",
                    camera=each.camera_id,
                    place=name,
                    cause=str(error) or "The disk does not answer.",
                )
                is_unsure = is_begun and isinstance(error, TimeoutError)
                return _Ended.HALF if touched or is_unsure else _Ended.STAYS
            refusals[name] = 0
        return _Ended.DONE if found else _Ended.VANISHED

    async def _is_whole(self, each: Pending, footage: Footage | None, away: frozenset[str]) -> bool:
        """Tell whether nothing of a segment went yet, as far as anybody can tell."""
        key = video_key(each.camera_id, each.start_ms)
        for name in _places_of(each, footage):
            place = self._places.find(name)
            if place is None or name in away:
                return True
            try:
                async with asyncio.timeout(_DEADLINE_S):
                    if await place.size(key) is None:
                        return False
            except (StorageError, TimeoutError):
                return True
        return True

    async def _places_away(self) -> frozenset[str]:
        """Return names of our folders that are not what they should be: nothing is lost there."""
        away = set()
        for place in self._places.local:
            try:
                async with asyncio.timeout(_DEADLINE_S):
                    is_away = not await place.in_thread(partial(is_there, place))
            except (StorageError, TimeoutError):
                is_away = True
            if is_away:
                away.add(place.name)
        return frozenset(away)

    async def _tidy(self, done: Iterable[Pending]) -> None:
        """Remove folders of days of which nothing is left."""
        long_ago_ms = round((self._clock.now() - _TIDY_AFTER).timestamp() * 1000)
        days = {
            (each.place, folder(each.camera_id, each.start_ms))
            for each in done
            if each.start_ms < long_ago_ms and each.extent is not Extent.ARCHIVED
        }
        for name, key in days:
            place = self._places.find(name)
            if isinstance(place, LocalPlace):
                with contextlib.suppress(StorageError, TimeoutError):
                    async with asyncio.timeout(_DEADLINE_S):
                        await place.in_thread(partial(_remove_empty_in_thread, place, key))

    def _remember(self, segment_id: int) -> None:
        if len(self._failed_mono) >= _MOST_REMEMBERED:
            self._failed_mono.pop(next(iter(self._failed_mono)))
        self._failed_mono[segment_id] = self._clock.mono_s()

    @staticmethod
    def _tell(begun: Sequence[Pending], ends: dict[int, _Ended]) -> None:
        counted = Counter(
            (each.reason.value, each.extent.value)
            for each in begun
            if ends[each.id] in {_Ended.DONE, _Ended.VANISHED}
        )
        for (reason, extent), segments in counted.items():
            log.info("recordings_deleted", reason=reason, extent=extent, segments=segments)


def _places_of(each: Pending, footage: Footage | None) -> list[str]:
    archived = None if footage is None else footage.archived_place
    is_local = footage is None or footage.is_local
    names = []
    if each.extent is not Extent.ARCHIVED and is_local:
        names.append(each.place)
    if each.extent is not Extent.LOCAL and archived is not None:
        names.append(archived)
    return names


async def _is_open(place: Place, each: Pending) -> bool:
    """Tell whether somebody writes the file, whatever its row says."""
    path = place.local_path(video_key(each.camera_id, each.start_ms))
    if path is None or not isinstance(place, LocalPlace):
        return False
    try:
        return await place.in_thread(partial(is_being_written, path))
    except StorageError as error:
        if error.is_gone:
            return False
        raise


def _remove_empty_in_thread(place: LocalPlace, day: PurePosixPath) -> None:
    with place.folder_in_thread(day.parent) as camera, contextlib.suppress(OSError):
        os.rmdir(day.name, dir_fd=camera)
