"""Looks through a whole database for damage."""

from typing import Final

from sqlalchemy import text

from pantau.core.errors import NotFound
from pantau.db.engines import plain_engine
from pantau.db.errors import translated_connecting
from pantau.db.place import Place

_MOST_FINDINGS: Final = 100


async def damage(place: Place) -> list[str]:
    """Return what is wrong, as sentences; nothing: it is sound.  Reads every page of a file.

    Of PostgreSQL, which looks after its own pages, only that it answers.  Raises NotFound when
    there is none, and Unavailable when it is away.
    """
    if place.file is not None and not place.file.exists():
        # Looking must not make one.
        raise NotFound("database.none", f"There is no database yet: {place.file} is missing.")
    with translated_connecting():
        async with plain_engine(place).connect() as connection:
            if place.file is None:
                await connection.execute(text("SELECT 1"))
                return []
            pages = await connection.scalars(text(f"PRAGMA integrity_check({_MOST_FINDINGS})"))
            found = [said for said in pages if said != "ok"]
            if found:
                return found
            orphans = await connection.execute(text("PRAGMA foreign_key_check"))
            return [
                f"Row {row[1]} of {row[0]} belongs to a row of {row[2]} that is not there."
                for row in orphans.fetchmany(_MOST_FINDINGS)
            ]
