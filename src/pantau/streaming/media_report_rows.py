"""The tables through which the worker tells of the media server, and is asked to look at it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Boolean, Text, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime
from pantau.db.database import Reading, Writing

_ONLY = 1


class MediaServerReportRow(Base):
    """The worker's last report; there is one row at most."""

    __tablename__ = "media_server_reports"

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    report: Mapped[str] = mapped_column(Text)
    """JSON of `media_reports.MediaServerReport`."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the worker last found that it is still so."""


class MediaServerRequestRow(Base):
    """Somebody wants the media server compared at once."""

    __tablename__ = "media_server_requests"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    is_forced: Mapped[bool] = mapped_column(Boolean)
    outcome: Mapped[str | None] = mapped_column(Text)
    """JSON of `media_reports.Outcome`; nothing until the worker has done it."""


async def kept_report(reading: Reading) -> MediaServerReportRow | None:
    """Return the last report; nothing while no worker ever made one."""
    return await reading.session.get(MediaServerReportRow, _ONLY)


async def keep_report(writing: Writing, report: str | None, *, at: datetime) -> None:
    """Keep another report; None: the one that is there still holds."""
    values = {"seen_at": at} if report is None else {"report": report, "seen_at": at}
    if report is not None:
        values["changed_at"] = at
    renewed = await writing.session.execute(
        update(MediaServerReportRow)
        .where(MediaServerReportRow.id == _ONLY)
        .values(**values)
        .returning(MediaServerReportRow.id)
    )
    if renewed.first() is None and report is not None:
        await writing.session.execute(insert(MediaServerReportRow).values(id=_ONLY, **values))
    if report is not None:
        writing.changed("streams")


async def add_request(
    writing: Writing, *, is_forced: bool, at: datetime, forget_before: datetime
) -> int:
    """Ask the worker for a comparison; return the number of the request."""
    await writing.session.execute(
        delete(MediaServerRequestRow).where(MediaServerRequestRow.asked_at < forget_before)
    )
    added = await writing.session.execute(
        insert(MediaServerRequestRow)
        .values(asked_at=at, is_forced=is_forced)
        .returning(MediaServerRequestRow.id)
    )
    writing.changed("streams")
    return int(added.scalar_one())


async def open_requests(reading: Reading, *, since: datetime) -> Sequence[tuple[int, bool]]:
    """Return number and force of requests that nobody answered; older ones have given up."""
    found = await reading.session.execute(
        select(MediaServerRequestRow.id, MediaServerRequestRow.is_forced)
        .where(MediaServerRequestRow.outcome.is_(None), MediaServerRequestRow.asked_at >= since)
        .order_by(MediaServerRequestRow.id)
    )
    return [(number, is_forced) for number, is_forced in found]


async def answer_requests(writing: Writing, numbers: Sequence[int], outcome: str) -> None:
    """Tell whoever asked what came of it."""
    await writing.session.execute(
        update(MediaServerRequestRow)
        .where(MediaServerRequestRow.id.in_(numbers))
        .values(outcome=outcome)
    )
    writing.changed("streams")


async def outcome_of(reading: Reading, number: int) -> str | None:
    """Return what came of a request; nothing while the worker is at it."""
    return await reading.session.scalar(
        select(MediaServerRequestRow.outcome).where(MediaServerRequestRow.id == number)
    )
