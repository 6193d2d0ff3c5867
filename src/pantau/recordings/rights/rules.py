"""What operators decide about replaying a camera: read for forms, changed with a line in the trail."""

from collections.abc import Iterable, Mapping

from pantau.audit.actors import Actor
from pantau.cameras.models import Camera
from pantau.core.clock import Clock
from pantau.db.database import Database, Writing
from pantau.recordings.rights.values import PlaybackRule


class PlaybackRules:
    """Reads and changes the part `playback` and `preview_minutes` of `recording_rules`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, camera_id: int) -> PlaybackRule:
        """Return the rule of a camera; one about which nothing was decided has the default."""
        return (await self.of_many([camera_id])).get(camera_id, PlaybackRule())

    async def of_many(self, camera_ids: Iterable[int]) -> Mapping[int, PlaybackRule]:
        """Return the rules that were decided, by camera."""
        raise NotImplementedError

    async def put(self, work: Writing, camera_id: int, rule: PlaybackRule) -> PlaybackRule:
        """Write a rule inside somebody's transaction and return what held before.

        The caller checks who asks and records it in the trail.  Raises Invalid, naming the field
        `playback` or `preview_minutes`, for what cannot be.
        """
        raise NotImplementedError

    async def change(self, camera: Camera, rule: PlaybackRule, *, by: Actor) -> PlaybackRule:
        """Write a rule and record it as UPDATE_RECORDING; return what held before.

        Who may do so is the caller's to check (`cameras.permissions.check_area`).
        """
        raise NotImplementedError
