"""A camera as the database keeps it: what the public and the engine need, and what keepers add."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pantau.cameras.models import Camera

CameraKeeper = Literal["settings", "demo", "operator"]
"""Who describes a camera: the settings file, the demo, or people (pages, API, imports)."""
SponsorPackage = Literal["bronze", "silver", "gold"]
DEFAULT_RECORDING_HOURS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsor:
    """Who pays for a camera."""

    name: str | None = None
    logo: str | None = None
    url: str | None = None
    package: SponsorPackage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCamera:
    """One row.  Equal values mean that nothing needs to be written."""

    camera: Camera
    managed_by: CameraKeeper = "operator"
    configured_as: str | None = None
    """The name in the settings by which it is found again; None for an operator's."""
    removed_at: datetime | None = None
    """When it left the settings: gone for everybody, number and key kept for its return."""
    enable_recording: bool = False
    recording_duration_hours: int | None = DEFAULT_RECORDING_HOURS
    """None: what holds for the whole hub."""
    import_id: int | None = None
    """The import that brought it; None: it was typed in, or stands in the settings."""
    sponsor: Sponsor = Sponsor()
    created_at: datetime
    updated_at: datetime
