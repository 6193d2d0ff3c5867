"""Where the database is: one SQLite file, or a PostgreSQL server with perhaps a replica."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from pantau.core.errors import Invalid
from pantau.settings import DATABASE_FILE

FILE_NAME: Final = DATABASE_FILE
_PARAMETERS: Final = {"host": "host", "port": "port", "sslmode": "ssl", "ssl": "ssl"}
"""What may follow the question mark of an address, and what the driver calls it."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address for the driver; `str()` hides the password."""

    url: URL
    read_url: URL | None = None
    """A replica for reading, where there is one."""
    file: Path | None = None
    """The file of a SQLite database; None: PostgreSQL."""

    @property
    def is_sqlite(self) -> bool:
        """Tell which of the two kinds it is."""
        return self.file is not None

    def __str__(self) -> str:
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)


def sqlite_place(file: Path) -> Place:
    """Return the place of a SQLite file, which need not be there yet."""
    return Place(URL.create("sqlite+aiosqlite", database=str(file.absolute())), file=file)


def place_of(url: str, read_url: str = "", *, data_dir: Path) -> Place:
    """Return the place that the settings name; an empty `url` is the file in the data folder.

    Raises Invalid when they cannot be used.
    """
    if not url:
        if read_url:
            raise Invalid(
                "database.address",
                "database.read_url needs database.url: a SQLite file has no replica.",
            )
        return sqlite_place(data_dir / FILE_NAME)
    first = _postgresql(url)
    replica = _postgresql(read_url) if read_url else first
    return Place(first, read_url=None if replica == first else replica)


def _postgresql(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Invalid("database.address", "The address of the database cannot be read.") from error
    unknown = sorted(set(parsed.query) - set(_PARAMETERS))
    if unknown:
        raise Invalid(
            "database.address",
            f"The address of the database has the parameter {unknown[0]}; "
            f"known are {', '.join(sorted(_PARAMETERS))}.",
        )
    renamed = {_PARAMETERS[name]: value for name, value in parsed.query.items()}
    return parsed.set(drivername="postgresql+asyncpg", query=renamed)
