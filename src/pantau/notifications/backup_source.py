"""Backups as alerts see them; whoever makes them hands in how they went."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from pantau.core.clock import Clock
from pantau.db.changes import Topic
from pantau.db.database import Reading
from pantau.notifications.kinds import Kind
from pantau.notifications.seeing import Report
from pantau.notifications.values import Happening, Sight, Subject

_OVERDUE: Final = Subject(Kind.BACKUP_OVERDUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One backup that came to an end."""

    id: int
    is_good: bool
    at: datetime
    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupNews:
    """The last backups, the oldest first, and whether there should be a newer one."""

    ended: Sequence[Ended]
    is_overdue: bool


ReadNews: TypeAlias = Callable[[Reading, datetime], Awaitable[BackupNews]]


class BackupSource:
    """A failure is told once, however often it is tried again; every success is."""

    name: Final = "backups"
    topic: Final[Topic] = "backups"

    def __init__(self, read: ReadNews, clock: Clock) -> None:
        self._read = read
        self._clock = clock

    async def look(self, reading: Reading, watermark: str | None) -> Report:
        now = self._clock.now()
        news = await self._read(reading, now)
        report = Report(kinds=frozenset({Kind.BACKUP_OVERDUE}))
        report.sights[_OVERDUE] = Sight(
            subject=_OVERDUE, is_bad=news.is_overdue, since_at=now, facts={}
        )
        newest = max((each.id for each in news.ended), default=0)
        if watermark is None:
            report.watermark = str(newest)
            return report
        was_good = True
        for each in news.ended:
            if each.id > int(watermark) and (each.is_good or was_good):
                report.happenings.append(_happening(each))
            was_good = each.is_good
        report.watermark = str(max(newest, int(watermark)))
        return report


def _happening(ended: Ended) -> Happening:
    facts: dict[str, str | int | float] = {"name": ended.name}
    if ended.reason:
        facts["reason"] = ended.reason
    kind = Kind.BACKUP_DONE if ended.is_good else Kind.BACKUP_FAILED
    return Happening(kind=kind, key=str(ended.id), at=ended.at, facts=facts)
