"""Announcements in and out of the database."""

from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.notices.models import AnnouncementRow
from pantau.notices.values import Announcement, Draft


async def every(reading: Reading) -> list[Announcement]:
    """Return all of them in the order in which they are shown."""
    row = AnnouncementRow
    found = await reading.session.scalars(select(row).order_by(row.position, row.id.desc()))
    return [_announcement(each) for each in found]


async def one(reading: Reading, number: int) -> Announcement | None:
    """Return one."""
    query = select(AnnouncementRow).where(AnnouncementRow.id == number)
    found = (await reading.session.scalars(query)).one_or_none()
    return None if found is None else _announcement(found)


async def add(writing: Writing, draft: Draft, *, at: datetime) -> int:
    """Add one; return its number."""
    values = {**asdict(draft), "created_at": at, "updated_at": at}
    added = await writing.session.execute(
        insert(AnnouncementRow).values(values).returning(AnnouncementRow.id)
    )
    writing.changed("notices")
    return added.scalar_one()


async def change(writing: Writing, number: int, draft: Draft, *, at: datetime) -> None:
    """Replace what somebody wrote."""
    await writing.session.execute(
        update(AnnouncementRow)
        .where(AnnouncementRow.id == number)
        .values({**asdict(draft), "updated_at": at})
    )
    writing.changed("notices")


async def remove(writing: Writing, number: int) -> None:
    """Delete one."""
    await writing.session.execute(delete(AnnouncementRow).where(AnnouncementRow.id == number))
    writing.changed("notices")


def _announcement(row: AnnouncementRow) -> Announcement:
    return Announcement(**{each.name: getattr(row, each.name) for each in fields(Announcement)})
