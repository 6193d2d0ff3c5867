"""The database file of a reference installation, opened so that nothing about it changes."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

_HEADER: Final = b"SQLite format 3\x00"
_WAL: Final = 2
"""What the header's version byte says of a file with a write-ahead log."""
_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "users": frozenset({"username", "password_hash", "role"}),
    "cameras": frozenset({"name", "private_rtsp_url"}),
    "areas": frozenset({"name"}),
    "settings": frozenset({"key", "value"}),
}
"""By these tables and columns a reference database is recognised."""
_BATCH: Final = 500


class UnusableFileError(Exception):
    """The file cannot be imported from; the message says why and what to do."""


class ReferenceFile:
    """One consistent view of all tables, whatever the old server writes meanwhile.

    Blocks: for a process that does nothing else.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
            " ESCAPE '\\'"
        )
        self.tables: Final = frozenset(name for (name,) in found)

    def count(self, table: str, *, up_to_id: int | None = None) -> int:
        """Return how many rows `table` has; with `up_to_id` only those up to that number."""
        where = "" if up_to_id is None else f" WHERE id <= {up_to_id:d}"
        return self._number(table, f"count(*) FROM {_quoted(table)}{where}")

    def last_id(self, table: str) -> int:
        """Return the highest number of its rows; 0 where there are none."""
        return self._number(table, f"coalesce(max(id), 0) FROM {_quoted(table)}")

    def rows(self, table: str, *, after_id: int | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of `table` in the order of their making; none where it is not there.

        With `after_id` only those whose number is above it.
        """
        if table not in self.tables:
            return
        where, values = ("", ()) if after_id is None else (" WHERE id > ?", (after_id,))
        with closing(self._connection.cursor()) as cursor:
            # The name of the table is one that the file itself told.
            reading = f"SELECT * FROM {_quoted(table)}{where} ORDER BY rowid"  # noqa: S608
            cursor.execute(reading, values)
            columns = [column[0] for column in cursor.description]
            while batch := cursor.fetchmany(_BATCH):
                for row in batch:
                    yield dict(zip(columns, row, strict=True))

    def _number(self, table: str, asked: str) -> int:
        if table not in self.tables:
            return 0
        (number,) = self._connection.execute(f"SELECT {asked}").fetchone()
        return int(number)


@contextmanager
def reference_file(path: Path) -> Iterator[ReferenceFile]:
    """Open a reference database for reading; raises UnusableFileError."""
    try:
        is_log_based = _check_header(path)
        with _connection(path, is_log_based=is_log_based) as connection:
            _check(path, connection)
            yield ReferenceFile(connection)
    except sqlite3.OperationalError as error:
        raise UnusableFileError(
            f"{path} cannot be read: {error}. If the old server uses it, try again, or copy the "
            f"file together with {path.name}-wal."
        ) from error
    except sqlite3.DatabaseError as error:
        raise UnusableFileError(
            f"{path} is damaged: {error}. Take the file of the last backup."
        ) from error


def _check_header(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except IsADirectoryError as error:
        raise UnusableFileError(f"{path} is a folder; name the file cctv.db in it.") from error
    except OSError as error:
        raise UnusableFileError(f"{path} cannot be read: {error.strerror}.") from error
    if len(header) < 100 or not header.startswith(_HEADER):
        raise UnusableFileError(f"{path} is not a SQLite database.")
    return header[18] == _WAL


@contextmanager
def _connection(path: Path, *, is_log_based: bool) -> Iterator[sqlite3.Connection]:
    log_file = path.with_name(f"{path.name}-wal")
    if not is_log_based:
        with _opened(path, "mode=ro") as connection:
            yield connection
        return
    if not log_file.exists():
        # Nobody has it open: told so, SQLite does not put files of its own beside it.
        before = path.stat()
        with _opened(path, "mode=ro&immutable=1") as connection:
            yield connection
        after = path.stat()
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            raise UnusableFileError(f"{path} changed while it was read. Try again.")
        return
    if path.with_name(f"{path.name}-shm").exists():
        with _opened(path, "mode=ro") as connection:
            yield connection
        return
    # A copy of a running server's files: reading it would finish what is in the log.
    with tempfile.TemporaryDirectory(prefix="pantau-import-") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(path, copy)
        shutil.copyfile(log_file, copy.with_name("copy.db-wal"))
        with _opened(copy, "mode=rw") as connection:
            yield connection


@contextmanager
def _opened(path: Path, how: str) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(path.absolute()))}?{how}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=10)
    with closing(connection):
        # What is not UTF-8 must be noticed, and must not end the import.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        yield connection


def _check(path: Path, connection: sqlite3.Connection) -> None:
    for table, needed in _NEEDED.items():
        found = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        if not needed <= {name for (name,) in found}:
            raise UnusableFileError(
                f"{path} is a SQLite database, but not one of the reference: its table {table} is "
                "missing or another one. Name the file backend/data/cctv.db of the old server."
            )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise UnusableFileError(f"{path} is damaged: {verdict}. Take the file of the last backup.")


def _quoted(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'
