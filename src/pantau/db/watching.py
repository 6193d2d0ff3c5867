"""Hears what other processes changed, well within a second."""

from pantau.db.database import Database


class ChangeWatcher:
    """Tells the listeners of a database what others committed.  Run it as a supervised service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self) -> None:
        """Note where things stand; everything committed after this is told.  Call it before the
        first read of what is kept in memory, and before `run`.
        """
        raise NotImplementedError

    async def run(self) -> None:
        """Watch until cancelled; raises when the database is lost, for the supervisor."""
        raise NotImplementedError
