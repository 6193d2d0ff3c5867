"""Notes of the worker, and who may delete, in and out of the database."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.recordings.rows import LeaseRow, NoteRow

CLOCK: Final = "clock"
STORAGE: Final = "storage"
ARCHIVE: Final = "archive"
"""Why the archive takes nothing; empty: it does."""


class LeaseState(NamedTuple):
    """Who has a lease, and until when by that one's clock."""

    holder: str
    until_ms: int


async def note(reading: Reading, name: str) -> tuple[str, datetime] | None:
    """Return what was noted under a name, and when."""
    query = select(NoteRow.text, NoteRow.noted_at).where(NoteRow.name == name)
    row = (await reading.session.execute(query)).first()
    return None if row is None else (row.text, row.noted_at)


async def save_note(writing: Writing, name: str, text: str, *, at: datetime) -> None:
    """Replace what was noted under a name."""
    values: dict[str, Any] = {"text": text, "noted_at": at}
    done = await writing.session.execute(
        update(NoteRow).where(NoteRow.name == name).values(values).returning(NoteRow.name)
    )
    if done.first() is None:
        await writing.session.execute(insert(NoteRow).values(name=name, **values))


async def lease(reading: Reading, name: str) -> LeaseState | None:
    """Return who has a lease."""
    query = select(LeaseRow.holder, LeaseRow.until_ms).where(LeaseRow.name == name)
    row = (await reading.session.execute(query)).first()
    return None if row is None else LeaseState(row.holder, int(row.until_ms))


async def take_lease(writing: Writing, name: str, state: LeaseState) -> None:
    """Give a lease to somebody, whoever had it."""
    values = state._asdict()
    done = await writing.session.execute(
        update(LeaseRow).where(LeaseRow.name == name).values(values).returning(LeaseRow.name)
    )
    if done.first() is None:
        await writing.session.execute(insert(LeaseRow).values(name=name, **values))


async def give_back(writing: Writing, name: str, holder: str) -> None:
    """Let go of a lease, if it is the holder's."""
    await writing.session.execute(
        delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder)
    )
