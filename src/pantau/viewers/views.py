"""A view that is over, as everybody but the database sees it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PastView:
    """One person's watching of one camera, from its begin to its last sign of life."""

    camera_id: int | None
    """None: the camera is unknown here; its name may tell which one it was."""
    camera_name: str | None
    ip_address: str
    user_agent: str | None
    device_type: str | None
    started_at: datetime
    ended_at: datetime
    duration_s: int
    created_at: datetime
