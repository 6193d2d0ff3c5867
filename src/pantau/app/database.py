"""Opens the database of a process: upgraded, watched, closed at the end."""

from contextlib import AsyncExitStack

from pantau.core.clock import Clock
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database, open_database
from pantau.db.place import Place, place_of
from pantau.db.watching import ChangeWatcher
from pantau.migrations.upgrade import BACKUP_FOLDER, upgrade
from pantau.settings import Settings


def database_place(settings: Settings) -> Place:
    """Return where the settings say that the database is; raises Invalid."""
    chosen = settings.database
    return place_of(chosen.url, chosen.read_url, data_dir=settings.data_dir)


async def opened_database(
    settings: Settings, *, clock: Clock, supervisor: Supervisor, closing: AsyncExitStack
) -> Database:
    """Return the database with today's tables, and hear from here on what others change in it.

    Open it first: what `closing` got first is closed last.  Raises Invalid for an address that
    cannot be used, and Unavailable for a database that cannot.
    """
    place = database_place(settings)
    await upgrade(place, backups_dir=settings.data_dir / BACKUP_FOLDER, clock=clock)
    chosen = settings.database
    database = open_database(
        place,
        clock=clock,
        readers=chosen.readers,
        wait_s=chosen.wait_s,
        slow_s=chosen.slow_s,
    )
    closing.push_async_callback(database.close)
    watcher = ChangeWatcher(database, clock=clock)
    await watcher.begin()
    supervisor.add(Service("db.changes", watcher.run))
    return database
