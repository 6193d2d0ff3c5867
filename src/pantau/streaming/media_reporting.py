"""The worker's side: writes down how the media server does, and compares it when somebody asks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.db.database import Database
from pantau.streaming import media_report_rows as rows
from pantau.streaming.media_reports import (
    MOST_FOREIGN,
    MOST_RECENT,
    Failure,
    MediaServerReport,
    Outcome,
    Trouble,
    outcome_text,
    report_from,
    report_text,
)
from pantau.streaming.reconciler import Sweep

WAIT_S: Final = 10.0
"""How long whoever asks waits for the worker."""
_SIGN_OF_LIFE_S: Final = 15.0
_MISSES: Final = 3
"""How often in a row the server must be silent before it counts as gone: it may be restarting."""


class Comparing(Protocol):
    """The part of the reconciler that is needed here."""

    async def sweep(self, *, is_forced: bool = False) -> Sweep:
        """Compare and correct once; raises Unavailable."""
        ...


@dataclass(slots=True)
class MediaReporting:
    """Keeps the report in the database true, and answers requests.  Loop only.

    Writes when something changed, and else a sign of life four times a minute.
    """

    database: Database
    clock: Clock
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _misses: int = 0
    _missed_at: datetime | None = None
    _report: MediaServerReport | None = None
    _kept: str = ""
    _last: Sweep | None = None

    def __post_init__(self) -> None:
        # Before the first look, so that no request falls in between.
        self.database.changes.on("streams", self._asked.set)

    def note(self, sweep: Sweep | None) -> None:
        """Take what a look at the server found; None: it did not answer."""
        now = self.clock.now()
        before = self._report or MediaServerReport(since_at=now)
        if sweep is None:
            self._misses += 1
            self._missed_at = self._missed_at or now
            if self._misses >= _MISSES and (before.is_reachable or self._report is None):
                self._tell(replace(before, is_reachable=False, since_at=self._missed_at))
            return
        self._misses, self._missed_at = 0, None
        if sweep is not self._last or not before.is_reachable:
            self._tell(_after(before, sweep, now, is_new=sweep is not self._last))
            self._last = sweep

    async def keep(self) -> None:
        """Write the report whenever it is another one; never returns."""
        await self._remember()
        while True:
            self._news.clear()
            await self._write()
            try:
                async with asyncio.timeout(_SIGN_OF_LIFE_S):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def answer(self, reconciler: Comparing) -> None:
        """Compare whenever somebody asks, once for all who wait; never returns."""
        while True:
            self._asked.clear()
            await self._answer(reconciler)
            await self._asked.wait()

    def _tell(self, report: MediaServerReport) -> None:
        if report != self._report:
            self._report = report
            self._news.set()

    async def _remember(self) -> None:
        """Go on where the worker before this one ended, so that what it corrected stays told."""
        async with self.database.read() as reading:
            kept = await rows.kept_report(reading)
        if kept is None:
            return
        self._kept = kept.report
        before = report_from(kept.report)
        if self._report is None:
            self._report = before
            return
        recent = (*self._report.recent, *before.recent)[:MOST_RECENT]
        is_same = before.is_reachable == self._report.is_reachable
        since_at = before.since_at if is_same else self._report.since_at
        self._tell(replace(self._report, recent=recent, since_at=since_at))

    async def _write(self) -> None:
        if self._report is None:
            return
        text = report_text(self._report)
        is_new = text != self._kept
        async with self.database.write() as writing:
            await rows.keep_report(writing, text if is_new else None, at=self.clock.now())
        self._kept = text

    async def _answer(self, reconciler: Comparing) -> None:
        since = self.clock.now() - timedelta(seconds=WAIT_S)
        async with self.database.read() as reading:
            asked = await rows.open_requests(reading, since=since)
        if not asked:
            return
        outcome = await self._compare(reconciler, is_forced=any(force for _, force in asked))
        async with self.database.write() as writing:
            numbers = [number for number, _ in asked]
            await rows.answer_requests(writing, numbers, outcome_text(outcome))

    async def _compare(self, reconciler: Comparing, *, is_forced: bool) -> Outcome:
        try:
            sweep = await reconciler.sweep(is_forced=is_forced)
        except Unavailable as problem:
            return Outcome(problem=Failure(problem.code, problem.sentence))
        self.note(sweep)
        return outcome_of(sweep)


def outcome_of(sweep: Sweep) -> Outcome:
    """Return what is told of a sweep to whoever asked for it."""
    added = sum(1 for each in sweep.corrections if each.what == "missing" and each.failure is None)
    return Outcome(
        version=sweep.server.version,
        desired=sweep.desired,
        added=added,
        changed=len(sweep.put) - added,
        deleted=len(sweep.deleted),
        unchanged=sweep.unchanged,
        foreign=len(sweep.foreign),
        troubles=_troubles(sweep.failed, sweep.cameras),
        took_s=round(sweep.took_s, 3),
    )


def _after(
    before: MediaServerReport, sweep: Sweep, now: datetime, *, is_new: bool
) -> MediaServerReport:
    recent = before.recent
    if is_new:
        # A path that is refused again and again is a trouble; it is told once, not at every look.
        known = {(each.path, each.failure) for each in before.recent if each.failure is not None}
        fresh = [
            each
            for each in sweep.corrections
            if (each.what != "forced" or each.failure is not None)
            and (each.failure is None or (each.path, each.failure) not in known)
        ]
        recent = (*reversed(fresh), *before.recent)[:MOST_RECENT]
    return MediaServerReport(
        kind="pantau" if sweep.is_ours else "mediamtx",
        version=sweep.server.version,
        started_at=sweep.server.started_at,
        is_reachable=True,
        since_at=before.since_at if before.is_reachable else now,
        desired=sweep.desired,
        present=len(sweep.put) + sweep.unchanged,
        troubles=_troubles(sweep.failed, sweep.cameras),
        foreign=sweep.foreign[:MOST_FOREIGN],
        foreign_count=len(sweep.foreign),
        recent=recent,
    )


def _troubles(failed: Mapping[str, Failure], cameras: Mapping[str, int]) -> tuple[Trouble, ...]:
    return tuple(
        Trouble(path=path, camera_id=cameras.get(path), failure=failure)
        for path, failure in sorted(failed.items())
    )
