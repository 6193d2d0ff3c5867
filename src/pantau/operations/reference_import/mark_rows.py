"""How far the history of a reference database is here, in and out of the database."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from pantau.db.database import Reading, Writing
from pantau.operations.reference_import.models import ImportMarkRow


async def marks_of(reading: Reading, origins: Mapping[str, str]) -> dict[str, int]:
    """Return the number of the last row that is here, by table; `origins` says of which hub."""
    found = await reading.session.execute(select(ImportMarkRow.__table__))
    marks = {(row.origin, row.table_name): row.up_to_id for row in found}
    return {table: marks.get((origin, table), 0) for table, origin in origins.items()}


async def put_mark(
    writing: Writing, *, origin: str, table: str, up_to_id: int, marked_at: datetime
) -> None:
    """Remember that everything up to `up_to_id` is here."""
    same = (ImportMarkRow.origin == origin, ImportMarkRow.table_name == table)
    await writing.session.execute(delete(ImportMarkRow).where(*same))
    await writing.session.execute(
        insert(ImportMarkRow).values(
            origin=origin, table_name=table, up_to_id=up_to_id, marked_at=marked_at
        )
    )
