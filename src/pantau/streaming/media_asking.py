"""The web's side: reads the worker's report of the media server, and asks for a comparison."""

import asyncio
from datetime import timedelta
from typing import Final

from pantau.audit.actors import Actor
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.db.database import Database
from pantau.streaming import media_report_rows as rows
from pantau.streaming.media_reporting import WAIT_S
from pantau.streaming.media_reports import KeptReport, Outcome, outcome_from, report_from

_FORGET_AFTER: Final = timedelta(hours=1)
_SILENT: Final = (
    "The worker does not answer, so that nothing could be compared. Look at its log and start it."
)


class MediaServerDesk:
    """What web processes know and want of the media server.  Loop only."""

    def __init__(
        self, database: Database, *, trail: AuditTrail, clock: Clock, wait_s: float = WAIT_S
    ) -> None:
        self._database = database
        self._trail = trail
        self._clock = clock
        self._wait_s = wait_s
        self._waiting: set[asyncio.Event] = set()
        database.changes.on("streams", self._wake)

    async def report(self) -> KeptReport | None:
        """Return the worker's last report; None while there never was one."""
        async with self._database.read() as reading:
            row = await rows.kept_report(reading)
        if row is None:
            return None
        return KeptReport(
            report=report_from(row.report), changed_at=row.changed_at, seen_at=row.seen_at
        )

    async def compare(self, *, is_forced: bool, by: Actor) -> Outcome:
        """Have the worker compare and correct at once; return what came of it.

        Raises Unavailable when the worker does not answer in ten seconds or never did anything,
        and when the media server does not answer.
        """
        now = self._clock.now()
        async with self._database.write() as writing:
            number = await rows.add_request(
                writing, is_forced=is_forced, at=now, forget_before=now - _FORGET_AFTER
            )
        # Where no worker ever did its work, none is about to answer.
        outcome = None if await self.report() is None else await self._outcome(number)
        await self._record(outcome, is_forced=is_forced, by=by)
        if outcome is None:
            raise Unavailable("worker.silent", _SILENT)
        if outcome.problem is not None:
            raise Unavailable(outcome.problem.code, outcome.problem.sentence)
        return outcome

    async def _outcome(self, number: int) -> Outcome | None:
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            async with asyncio.timeout(self._wait_s):
                while True:
                    news.clear()
                    async with self._database.read() as reading:
                        text = await rows.outcome_of(reading, number)
                    if text is not None:
                        return outcome_from(text)
                    await news.wait()
        except TimeoutError:
            return None
        finally:
            self._waiting.discard(news)

    async def _record(self, outcome: Outcome | None, *, is_forced: bool, by: Actor) -> None:
        details: dict[str, object] = {"forced": is_forced}
        if outcome is None:
            details["problem"] = "worker.silent"
        elif outcome.problem is not None:
            details["problem"] = outcome.problem.code
        else:
            details |= {
                "added": outcome.added,
                "changed": outcome.changed,
                "deleted": outcome.deleted,
                "failed": len(outcome.troubles),
            }
        async with self._database.write() as writing:
            await self._trail.record(
                writing,
                by,
                AdminAction.MEDIA_SERVER_SYNCED,
                target="media server",
                details=details,
            )

    def _wake(self) -> None:
        for news in self._waiting:
            news.set()
