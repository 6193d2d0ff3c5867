"""Where this hub's cameras come from: the settings, and the demo farm when that is asked for."""

from typing import Final

from pantau.cameras.configured import cameras_from
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.signing import installation_secret
from pantau.settings import CameraSettings, Settings

_KEPT_IN: Final = "secret.key"


class CamerasError(Exception):
    """What is kept about cameras cannot be used; the message says what to do."""


def catalogue_of(
    settings: Settings, *, clock: Clock, demo: tuple[CameraSettings, ...] = ()
) -> Catalogue:
    """Return the catalogue of all cameras; raises CamerasError."""
    return Catalogue(_cameras(settings, demo), clock=clock)


def _cameras(settings: Settings, demo: tuple[CameraSettings, ...]) -> tuple[Camera, ...]:
    taken = {table.name.casefold() for table in settings.cameras}
    tables = [
        *settings.cameras,
        *(table for table in demo if table.name.casefold() not in taken),
    ]
    try:
        secret = installation_secret(settings.data_dir / _KEPT_IN)
        return cameras_from(tables, data_dir=settings.data_dir, secret=secret)
    except (ValueError, OSError) as error:
        raise CamerasError(
            f"The data folder cannot be used: {error}. Restore it from a backup or choose another "
            "with PANTAU_DATA_DIR."
        ) from error
