"""Where this hub's cameras come from: the database, into which the worker brings the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pantau.cameras.configured import ConfiguredCameras
from pantau.cameras.loading import CatalogueLoader
from pantau.cameras.repository import OpensSource
from pantau.cameras.service import UTC_ZONE, Catalogue
from pantau.cameras.synchronising import Wanted
from pantau.core.clock import Clock, Zone
from pantau.core.sealing import Sealer
from pantau.core.signing import installation_secret
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.settings import CameraSettings, Settings

SECRET_FILE: Final = "secret.key"  # noqa: S105 - a name


class CamerasError(Exception):
    """What is kept about cameras cannot be used; the message says what to do."""


async def catalogue_from(
    database: Database,
    sealer: Sealer | None,
    *,
    clock: Clock,
    supervisor: Supervisor,
    zone: Zone = UTC_ZONE,
    opens: OpensSource | None = None,
) -> Catalogue:
    """Return the catalogue of all cameras, which follows the database and the clock from then on.

    Only who opens cameras needs the `sealer`: without it their sources have no address, and with
    it those that `opens` says no to.
    """
    loader = CatalogueLoader(database, sealer, opens=opens)
    catalogue = await loader.load(clock, zone)
    supervisor.add(Service("cameras.follow", lambda: loader.follow(catalogue)))
    supervisor.add(Service("cameras.keep_time", catalogue.keep_time))
    return catalogue


async def synchronise_configured(
    settings: Settings,
    database: Database,
    sealer: Sealer,
    *,
    clock: Clock,
    demo: tuple[CameraSettings, ...] = (),
) -> None:
    """Bring the cameras of the settings and of the demo into the database.

    For the worker, before it loads its catalogue.  Raises CamerasError.
    """
    with _told():
        await _configured(settings, database, sealer, clock).synchronise(_wanted(settings, demo))


async def add_missing_configured(
    settings: Settings,
    database: Database,
    sealer: Sealer,
    *,
    clock: Clock,
    demo: tuple[CameraSettings, ...] = (),
) -> None:
    """Bring only those cameras that were never there, so that a web process can run alone.

    It changes and retires nothing: its settings may say less than the worker's.  Raises
    CamerasError.
    """
    with _told():
        await _configured(settings, database, sealer, clock).add_missing(_wanted(settings, demo))


def _configured(
    settings: Settings, database: Database, sealer: Sealer, clock: Clock
) -> ConfiguredCameras:
    return ConfiguredCameras(
        database=database,
        sealer=sealer,
        secret=installation_secret(settings.data_dir / SECRET_FILE),
        data_dir=settings.data_dir,
        clock=clock,
    )


def _wanted(settings: Settings, demo: tuple[CameraSettings, ...]) -> Iterator[Wanted]:
    taken = {table.name.casefold() for table in settings.cameras}
    for table in settings.cameras:
        yield Wanted(table, "settings")
    for table in demo:
        if table.name.casefold() not in taken:
            yield Wanted(table, "demo")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError) as error:
        raise CamerasError(
            f"The data folder cannot be used: {error}. Restore it from a backup or choose another "
            "with PANTAU_DATA_DIR."
        ) from error
