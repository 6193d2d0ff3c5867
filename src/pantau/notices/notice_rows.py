"""What is said about cameras, in and out of the database."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from pantau.cameras.rows import CameraRow
from pantau.db.database import Reading, Writing
from pantau.notices.models import CameraNoticeRow
from pantau.notices.values import NoticeTexts, Scope

Key = tuple[Scope, int]


async def every(reading: Reading) -> dict[Key, NoticeTexts]:
    """Return everything that somebody wrote, by scope and number."""
    found = await reading.session.scalars(select(CameraNoticeRow))
    return {(row.scope, row.subject_id): _texts(row) for row in found}  # type: ignore[misc]  # the database checks the scope


async def one(reading: Reading, key: Key) -> NoticeTexts:
    """Return what somebody wrote about one scope."""
    row = CameraNoticeRow
    query = select(row).where(row.scope == key[0], row.subject_id == key[1])
    found = (await reading.session.scalars(query)).one_or_none()
    return NoticeTexts() if found is None else _texts(found)


async def put(writing: Writing, key: Key, texts: NoticeTexts, *, at: datetime) -> None:
    """Replace what is said about one scope."""
    row = CameraNoticeRow
    await writing.session.execute(delete(row).where(row.scope == key[0], row.subject_id == key[1]))
    if texts != NoticeTexts():
        await writing.session.execute(
            insert(row).values(
                scope=key[0],
                subject_id=key[1],
                owner=texts.owner,
                purpose=texts.purpose,
                retention=texts.retention,
                contact=texts.contact,
                updated_at=at,
            )
        )
    writing.changed("notices")


async def keep_hours(reading: Reading, *, default: int) -> Mapping[int, int]:
    """Return for how long the recordings of each camera that is recorded are kept."""
    row = CameraRow
    query = select(row.id, row.recording_duration_hours).where(
        row.enable_recording.is_(True), row.removed_at.is_(None)
    )
    found = await reading.session.execute(query)
    return {number: hours or default for number, hours in found}


def _texts(row: CameraNoticeRow) -> NoticeTexts:
    return NoticeTexts(
        owner=row.owner, purpose=row.purpose, retention=row.retention, contact=row.contact
    )
