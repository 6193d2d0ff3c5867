"""The cameras of this hub and what is known of them at this moment, in memory."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from pantau.cameras.access import CameraAccess, next_change, showing_at
from pantau.cameras.models import Camera, HealthState, LiveState, Observation, PublicCamera
from pantau.cameras.publishing import Known, published
from pantau.core.clock import Clock, Zone, always
from pantau.core.ids import CameraId

UTC_ZONE: Final = always(ZoneInfo("UTC"))
_LOOK_EVERY_S: Final = 0.5
"""How soon after its moment a schedule's edge counts in lists; streams ask the clock each time."""


@dataclass(frozen=True, slots=True)
class _Face:
    camera: Camera
    known: Known
    public: PublicCamera


class Catalogue:
    """The list everybody reads.  Loop only; what it returns is immutable.

    `version` grows with every change that the public can see, `revision` only when the cameras
    themselves or what was decided about them changed.  `access` decides for whoever has a camera
    from here; `zone` tells that of the site.
    """

    def __init__(self, cameras: Iterable[Camera], *, clock: Clock, zone: Zone = UTC_ZONE) -> None:
        self.access: Final = CameraAccess(clock, zone)
        self._clock = clock
        self._began_at = clock.now()
        self._by_id: dict[CameraId, Camera] = {}
        self._by_key: dict[str, Camera] = {}
        self._ordered: tuple[Camera, ...] = ()
        self._observed: dict[CameraId, Observation] = {}
        self._health: Mapping[CameraId, HealthState] = {}
        self._stills: dict[CameraId, datetime] = {}
        self._recorders: Mapping[CameraId, str] = {}
        self._listeners: list[Callable[[], None]] = []
        self._camera_listeners: list[Callable[[], None]] = []
        self._faces: dict[CameraId, _Face] = {}
        self._listed: tuple[Camera, ...] = ()
        self._public: tuple[PublicCamera, ...] | None = None
        self._judged_at = self._began_at
        self._judged_in = zone()
        self._next_change_at: datetime | None = None
        self.version = 0
        self.revision = 0
        self.replace(cameras)

    def replace(self, cameras: Iterable[Camera]) -> None:
        """Take another list of cameras; what was observed of those that stay is kept."""
        before = self._by_id
        # The same objects where nothing changed, so that what was made of them can be kept.
        self._by_id = {
            camera.id: was if (was := before.get(camera.id)) == camera and was else camera
            for camera in cameras
        }
        self._by_key = {camera.stream_key: camera for camera in self._by_id.values()}
        self._ordered = tuple(sorted(self._by_id.values(), key=_place_in_lists))
        self._observed = {id_: seen for id_, seen in self._observed.items() if id_ in self._by_id}
        self._stills = {id_: taken for id_, taken in self._stills.items() if id_ in self._by_id}
        self._faces = {id_: face for id_, face in self._faces.items() if id_ in self._by_id}
        self._judge()
        self._cameras_changed()

    def observe(self, observed: Mapping[CameraId, Observation]) -> None:
        """Take what was measured; cameras that are not in `observed` keep what they had."""
        known = {id_: seen for id_, seen in observed.items() if id_ in self._by_id}
        if any(self._observed.get(id_) != seen for id_, seen in known.items()):
            self._observed.update(known)
            self._changed()

    def take_health(self, states: Mapping[CameraId, HealthState]) -> None:
        """Take what is believed of all cameras; of those that are not in `states` nothing is."""
        if states != self._health:
            self._health = dict(states)
            self._changed()

    def take_recorders(self, statuses: Mapping[CameraId, str]) -> None:
        """Take how recorders are, in words of theirs; the public is told nothing of it."""
        self._recorders = statuses

    def recorder(self, camera_id: CameraId) -> str:
        """Return how the recorder of a camera is; empty: nobody said."""
        return self._recorders.get(camera_id, "")

    def still_taken(self, camera_id: CameraId, taken_at: datetime) -> None:
        """Note that there is a still of `taken_at`.  Only the first of a camera is a change."""
        is_first = camera_id not in self._stills
        self._stills[camera_id] = taken_at
        if is_first:
            self._changed()

    def reconsider(self) -> None:
        """Judge again where the time has come: a schedule's edge, the end of a cut-off.

        Also where the site has another zone, in which schedules have other edges.
        """
        now = self._clock.now()
        is_due = self._next_change_at is not None and now >= self._next_change_at
        # A clock that is set back brings back what was over.
        if is_due or now < self._judged_at or self.access.zone is not self._judged_in:
            self._judge()
            self._cameras_changed()

    async def keep_time(self) -> None:
        """Reconsider whenever the time has come; never returns."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            self.reconsider()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every change; it must not block."""
        self._listeners.append(listener)

    def on_cameras(self, listener: Callable[[], None]) -> None:
        """Have `listener` called, before those of `on_change`, when `revision` has grown."""
        self._camera_listeners.append(listener)

    def all(self) -> list[Camera]:
        """Return every camera, also those that nobody is shown."""
        return list(self._by_id.values())

    def enabled(self) -> list[Camera]:
        """Return the cameras in operation, whoever they are for: direct ones first, then by number.

        For operators and for what keeps them running; the public finds `listed`.
        """
        return [camera for camera in self._ordered if camera.enabled]

    def listed(self) -> list[Camera]:
        """Return the cameras that the public finds at this moment, in the same order."""
        return list(self._listed)

    def by_id(self, camera_id: int) -> Camera | None:
        """Return the camera with that number; ask `access` before anybody is shown it."""
        return self._by_id.get(CameraId(camera_id))

    def by_key(self, stream_key: str) -> Camera | None:
        """Return the camera with that stream key; ask `access` before anybody is shown it."""
        return self._by_key.get(stream_key)

    def observation(self, camera_id: CameraId) -> Observation | None:
        """Return what was last measured of a camera."""
        return self._observed.get(camera_id)

    def public(self) -> list[PublicCamera]:
        """Return what the public may know, in the order of `listed`.

        The same object for a camera of which nothing changed.
        """
        if self._public is None:
            self._public = tuple(self._face_of(camera) for camera in self._listed)
        return list(self._public)

    def public_by_id(self, camera_id: int) -> PublicCamera | None:
        """Return what the public may know of one camera, by the decision of this very moment."""
        camera = self.by_id(camera_id)
        if camera is None or not self.access.is_listed(camera):
            return None
        return self._face_of(camera)

    def published(self, camera: Camera) -> PublicCamera:
        """Return the same of a camera that `access` showed to somebody, whoever it is for."""
        return self._face_of(camera)

    def _face_of(self, camera: Camera) -> PublicCamera:
        seen = self._observed.get(camera.id)
        known = Known(
            seen or Observation(LiveState.UNKNOWN, self._began_at, self._began_at),
            self._health.get(camera.id, HealthState.UNKNOWN),
            self._stills.get(camera.id),
            showing_at(camera.decision, now=self._clock.now(), zone=self.access.zone),
        )
        face = self._faces.get(camera.id)
        if face is None or face.camera is not camera or face.known != known:
            face = self._faces[camera.id] = _Face(camera, known, published(camera, known))
        return face.public

    def _judge(self) -> None:
        """Decide anew who is listed, and until when that holds."""
        now, zone = self._clock.now(), self.access.zone
        self._judged_at, self._judged_in = now, zone
        self._listed = tuple(c for c in self._ordered if self.access.is_listed(c))
        moments = (next_change(c.decision, now=now, zone=zone) for c in self._ordered)
        self._next_change_at = min((m for m in moments if m is not None), default=None)

    def _cameras_changed(self) -> None:
        self.revision += 1
        for listener in self._camera_listeners:
            listener()
        self._changed()

    def _changed(self) -> None:
        self._public = None
        self.version += 1
        for listener in self._listeners:
            listener()


def _place_in_lists(camera: Camera) -> tuple[bool, int]:
    return camera.is_tunnel, camera.id
