"""The numbers of rows: how far they have got, and keeping some back."""

from typing import Final

from sqlalchemy import Integer, bindparam, text

from pantau.db.database import Reading, Writing

_SQLITE_HIGHEST: Final = "SELECT seq FROM sqlite_sequence WHERE name = :table"
_SQLITE_RAISE: Final = "UPDATE sqlite_sequence SET seq = :number WHERE name = :table"
_SQLITE_BEGIN: Final = "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :number)"
_POSTGRESQL_HIGHEST: Final = """
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}
"""
_POSTGRESQL_SEQUENCE: Final = "SELECT pg_get_serial_sequence(:table, 'id')"
_POSTGRESQL_RAISE: Final = "SELECT setval(CAST(:sequence AS regclass), :number)"


async def highest_number(reading: Reading, table: str) -> int:
    """Return the highest number that `table` ever gave to a row; 0 for none.

    Only for tables that never give a number twice (`sqlite_autoincrement`).
    """
    session = reading.session
    if session.get_bind().dialect.name == "sqlite":
        return await session.scalar(text(_SQLITE_HIGHEST), {"table": table}) or 0
    sequence = await session.scalar(text(_POSTGRESQL_SEQUENCE), {"table": table})
    # The name comes from the catalogue of the database, quoted where it must be.
    return await session.scalar(text(_POSTGRESQL_HIGHEST.format(sequence=sequence))) or 0


async def reserve_numbers(writing: Writing, table: str, up_to: int) -> None:
    """Have `table` number its next row above `up_to`; needed after rows with chosen numbers."""
    highest = await highest_number(writing, table)
    if up_to <= highest:
        return
    session = writing.session
    number = bindparam("number", up_to, Integer)
    if session.get_bind().dialect.name == "sqlite":
        raised = await session.execute(text(_SQLITE_RAISE).bindparams(number, table=table))
        if not getattr(raised, "rowcount", 0):
            await session.execute(text(_SQLITE_BEGIN).bindparams(number, table=table))
        return
    sequence = await session.scalar(text(_POSTGRESQL_SEQUENCE), {"table": table})
    await session.execute(text(_POSTGRESQL_RAISE).bindparams(number, sequence=sequence))
