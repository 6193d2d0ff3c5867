"""Which steps there are, told from their file names: looking must not cost loading Alembic."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.core.errors import Unavailable
from pantau.db.reach import Reach, reach_of

STEPS: Final = Path(__file__).parent
"""What Alembic calls a script location: `env.py` and the folder `versions`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a database is, and how far this Pantau goes; None: it has no tables at all."""

    stored: str | None
    newest: str

    @classmethod
    def of_nothing(cls, steps: Path) -> Self:
        """Return the standing of a database that is not there."""
        return cls(None, known_revisions(steps)[-1])

    @property
    def is_newest(self) -> bool:
        """Tell whether the tables are exactly those of this Pantau."""
        return self.stored == self.newest

    @property
    def is_ahead(self) -> bool:
        """Tell whether a newer Pantau has added to them, in a way that lets this one go on."""
        return self.stored is not None and self.stored > self.newest

    @property
    def lacks_steps(self) -> bool:
        """Tell whether this Pantau cannot use the database before it has taken steps."""
        return self.stored is None or self.stored < self.newest


def known_revisions(steps: Path = STEPS) -> list[str]:
    """Return the numbers of all steps in order."""
    files = (steps / "versions").glob("[0-9]*.py")
    return sorted(file.name.partition("_")[0] for file in files)


async def standing_of(connection: AsyncConnection, steps: Path = STEPS) -> Standing:
    """Return where the database of `connection` stands.

    Raises Unavailable when a newer Pantau has changed its tables so that this one does not
    understand them.
    """
    known = known_revisions(steps)
    stored = await stored_step(connection)
    if stored is not None and stored not in known:
        reach = await reach_of(connection)
        if reach is None or stored < known[-1] or reach.oldest_release not in known:
            raise _newer(stored, known[-1], reach)
    return Standing(stored, known[-1])


def _newer(stored: str, newest: str, reach: Reach | None) -> Unavailable:
    understood = f", and need one that knows {reach.oldest_release}" if reach else ""
    return Unavailable(
        "database.newer",
        f"The database belongs to a newer Pantau: its tables are at step {stored}{understood}; "
        f"this one knows {newest}. Install the newer Pantau again, or run with it “pantau database "
        "roll-back” to the snapshot that was kept before its upgrade.",
    )


async def stored_step(connection: AsyncConnection) -> str | None:
    """Return how far the tables are, whoever knows of it; None: there are none."""
    is_sqlite = connection.dialect.name == "sqlite"
    is_there = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
        if is_sqlite
        else "SELECT count(to_regclass('alembic_version'))"
    )
    if not (await connection.execute(text(is_there))).scalar_one():
        return None
    found = await connection.execute(text("SELECT version_num FROM alembic_version"))
    stored: str | None = found.scalar_one_or_none()
    return stored
