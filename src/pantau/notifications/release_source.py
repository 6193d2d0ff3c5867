"""Releases as alerts see them; whoever deploys and watches hands in how they went."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from pantau.core.clock import Clock
from pantau.db.changes import Topic
from pantau.db.database import Reading
from pantau.notifications.kinds import Kind
from pantau.notifications.seeing import Report
from pantau.notifications.values import Happening, Sight, Subject

LOOK: Final = "monitor"
BACK: Final = "roll_back"
_SUBJECTS: Final = {each: Subject(Kind.RELEASE, each) for each in (LOOK, BACK)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A deploy whose release does not run any more."""

    id: str
    name: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseNews:
    """What the watch under way says last, and which releases were taken back, oldest first."""

    name: str = ""
    action: Literal["keep", "monitor", "roll_back"] | None = None
    """None: nothing is watched, or it was not judged yet."""
    since_at: datetime | None = None
    taken_back: Sequence[TakenBack] = ()


ReadReleases: TypeAlias = Callable[[], Awaitable[ReleaseNews]]


class ReleaseSource:
    """Tells when a verdict becomes another one, and each release that was taken back, once."""

    name: Final = "releases"
    topic: Final[Topic] = "notifications"

    def __init__(self, read: ReadReleases, clock: Clock) -> None:
        self._read = read
        self._clock = clock

    async def look(self, reading: Reading, watermark: str | None) -> Report:  # noqa: ARG002
        news = await self._read()
        report = Report(kinds=frozenset({Kind.RELEASE}))
        if news.action is not None:
            self._see(news, news.action, report)
        newest = max((each.at for each in news.taken_back), default=self._clock.now())
        if watermark is None:
            # What was before the first look is no news.
            report.watermark = newest.isoformat()
            return report
        known_at = datetime.fromisoformat(watermark)
        for each in news.taken_back:
            if each.at > known_at:
                report.happenings.append(_happening(each))
                report.watermark = each.at.isoformat()
        return report

    def _see(self, news: ReleaseNews, action: str, report: Report) -> None:
        """Say which of the two alarms holds; the other one is over only once all is well."""
        now = self._clock.now()
        for name, subject in _SUBJECTS.items():
            if action not in {"keep", name}:
                report.unsure.add(subject)
                continue
            report.sights[subject] = Sight(
                subject=subject,
                is_bad=action == name,
                since_at=news.since_at or now,
                cause=name if action == name else "",
                facts={"name": news.name} if action == name else {},
            )


def _happening(taken_back: TakenBack) -> Happening:
    facts: dict[str, str | int | float] = {"name": taken_back.name}
    if taken_back.reason:
        facts["reason"] = taken_back.reason
    return Happening(kind=Kind.RELEASE_BACK, key=taken_back.id, at=taken_back.at, facts=facts)
