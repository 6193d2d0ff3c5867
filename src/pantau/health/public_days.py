"""Ninety days as anybody may read them: of all public cameras, of each area, and of the hub."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from pantau.cameras.models import PublicCamera
from pantau.core.clock import Clock
from pantau.core.ids import CameraId
from pantau.health.figures import midnight
from pantau.health.long_days import LongDays
from pantau.health.uptime import Uptime, percent
from pantau.health.values import Alarm

_TOGETHER: Final = timedelta(minutes=30)
"""What falls again within that belongs to the same outage."""
_MOST_OUTAGES: Final = 30


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ninety days in per cent; None: nothing was measured."""

    days: tuple[float | None, ...] = ()
    whole: float | None = None
    """All of them together: seconds, not a mean of means."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Cameras of one area that were down and are back."""

    area_id: int | None
    area_name: str | None
    cameras: int
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class PublicDays:
    """The last ninety days of the site, today last."""

    days: tuple[date, ...] = ()
    cameras: Stretch = Stretch()
    """Of the time of all public cameras together."""
    hub: Stretch = Stretch()
    """Of the time in which we looked: the part without a fault of our own."""
    areas: Mapping[int | None, Stretch] | None = None
    outages: Sequence[Outage] = ()
    """Of the last week, the newest first."""


async def public_days(
    long: LongDays,
    cameras: Sequence[PublicCamera],
    alarms: Sequence[Alarm],
    *,
    zone: ZoneInfo,
    clock: Clock,
) -> PublicDays:
    """Add up what is public of `long`; lets others on the loop work between."""
    areas: dict[int | None, list[CameraId]] = {}
    for camera in cameras:
        areas.setdefault(camera.area_id, []).append(CameraId(camera.id))
    by_area = {area: await long.sum(members, clock) for area, members in areas.items()}
    every = [Uptime() for _ in long.days]
    for sums in by_area.values():
        for mine, other in zip(every, sums, strict=True):
            mine.join(other)
    return PublicDays(
        long.days,
        stretch(every),
        await _of_hub(long, alarms, zone, clock),
        {area: stretch(sums) for area, sums in by_area.items()},
        outages(long, cameras),
    )


def stretch(days: Sequence[Uptime]) -> Stretch:
    """Return days as per cent."""
    total = Uptime()
    for day in days:
        total.join(day)
    return Stretch(tuple(percent(day.share) for day in days), percent(total.share))


def outages(long: LongDays, cameras: Sequence[PublicCamera]) -> list[Outage]:
    """Return what was down for long and came back, joined by area."""
    found: dict[int | None, list[tuple[datetime, datetime, PublicCamera]]] = {}
    for camera in cameras:
        for began_at, ended_at in long.counted.of(CameraId(camera.id)).outages:
            found.setdefault(camera.area_id, []).append((began_at, ended_at, camera))
    every = [each for falls in found.values() for each in _joined(falls)]
    return sorted(every, key=lambda each: each.began_at, reverse=True)[:_MOST_OUTAGES]


def _joined(falls: list[tuple[datetime, datetime, PublicCamera]]) -> Iterator[Outage]:
    falls.sort(key=lambda fall: fall[0])
    began_at, ended_at, first = falls[0]
    members = {first.id}
    for begin, end, camera in falls[1:]:
        if begin > ended_at + _TOGETHER:
            yield Outage(first.area_id, first.area_name, len(members), began_at, ended_at)
            began_at, ended_at, members = begin, end, set()
        ended_at = max(ended_at, end)
        members.add(camera.id)
    yield Outage(first.area_id, first.area_name, len(members), began_at, ended_at)


async def _of_hub(long: LongDays, alarms: Sequence[Alarm], zone: ZoneInfo, clock: Clock) -> Stretch:
    """Return which part of the time in which we looked was without a fault of our own.

    We looked for as long as the camera that was measured longest; a day without any is unknown.
    """
    watched_s = [0.0 for _ in long.days]
    for number, camera_id in enumerate({*long.older, *long.counted.cameras}, 1):
        for day, uptime in enumerate(long.of(camera_id)):
            watched_s[day] = max(watched_s[day], uptime.up_s + uptime.down_s)
        if number % 100 == 0:
            await clock.sleep(0)
    edges = [midnight(day, zone).timestamp() for day in long.days]
    edges.append(midnight(long.days[-1] + timedelta(days=1), zone).timestamp())
    faults = _merged(alarms, long.counted.at)
    told = []
    for (begin_s, end_s), seen_s in zip(pairwise(edges), watched_s, strict=True):
        fault_s = sum(max(0.0, min(to, end_s) - max(at, begin_s)) for at, to in faults)
        known_s = min(end_s - begin_s, seen_s + fault_s)
        down_s = min(fault_s, known_s)
        told.append(Uptime(known_s - down_s, down_s))
    return stretch(told)


def _merged(alarms: Sequence[Alarm], now: datetime) -> list[tuple[float, float]]:
    """Return when anything was at fault, in seconds since 1970, without counting a time twice."""
    merged: list[tuple[float, float]] = []
    for alarm in sorted(alarms, key=lambda each: each.began_at):
        begin = alarm.began_at.timestamp()
        end = (alarm.ended_at or now).timestamp()
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged
