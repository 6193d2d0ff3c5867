"""Everything people do to cameras: one transaction each, with the lifecycle log and the trail."""

from collections.abc import Sequence

from pantau.accounts.users.asker import Asker
from pantau.audit.trail import AuditTrail
from pantau.cameras.changes import BulkOutcome, CameraChange, CutOffOrder
from pantau.cameras.lifecycle import CameraEvent
from pantau.cameras.models import CameraSource
from pantau.cameras.stored import StoredCamera
from pantau.core.clock import Clock
from pantau.core.networks import AddressPolicy
from pantau.core.sealing import Sealer
from pantau.db.database import Database
from pantau.db.paging import Page


class CameraEditor:
    """Raises NotFound, Forbidden (another's area), Invalid with a `field`, and Conflict for what
    stands in the settings.  What it returns holds addresses with passwords: show `masking.masked`.
    """

    def __init__(
        self,
        database: Database,
        *,
        sealer: Sealer,
        trail: AuditTrail,
        clock: Clock,
        policy: AddressPolicy,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._trail = trail
        self._clock = clock
        self._policy = policy

    async def one(self, camera_id: int) -> StoredCamera:
        """Return a camera as the database has it."""
        raise NotImplementedError

    async def create(self, new: CameraChange, *, by: Asker) -> StoredCamera:
        """Add a camera; `new` has a name and an address at least."""
        raise NotImplementedError

    async def change(self, camera_id: int, change: CameraChange, *, by: Asker) -> StoredCamera:
        """Change what `change` gives; return how it is then."""
        raise NotImplementedError

    async def remove(self, camera_id: int, *, by: Asker) -> None:
        """Delete a camera."""
        raise NotImplementedError

    async def change_many(
        self, camera_ids: Sequence[int], change: CameraChange, *, by: Asker
    ) -> BulkOutcome:
        """Change all of them alike; those for which it cannot be are told and left."""
        raise NotImplementedError

    async def remove_many(self, camera_ids: Sequence[int], *, by: Asker) -> BulkOutcome:
        """Delete all of them."""
        raise NotImplementedError

    async def cut_off(self, camera_id: int, order: CutOffOrder, *, by: Asker) -> StoredCamera:
        """Take a camera from the public at once."""
        raise NotImplementedError

    async def cut_off_many(
        self, camera_ids: Sequence[int], order: CutOffOrder, *, by: Asker
    ) -> BulkOutcome:
        """Take all of them from the public at once."""
        raise NotImplementedError

    async def restore(self, camera_id: int, *, by: Asker) -> StoredCamera:
        """End the cut-off of a camera."""
        raise NotImplementedError

    async def restore_many(self, camera_ids: Sequence[int], *, by: Asker) -> BulkOutcome:
        """End the cut-off of all of them."""
        raise NotImplementedError

    async def rotate_key(self, camera_id: int, *, by: Asker) -> StoredCamera:
        """Give a camera another stream key: every address of its live stream is worthless."""
        raise NotImplementedError

    async def candidate(
        self, change: CameraChange, *, by: Asker, camera_id: int | None = None
    ) -> CameraSource:
        """Return the source that a camera would have, for a look at it before it is saved."""
        raise NotImplementedError

    async def events(
        self, camera_id: int, *, limit: int, cursor: str | None = None
    ) -> Page[CameraEvent]:
        """Return what happened to a camera, the newest first; also of one that was deleted."""
        raise NotImplementedError
