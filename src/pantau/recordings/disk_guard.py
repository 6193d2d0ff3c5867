"""Watches the disks of footage and makes room: the oldest first, over all cameras of a disk."""

import asyncio
import os
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.recordings import keeping_repository
from pantau.recordings.deleting import MOST_AT_ONCE, Deleter
from pantau.recordings.guard import (
    Attempt,
    GuardRules,
    Judgement,
    Look,
    had_effect,
    is_filled_by_others,
    judged,
)
from pantau.recordings.keeping_values import Alarm, AlarmKind, Disk, Level
from pantau.recordings.models import Reason, SegmentState, Span
from pantau.recordings.retention import Misdated, is_named_wrong, to_free
from pantau.recordings.storage.base import StorageError
from pantau.recordings.storage.local import LocalPlace
from pantau.recordings.storage.places import Places, is_there

log = structlog.get_logger()

_ANSWER_S: Final = 10.0
_RATES_S: Final = 60.0
_RATE_HOURS: Final = (1, 6, 24)
_HOUR_S: Final = 3600
_OTHERS_EVERY_S: Final = 3600.0
_OTHERS_KEPT: Final = 24
_FIRST_PAUSE_S: Final = 60.0
_LONGEST_PAUSE_S: Final = 900.0
_FIRST: Final = (-(2**53), 0)
_ALARMS: Final[Mapping[Level, AlarmKind]] = {
    Level.UNKNOWN: AlarmKind.UNREADABLE,
    Level.GONE: AlarmKind.GONE,
    Level.RESERVE: AlarmKind.RESERVE,
    Level.CRITICAL: AlarmKind.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the file system says of one place."""

    total_bytes: int
    free_bytes: int
    is_read_only: bool
    device: int
    """Equal for places that share one file system."""


@dataclass(slots=True)
class _History:
    """What is remembered of one file system."""

    attempt: Attempt | None = None
    without_effect: int = 0
    paused_until_mono: float = 0.0
    others: deque[int] = field(default_factory=lambda: deque(maxlen=_OTHERS_KEPT))
    others_mono: float = float("-inf")
    nothing_left_bytes: int | None = None


class DiskGuard:
    """One look after the other.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        places: Places,
        deleter: Deleter,
        rules: GuardRules,
        clock: Clock,
    ) -> None:
        self._database = database
        self._places = places
        self._deleter = deleter
        self._rules = rules
        self._clock = clock
        self._histories: dict[int, _History] = {}
        self._rates: dict[str, float] = {}
        self._rates_mono = float("-inf")
        self._used: dict[str, int] = {}
        self.disks: tuple[Disk, ...] = ()
        """As of the last look."""
        self.alarms: tuple[Alarm, ...] = ()

    @property
    def unusable(self) -> frozenset[str]:
        """Names of our places from which nothing can be deleted at the moment."""
        bad = {Level.UNKNOWN, Level.GONE}
        return frozenset(
            disk.place for disk in self.disks if disk.level in bad or disk.is_read_only
        )

    def take_used(self, used: Mapping[str, int]) -> None:
        """Know how many bytes of footage lie on each place, by the catalogue."""
        self._used = dict(used)

    async def look(self, *, misdated: Sequence[Misdated] = (), may_delete: bool = True) -> None:
        """Look at every disk and make room where there is too little."""
        await self._measure_rates()
        found = {place.name: await self._inspect(place) for place in self._places.local}
        judgements: dict[str, Judgement] = {}
        alarms: list[Alarm] = []
        for device, names in _by_device(found).items():
            seen = self._seen(names, found)
            judgement = judged(seen, self._rules)
            judgements |= dict.fromkeys(names, judgement)
            history = self._histories.setdefault(device, _History())
            is_read_only = any(_is_read_only(found[name]) for name in names)
            if may_delete and not is_read_only:
                await self._make_room(history, names, seen, judgement, misdated)
            alarms += self._alarms(history, names, seen, judgement)
        disks = [self._disk(name, found[name], judgements.get(name)) for name in found]
        for disk in disks:
            alarms += _alarms_of(disk)
        self._tell(disks)
        self.disks, self.alarms = tuple(disks), tuple(alarms)

    async def _inspect(self, place: LocalPlace) -> Inspected | Level:
        """Return what is known of a place, or why nothing is."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await place.in_thread(partial(_inspected_in_thread, place))
        except (StorageError, TimeoutError) as error:
            is_gone = isinstance(error, StorageError) and error.is_gone
            return Level.GONE if is_gone else Level.UNKNOWN

    async def _measure_rates(self) -> None:
        now_mono = self._clock.mono_s()
        if now_mono - self._rates_mono < _RATES_S:
            return
        now_ms = round(self._clock.unix_s() * 1000)
        async with self._database.read() as reading:
            rates = await keeping_repository.being_written(reading)
            for hours in _RATE_HOURS:
                span = Span(now_ms - hours * _HOUR_S * 1000, now_ms)
                bytes_: Counter[str] = Counter()
                for each in await keeping_repository.written(reading, span):
                    bytes_[each.place] += each.size_bytes
                for place, size in bytes_.items():
                    rates[place] = max(rates.get(place, 0.0), size / (hours * _HOUR_S))
        self._rates, self._rates_mono = rates, now_mono

    def _seen(self, names: Sequence[str], found: Mapping[str, Inspected | Level]) -> Look:
        first = found[names[0]]
        assert isinstance(first, Inspected)
        return Look(
            total_bytes=first.total_bytes,
            free_bytes=first.free_bytes,
            footage_bytes=sum(self._used.get(name, 0) for name in names),
            bytes_per_s=sum(self._rates.get(name, 0.0) for name in names),
        )

    async def _make_room(
        self,
        history: _History,
        names: Sequence[str],
        seen: Look,
        judgement: Judgement,
        misdated: Sequence[Misdated],
    ) -> None:
        now_mono = self._clock.mono_s()
        if history.attempt is not None:
            has_effect = had_effect(history.attempt, seen, now_mono=now_mono)
            history.without_effect = 0 if has_effect else history.without_effect + 1
            history.attempt = None
            if history.without_effect:
                pause_s = _FIRST_PAUSE_S * 2 ** (history.without_effect - 1)
                history.paused_until_mono = now_mono + min(pause_s, _LONGEST_PAUSE_S)
        if not judgement.need_bytes:
            history.nothing_left_bytes, history.without_effect = None, 0
            return
        if now_mono < history.paused_until_mono:
            return
        freed = await self._free(names, judgement, misdated)
        missing = judgement.need_bytes - freed.total()
        history.nothing_left_bytes = missing if missing > 0 else None
        if freed:
            history.attempt = Attempt(seen.free_bytes, freed.total(), now_mono)
        for name, size in freed.items():
            # Counted anew now and then; until then as far as is known.
            self._used[name] = max(0, self._used.get(name, 0) - size)

    async def _free(
        self, names: Sequence[str], judgement: Judgement, misdated: Sequence[Misdated]
    ) -> Counter[str]:
        """Delete the oldest footage until it makes up what is needed; return how much by place."""
        is_low = judgement.level is Level.LOW
        reason = Reason.DISK_LOW if is_low else Reason.DISK_CRITICAL
        freed = Counter[str]()
        # What a clock that was behind has named looks oldest and is not: it comes last.
        for is_misdated in (False, True) if misdated else (False,):
            after = _FIRST
            while freed.total() < judgement.need_bytes:
                async with self._database.read() as reading:
                    batch = await keeping_repository.local_on(
                        reading, names, after=after, limit=MOST_AT_ONCE
                    )
                    keepers = await self._deleter.keepers(reading)
                fitting = [
                    each
                    for each in batch
                    if each.state is not SegmentState.MISSING
                    and is_named_wrong(each, misdated) == is_misdated
                ]
                wanted = judgement.need_bytes - freed.total()
                going = list(to_free(fitting, bytes_=wanted, reason=reason, keepers=keepers))
                if going:
                    outcome = await self._deleter.delete(going)
                    freed += outcome.freed_bytes
                    if not outcome.is_mine:
                        return freed
                if len(batch) < MOST_AT_ONCE:
                    break
                after = (batch[-1].end_ms, batch[-1].id)
        return freed

    def _alarms(
        self, history: _History, names: Sequence[str], seen: Look, judgement: Judgement
    ) -> list[Alarm]:
        now_mono, name = self._clock.mono_s(), names[0]
        if now_mono - history.others_mono >= _OTHERS_EVERY_S:
            history.others.append(seen.other_bytes)
            history.others_mono = now_mono
        alarms = []
        if is_filled_by_others(seen, level=judgement.level, other_bytes_before=history.others[0]):
            alarms.append(Alarm(AlarmKind.OTHER_FILES, name, seen.other_bytes))
        if history.without_effect > 1:
            alarms.append(Alarm(AlarmKind.NO_EFFECT, name, history.without_effect))
        if history.nothing_left_bytes is not None:
            alarms.append(Alarm(AlarmKind.NOTHING_LEFT, name, history.nothing_left_bytes))
        return alarms

    def _disk(self, name: str, found: Inspected | Level, judgement: Judgement | None) -> Disk:
        footage_bytes, rate = self._used.get(name, 0), self._rates.get(name, 0.0)
        if isinstance(found, Level) or judgement is None:
            return Disk(
                place=name,
                level=found if isinstance(found, Level) else Level.UNKNOWN,
                total_bytes=None,
                free_bytes=None,
                footage_bytes=footage_bytes,
                bytes_per_s=rate,
                hours_left=None,
            )
        return Disk(
            place=name,
            level=judgement.level,
            total_bytes=found.total_bytes,
            free_bytes=found.free_bytes,
            footage_bytes=footage_bytes,
            bytes_per_s=rate,
            hours_left=judgement.hours_left,
            is_read_only=found.is_read_only,
            volume=found.device,
        )

    def _tell(self, disks: Sequence[Disk]) -> None:
        before = {disk.place: disk for disk in self.disks}
        for disk in disks:
            was = before.get(disk.place)
            if was is None and disk.level is Level.OK and not disk.is_read_only:
                continue
            if was is None or (was.level, was.is_read_only) != (disk.level, disk.is_read_only):
                say = log.info if disk.level in {Level.OK, Level.LOW} else log.error
                say(
                    "recordings_disk_level",
                    place=disk.place,
                    level=disk.level.value,
                    read_only=disk.is_read_only,
                    free_bytes=disk.free_bytes,
                    hours_left=disk.hours_left and round(disk.hours_left, 1),
                )


def _inspected_in_thread(place: LocalPlace) -> Inspected:
    """Return what the file system says; raises OSError, FileNotFoundError for a disk that is away.

    A number that cannot be one counts as no answer.
    """
    if not is_there(place):
        raise FileNotFoundError(place.name)
    room = os.statvfs(place.root)
    if room.f_blocks <= 0 or room.f_frsize <= 0:
        raise OSError("the file system does not say how large it is")
    return Inspected(
        total_bytes=room.f_blocks * room.f_frsize,
        free_bytes=room.f_bavail * room.f_frsize,
        is_read_only=bool(room.f_flag & os.ST_RDONLY),
        device=place.root.stat().st_dev,
    )


def _by_device(found: Mapping[str, Inspected | Level]) -> dict[int, list[str]]:
    devices: dict[int, list[str]] = {}
    for name, each in found.items():
        if isinstance(each, Inspected):
            devices.setdefault(each.device, []).append(name)
    return devices


def _is_read_only(found: Inspected | Level) -> bool:
    return isinstance(found, Inspected) and found.is_read_only


def _alarms_of(disk: Disk) -> list[Alarm]:
    alarms = []
    if disk.level in _ALARMS:
        alarms.append(Alarm(_ALARMS[disk.level], disk.place, float(disk.free_bytes or 0)))
    if disk.is_read_only:
        alarms.append(Alarm(AlarmKind.READ_ONLY, disk.place))
    return alarms
