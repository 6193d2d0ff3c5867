"""A worker that worked before: where none ever did, nobody waits for an answer."""

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.streaming.media_report_rows import keep_report, kept_report
from pantau.streaming.media_reports import MediaServerReport, report_text


async def have_worked(database: Database, clock: Clock) -> None:
    """Leave a report, where there is none, of a worker that found a media server and nothing to say about it."""
    text = report_text(MediaServerReport(since_at=clock.now()))
    async with database.write() as writing:
        if await kept_report(writing) is not None:
            return
        await keep_report(writing, text, at=clock.now())
