"""What pages and the API ask of keeping footage, and what people decide about it."""

from collections.abc import Sequence
from datetime import datetime

from pantau.accounts.users.asker import Asker
from pantau.db.paging import Page
from pantau.recordings.keeping_values import Alarm, Asked, Deletion, Hold, Quota, Storage
from pantau.recordings.models import Reason, Span
from pantau.recordings.planning import Plan, WhatIf
from pantau.web.principal import Principal


class Keeping:
    """Holds, quotas, deletions, disks and forecasts.  Loop only.

    Operators who are limited to areas see and change what concerns cameras of theirs.
    """

    async def storage(self) -> Storage:
        """Return how it is with the disks, as the worker saw it last."""
        raise NotImplementedError

    async def alarms(self) -> Sequence[Alarm]:
        """Return what somebody should look at, the most urgent first."""
        raise NotImplementedError

    async def plan(self, *, by: Principal, what_if: WhatIf | None = None) -> Plan:
        """Return what is measured and what follows from it."""
        raise NotImplementedError

    async def holds(
        self, *, by: Principal, camera_id: int | None = None, also_ended: bool = False
    ) -> Sequence[Hold]:
        """Return holds, the newest first; at most a thousand."""
        raise NotImplementedError

    async def hold(
        self, camera_id: int, span: Span, *, reason: str, until_at: datetime | None, by: Asker
    ) -> Hold:
        """Hold footage; raises NotFound, Forbidden, Invalid naming the field, Conflict."""
        raise NotImplementedError

    async def release(self, hold_id: int, *, by: Asker) -> Hold:
        """End a hold; raises NotFound, Forbidden, Conflict for one that has ended."""
        raise NotImplementedError

    async def deletions(
        self,
        *,
        by: Principal,
        camera_id: int | None = None,
        reason: Reason | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Deletion]:
        """Return what was deleted, the newest first; `from_ms`, `to_ms` are about the footage."""
        raise NotImplementedError

    async def delete(self, camera_id: int, span: Span, *, by: Asker) -> Asked:
        """Have footage that touches a span deleted; raises NotFound, Forbidden, Invalid.

        Raises Conflict where any of it is held: then nothing is deleted.  The worker deletes it
        within seconds.
        """
        raise NotImplementedError

    async def camera_quotas(self, *, by: Principal) -> Sequence[Quota]:
        """Return what each camera may keep and does."""
        raise NotImplementedError

    async def area_quotas(self, *, by: Principal) -> Sequence[Quota]:
        """Return what each area may keep and does."""
        raise NotImplementedError

    async def set_camera_quota(
        self, camera_id: int, quota_bytes: int | None, *, by: Asker
    ) -> Quota:
        """Limit a camera, None: not any more; raises NotFound, Forbidden, Invalid."""
        raise NotImplementedError

    async def set_area_quota(self, area_id: int, quota_bytes: int | None, *, by: Asker) -> Quota:
        """Limit an area, None: not any more; for admins.  Raises NotFound, Forbidden, Invalid."""
        raise NotImplementedError
