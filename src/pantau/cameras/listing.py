"""The list of cameras for those who run them: searched, filtered, sorted, in pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.decisions import Visibility
from pantau.cameras.models import CameraStatus, HealthState, LiveState, VideoCodec
from pantau.cameras.stored import CameraKeeper, StoredCamera
from pantau.core.ids import CameraId

Sort = Literal["id", "name", "location", "area", "status", "state", "kind", "created", "updated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is known of a camera at this moment."""

    live: LiveState = LiveState.UNKNOWN
    health: HealthState = HealthState.UNKNOWN
    is_online: bool = True
    since_at: datetime | None = None
    checked_at: datetime | None = None
    video_codec: VideoCodec | None = None
    thumbnail_at: datetime | None = None


class Conditions(Protocol):
    """Tells what is known of cameras; the application builds it on the catalogue."""

    def of(self, camera_id: CameraId) -> Condition:
        """Return what is known of a camera, `Condition()` where nothing is."""
        ...


@dataclass(frozen=True, slots=True)
class ListedCamera:
    """A camera in the list.  The password in its address is masked; headers have no values."""

    stored: StoredCamera
    kind: SourceKind
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFilter:
    """Which cameras are wanted; all of them by default."""

    search: str = ""
    """Somewhere in name or location, in any case; where `sees_hosts`, also in the host."""
    sees_hosts: bool = False
    area_id: int | None = None
    """0: those of no area."""
    state: HealthState | None = None
    status: CameraStatus | None = None
    kind: SourceKind | None = None
    enabled: bool | None = None
    visibility: Visibility | None = None
    managed_by: CameraKeeper | None = None
    is_cut_off: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many there are."""

    total: int
    """All cameras."""
    matching: int
    """Those that the filter lets through."""
    states: Mapping[HealthState, int] = field(default_factory=dict)
    """Of those that match but for the state: what each choice of it would give."""


@dataclass(frozen=True, slots=True)
class CameraPage:
    """A part of the list."""

    rows: tuple[ListedCamera, ...]
    next_cursor: str | None
    counts: Counts


class CameraList:
    """Reads cameras for lists; holds no password.  Loop only."""

    async def all(self, wanted: CameraFilter = CameraFilter()) -> list[ListedCamera]:
        """Return every camera that is wanted, by number."""
        raise NotImplementedError

    async def one(self, camera_id: int) -> ListedCamera:
        """Return a camera; raises NotFound."""
        raise NotImplementedError

    async def page(
        self,
        wanted: CameraFilter,
        *,
        sort: Sort = "id",
        descending: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> CameraPage:
        """Return a page of them; raises Invalid for a cursor of another list."""
        raise NotImplementedError
