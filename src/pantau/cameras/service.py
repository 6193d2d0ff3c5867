"""The cameras of this hub and what is known of them at this moment, in memory."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from pantau.cameras.models import Camera, LiveState, Observation, PublicCamera
from pantau.core.clock import Clock
from pantau.core.ids import CameraId


class Catalogue:
    """The list everybody reads.  Loop only; what it returns is immutable.

    `version` grows with every change that the public can see.
    """

    def __init__(self, cameras: Iterable[Camera], *, clock: Clock) -> None:
        self._clock = clock
        self._began_at = clock.now()
        self._by_id: dict[CameraId, Camera] = {}
        self._by_key: dict[str, Camera] = {}
        self._observed: dict[CameraId, Observation] = {}
        self._stills: dict[CameraId, datetime] = {}
        self._listeners: list[Callable[[], None]] = []
        self._public: tuple[PublicCamera, ...] | None = None
        self.version = 0
        self.replace(cameras)

    def replace(self, cameras: Iterable[Camera]) -> None:
        """Take another list of cameras; what was observed of those that stay is kept."""
        self._by_id = {camera.id: camera for camera in cameras}
        self._by_key = {camera.stream_key: camera for camera in self._by_id.values()}
        self._observed = {id_: seen for id_, seen in self._observed.items() if id_ in self._by_id}
        self._stills = {id_: taken for id_, taken in self._stills.items() if id_ in self._by_id}
        self._changed()

    def observe(self, observed: Mapping[CameraId, Observation]) -> None:
        """Take what was measured; cameras that are not in `observed` keep what they had."""
        known = {id_: seen for id_, seen in observed.items() if id_ in self._by_id}
        if any(self._observed.get(id_) != seen for id_, seen in known.items()):
            self._observed.update(known)
            self._changed()

    def still_taken(self, camera_id: CameraId, taken_at: datetime) -> None:
        """Note that there is a still of `taken_at`.  Only the first of a camera is a change."""
        is_first = camera_id not in self._stills
        self._stills[camera_id] = taken_at
        if is_first:
            self._changed()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every change; it must not block."""
        self._listeners.append(listener)

    def all(self) -> list[Camera]:
        """Return every camera, also those that the public does not see."""
        return list(self._by_id.values())

    def enabled(self) -> list[Camera]:
        """Return the cameras that the public sees: direct ones first, then by number."""
        shown = [camera for camera in self._by_id.values() if camera.enabled]
        return sorted(shown, key=lambda camera: (camera.is_tunnel, camera.id))

    def enabled_by_id(self, camera_id: int) -> Camera | None:
        """Return the camera with that number if the public sees it."""
        camera = self._by_id.get(CameraId(camera_id))
        return camera if camera is not None and camera.enabled else None

    def enabled_by_key(self, stream_key: str) -> Camera | None:
        """Return the camera with that stream key if the public sees it.  O(1), for the hot path."""
        camera = self._by_key.get(stream_key)
        return camera if camera is not None and camera.enabled else None

    def observation(self, camera_id: CameraId) -> Observation | None:
        """Return what was last measured of a camera."""
        return self._observed.get(camera_id)

    def public(self) -> list[PublicCamera]:
        """Return what the public may know, in the order of `enabled`."""
        if self._public is None:
            self._public = tuple(self._published(camera) for camera in self.enabled())
        return list(self._public)

    def public_by_id(self, camera_id: int) -> PublicCamera | None:
        """Return what the public may know of one camera."""
        camera = self.enabled_by_id(camera_id)
        return None if camera is None else self._published(camera)

    def _published(self, camera: Camera) -> PublicCamera:
        seen = self._observed.get(camera.id)
        state = seen.state if seen else LiveState.UNKNOWN
        return PublicCamera(
            id=camera.id,
            slug=camera.slug,
            stream_key=camera.stream_key,
            name=camera.name,
            description=camera.description,
            location=camera.location,
            area_id=camera.area_id,
            area_name=camera.area_name,
            group_name=camera.group_name,
            place=camera.place,
            latitude=camera.latitude,
            longitude=camera.longitude,
            is_tunnel=camera.is_tunnel,
            status=camera.status,
            state=state,
            is_online=state is not LiveState.OFFLINE,
            since_at=seen.since_at if seen else self._began_at,
            checked_at=seen.checked_at if seen else self._began_at,
            video_codec=(seen.video_codec if seen else None) or camera.announced_codec,
            on_demand=camera.on_demand,
            low_latency=camera.low_latency,
            thumbnail_url=f"/api/thumbnails/{camera.id}.jpg",
            thumbnail_at=self._stills.get(camera.id),
        )

    def _changed(self) -> None:
        self._public = None
        self.version += 1
        for listener in self._listeners:
            listener()
