"""What is known of cameras at this moment, for those who run them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pantau.cameras.models import HealthState, LiveState, VideoCodec
from pantau.cameras.service import Catalogue
from pantau.core.ids import CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is known of a camera at this moment."""

    live: LiveState = LiveState.UNKNOWN
    health: HealthState = HealthState.UNKNOWN
    is_online: bool = True
    since_at: datetime | None = None
    checked_at: datetime | None = None
    video_codec: VideoCodec | None = None
    """What was measured, or else what the operator announced."""
    thumbnail_at: datetime | None = None
    recorder: str = ""
    """How its recorder is; empty: nobody said."""


class Conditions(Protocol):
    """Tells what is known of cameras."""

    def of(self, camera_id: CameraId) -> Condition:
        """Return what is known of a camera, `Condition()` where nothing is."""
        ...


_NOTHING = Condition()


@dataclass(frozen=True, slots=True)
class CatalogueConditions:
    """What the catalogue of this process knows."""

    catalogue: Catalogue

    def of(self, camera_id: CameraId) -> Condition:
        """Return what is known of a camera, `Condition()` where nothing is."""
        camera = self.catalogue.by_id(camera_id)
        if camera is None:
            return _NOTHING
        known = self.catalogue.published(camera)
        return Condition(
            live=known.state,
            health=known.health,
            is_online=known.is_online,
            since_at=known.since_at,
            checked_at=known.checked_at,
            video_codec=known.video_codec,
            thumbnail_at=known.thumbnail_at,
            recorder=self.catalogue.recorder(camera_id),
        )
