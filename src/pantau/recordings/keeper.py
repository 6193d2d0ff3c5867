"""Keeps footage for as long as it should be and no longer: what the worker does, again and again.

Three loops: the disks every few seconds, ages and quotas every minute, and what people asked for at
once.  Only the worker that has the lease deletes; the others look.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.jobs import timed_job
from pantau.db.database import Database, Reading
from pantau.recordings import (
    deletion_rows,
    hold_rows,
    keeping_repository,
    keeping_rows,
    rule_rows,
)
from pantau.recordings.age_clock import AgeClock
from pantau.recordings.deleting import MOST_AT_ONCE, Deleter, Outcome
from pantau.recordings.disk_guard import DiskGuard
from pantau.recordings.keeping_repository import Used
from pantau.recordings.keeping_values import Alarm, AlarmKind, Doomed, Footage, Storage
from pantau.recordings.models import Reason
from pantau.recordings.retention import HOUR_MS, cutoff_ms, over_age, to_free
from pantau.recordings.storage.places import Places
from pantau.recordings.storage_note import storage_text

log = structlog.get_logger()

LOG_KEPT: Final = timedelta(days=90)
"""For how long it is told what was deleted, and which holds there were."""
_LOOK_EVERY_S: Final = 15.0
_AGES_EVERY_S: Final = 60.0
_QUOTAS_EVERY_S: Final = 300.0
_SETTLE_EVERY_S: Final = 30.0
_AT_MOST_EVERY_S: Final = 0.5
_EXPIRE_EVERY_S: Final = 3_600.0
_NOTE_EVERY_S: Final = 60.0
_LOST_PLACE_MS: Final = 7 * 24 * HOUR_MS
"""How long rows wait, after their time, for a disk that the settings do not name any more."""
_FUTURE_MS: Final = 24 * HOUR_MS
_BETWEEN_S: Final = 0.05
"""Others write too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCamera:
    """What is decided about a camera that is there."""

    id: int
    area_id: int | None
    keep_hours: int | None
    """None: what holds for the whole hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRules:
    """For how long footage is kept about which nothing else is said."""

    keep_hours: int
    """On our disks."""
    archive_days: int
    has_archive: bool = False
    """Whether finished files are copied to one."""


CamerasNow = Callable[[Reading], Awaitable[Sequence[KeptCamera]]]


class Keeper:
    """The worker's part.  Loop only; `run_…` never return."""

    def __init__(
        self,
        database: Database,
        *,
        places: Places,
        cameras: CamerasNow,
        deleter: Deleter,
        guard: DiskGuard,
        ages: AgeClock,
        rules: KeepRules,
        clock: Clock,
    ) -> None:
        self._database = database
        self._places = places
        self._cameras = cameras
        self._lease = deleter.lease
        self._deleter = deleter
        self._guard = guard
        self._ages = ages
        self._rules = rules
        self._clock = clock
        self._asked = asyncio.Event()
        self._over_quota_held = 0
        self._future = 0
        self._counted_mono = float("-inf")
        self._noted_mono = float("-inf")
        self._noted: Storage | None = None
        database.changes.on("recordings", self._asked.set)

    async def run_looks(self) -> None:
        """Watch clock and disks."""
        while True:
            with timed_job("recordings.disks", every_s=_LOOK_EVERY_S):
                await self.look()
            await self._clock.sleep(_LOOK_EVERY_S)

    async def run_ages(self) -> None:
        """Delete what had its time or is too much; let old entries of the log go."""
        expired_mono = float("-inf")
        while True:
            with timed_job("recordings.retention", every_s=_AGES_EVERY_S):
                expired_mono = await self._pass_all(expired_mono)
            await self._clock.sleep(_AGES_EVERY_S)

    async def _pass_all(self, expired_mono: float) -> float:
        """Pass what is due, if it is for us; return when the log was last passed."""
        if not await self._lease.take():
            return expired_mono
        await self.pass_ages()
        now_mono = self._clock.mono_s()
        if now_mono - self._counted_mono >= _QUOTAS_EVERY_S:
            await self.pass_quotas()
        if now_mono - expired_mono < _EXPIRE_EVERY_S:
            return expired_mono
        await self.expire_log()
        return now_mono

    async def run_wishes(self) -> None:
        """End what a crash left, and delete what people asked for within a second."""
        while True:
            self._asked.clear()
            if await self._lease.take():
                await self._deleter.settle()
            await self._clock.sleep(_AT_MOST_EVERY_S)
            try:
                async with asyncio.timeout(_SETTLE_EVERY_S):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Look once at clock and disks, make room, and note how it is."""
        is_mine = await self._lease.take()
        belief = await self._ages.tick()
        if self._counted_mono == float("-inf"):
            await self._count()
        await self._guard.look(misdated=belief.misdated, may_delete=is_mine)
        if is_mine:
            await self._note(belief.behind_ms / 1000)

    async def pass_ages(self) -> Outcome:
        """Delete everything that had its time; return what came of it."""
        belief = await self._ages.tick()
        now_ms = belief.now_ms
        async with self._database.read() as reading:
            cameras = {each.id: each for each in await self._cameras(reading)}
            oldest = await keeping_repository.oldest_local(reading)
            # Asked again for what is chosen, in the moment in which it goes.
            keepers = await self._deleter.keepers(reading)
        archived_before_ms = cutoff_ms(now_ms, self._rules.archive_days * 24)
        cutoffs = {
            number: cutoff_ms(now_ms, self._hours_of(cameras.get(number))) for number in oldest
        }
        whole, going = Outcome(), list[Doomed]()
        for number, start_ms in oldest.items():
            if start_ms >= cutoffs[number]:
                continue
            after_ms = start_ms - 1
            while True:
                async with self._database.read() as reading:
                    batch = await keeping_repository.local_of(
                        reading,
                        number,
                        before_ms=cutoffs[number],
                        after_ms=after_ms,
                        limit=MOST_AT_ONCE,
                    )
                going += over_age(
                    self._reachable(batch, cutoffs[number]),
                    before_ms=cutoffs[number],
                    archived_before_ms=archived_before_ms,
                    keepers=keepers,
                    misdated=belief.misdated,
                    is_copied=self._rules.has_archive,
                )
                # A few of each of many cameras are one batch too.
                while len(going) >= MOST_AT_ONCE:
                    if not await self._delete(going[:MOST_AT_ONCE], whole):
                        return whole
                    del going[:MOST_AT_ONCE]
                if len(batch) < MOST_AT_ONCE:
                    break
                after_ms = batch[-1].start_ms
        if not await self._delete(going, whole):
            return whole
        await self._pass_archive(cameras, now_ms, archived_before_ms, whole)
        return whole

    async def pass_quotas(self) -> Outcome:
        """Delete the oldest footage of cameras and areas that have more than they may."""
        used = await self._count()
        async with self._database.read() as reading:
            rules = await rule_rows.all_rules(reading)
            area_quotas = await hold_rows.area_quotas(reading)
            cameras = await self._cameras(reading)
        by_camera: Counter[int] = Counter()
        for each in used:
            by_camera[each.camera_id] += each.size_bytes
        whole, held = Outcome(), 0
        wanted = [
            ([number], each.quota_bytes, Reason.CAMERA_QUOTA)
            for number, each in rules.items()
            if each.quota_bytes is not None
        ] + [
            (
                [each.id for each in cameras if each.area_id == area_id],
                quota_bytes,
                Reason.AREA_QUOTA,
            )
            for area_id, quota_bytes in area_quotas.items()
        ]
        for numbers, quota_bytes, reason in wanted:
            over = sum(by_camera[number] for number in numbers) - quota_bytes
            if over > 0:
                done = await self._free_quota(numbers, over, reason, by_camera, whole)
                held += max(0, over - done)
        self._over_quota_held = held
        return whole

    async def expire_log(self) -> None:
        """Let go of what is too old to be told."""
        before_at = self._ages.now() - LOG_KEPT
        while True:
            async with self._database.write() as writing:
                gone = await deletion_rows.expire(writing, before_at=before_at)
                await hold_rows.forget_ended(writing, before_at=before_at)
            if not gone:
                return
            await self._clock.sleep(_BETWEEN_S)

    async def _pass_archive(
        self,
        cameras: Mapping[int, KeptCamera],
        now_ms: int,
        archived_before_ms: int,
        whole: Outcome,
    ) -> None:
        after = (-(2**53), 0)
        while True:
            async with self._database.read() as reading:
                batch = await keeping_repository.archived_before(
                    reading, archived_before_ms, after=after, limit=MOST_AT_ONCE
                )
                keepers = await self._deleter.keepers(reading)
            going: list[Doomed] = []
            for each in batch:
                before_ms = cutoff_ms(now_ms, self._hours_of(cameras.get(each.camera_id)))
                going += over_age(
                    [each] if self._places.find(each.archived_place or "") else [],
                    before_ms=before_ms,
                    archived_before_ms=archived_before_ms,
                    keepers=keepers,
                    misdated=self._ages.belief.misdated,
                )
            if not await self._delete(going, whole) or len(batch) < MOST_AT_ONCE:
                return
            after = (batch[-1].end_ms, batch[-1].id)

    async def _free_quota(
        self,
        numbers: Sequence[int],
        over: int,
        reason: Reason,
        by_camera: Counter[int],
        whole: Outcome,
    ) -> int:
        done, after = 0, (-(2**53), 0)
        while done < over:
            async with self._database.read() as reading:
                batch = await keeping_repository.local_of_cameras(
                    reading, numbers, after=after, limit=MOST_AT_ONCE
                )
                keepers = await self._deleter.keepers(reading)
            going = list(
                to_free(
                    self._reachable(batch, None),
                    bytes_=over - done,
                    reason=reason,
                    keepers=keepers,
                )
            )
            before = whole.freed_bytes.total()
            is_mine = await self._delete(going, whole)
            done += whole.freed_bytes.total() - before
            for each in going:
                by_camera[each.footage.camera_id] -= each.footage.size_bytes
            if not is_mine or len(batch) < MOST_AT_ONCE:
                break
            after = (batch[-1].end_ms, batch[-1].id)
        return done

    async def _delete(self, going: Sequence[Doomed], whole: Outcome) -> bool:
        """Delete a batch; return whether this worker is still the one that may."""
        if going:
            outcome = await self._deleter.delete(going)
            whole.add(outcome)
            await self._clock.sleep(_BETWEEN_S)
            return outcome.is_mine and await self._lease.take()
        return True

    def _reachable(self, batch: Sequence[Footage], before_ms: int | None) -> list[Footage]:
        """Return what lies where it can be deleted.

        What is named by no setting any more waits a week after its time, then its rows go.
        """
        unusable = self._guard.unusable
        return [
            each
            for each in batch
            if each.place not in unusable
            and (
                self._places.find(each.place) is not None
                or (before_ms is not None and each.end_ms < before_ms - _LOST_PLACE_MS)
            )
        ]

    def _hours_of(self, camera: KeptCamera | None) -> int:
        if camera is None or camera.keep_hours is None:
            return self._rules.keep_hours
        return camera.keep_hours

    async def _count(self) -> list[Used]:
        async with self._database.read() as reading:
            used = await keeping_repository.used(reading)
            self._future = await keeping_repository.count_after(
                reading, round(self._clock.unix_s() * 1000) + _FUTURE_MS
            )
        by_place: Counter[str] = Counter()
        for each in used:
            by_place[each.place] += each.size_bytes
        self._guard.take_used(by_place)
        self._counted_mono = self._clock.mono_s()
        return used

    async def _note(self, behind_s: float) -> None:
        """Tell web processes how it is: at once when it is different, else once a minute."""
        alarms = [*self._guard.alarms]
        if failing := len(self._deleter.failing):
            alarms.append(Alarm(AlarmKind.NOT_DELETED, amount=failing))
        if self._over_quota_held:
            alarms.append(Alarm(AlarmKind.HELD_OVER_QUOTA, amount=self._over_quota_held))
        if self._ages.is_doubted:
            alarms.append(Alarm(AlarmKind.CLOCK, amount=behind_s))
        if self._future:
            alarms.append(Alarm(AlarmKind.FUTURE, amount=self._future))
        now = Storage(
            disks=self._guard.disks,
            alarms=tuple(alarms),
            seen_at=self._clock.now(),
            clock_behind_s=behind_s,
        )
        is_news = self._noted is None or _gist(self._noted) != _gist(now)
        now_mono = self._clock.mono_s()
        if not is_news and now_mono - self._noted_mono < _NOTE_EVERY_S:
            return
        try:
            async with self._database.write() as writing:
                await keeping_rows.save_note(
                    writing, keeping_rows.STORAGE, storage_text(now), at=self._clock.now()
                )
                if is_news:
                    writing.changed("recordings")
        except Problem as problem:
            log.warning("recordings_storage_not_noted", reason=problem.code)
            return
        self._noted, self._noted_mono = now, now_mono


def _gist(storage: Storage) -> object:
    """Return what must be told at once when it changes."""
    return (
        [(disk.place, disk.level, disk.is_read_only) for disk in storage.disks],
        [(alarm.kind, alarm.place) for alarm in storage.alarms],
    )
