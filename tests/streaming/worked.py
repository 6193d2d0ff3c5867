"""A worker that worked before: where none ever did, nobody waits for an answer."""

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.streaming.media_report_rows import keep_report, kept_report
from pantau.streaming.media_reports import MediaServerReport, report_text


async def have_worked(database: Database, clock: Clock) -> None:
    """Leave the report of a worker, where there is none: a media server, nothing to say of it."""
    text = report_text(MediaServerReport(since_at=clock.now()))
    async with database.write() as writing:
        if await kept_report(writing) is not None:
            return
        await keep_report(writing, text, at=clock.now())
