"""Which steps there are, told from their file names: looking must not cost loading Alembic."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.core.errors import Unavailable

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
        """Tell whether there is nothing to do."""
        return self.stored == self.newest


def known_revisions(steps: Path = STEPS) -> list[str]:
    """Return the numbers of all steps in order."""
    files = (steps / "versions").glob("[0-9]*.py")
    return sorted(file.name.partition("_")[0] for file in files)


async def standing_of(connection: AsyncConnection, steps: Path = STEPS) -> Standing:
    """Return where the database of `connection` stands.

    Raises Unavailable when a newer Pantau has changed its tables.
    """
    known = known_revisions(steps)
    stored = await _stored(connection)
    if stored is not None and stored not in known:
        raise Unavailable(
            "database.newer",
            f"The database belongs to a newer Pantau: its tables are at step {stored}, and this "
            f"one knows {known[-1]}. Install the newer Pantau again, or restore the backup that "
            "was made before its upgrade.",
        )
    return Standing(stored, known[-1])


async def _stored(connection: AsyncConnection) -> str | None:
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
