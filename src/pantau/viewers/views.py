"""Views as everybody but the database sees them: in progress, over, and read again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Delivery(StrEnum):
    """How the pictures come to whoever watches; each kind has one owner that counts it."""

    LIVE = "live"
    """From our media server: playlist polls, and beacons of players."""
    RELAY = "relay"
    """Somebody else's stream under addresses of ours: the same."""
    EMBED = "embed"
    """Somebody else's page in a frame: beacons alone."""
    REPLAY = "replay"
    """Footage: its playlists and files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastView:
    """One person's watching of one camera, from its begin to its last sign of life."""

    camera_id: int | None
    """None: the camera is unknown here; its name may tell which one it was."""
    camera_name: str | None
    ip_address: str
    """Empty unless addresses are kept; so is the user agent."""
    user_agent: str | None
    device_type: str | None
    started_at: datetime
    ended_at: datetime
    duration_s: int
    created_at: datetime
    view_id: str | None = None
    """32 hex digits; None: imported."""
    visitor: str = ""
    """32 hex digits: the same for one person on one day of the hub's zone, and never again."""
    delivery: str = Delivery.LIVE.value
    browser: str = ""
    node: str = ""
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView(PastView):
    """The same with the number of its row."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """Somebody who watches at this moment."""

    session_id: str
    """What the player was given, or else the view's own name."""
    camera_id: int
    visitor: str
    device: str
    """mobile, tablet, desktop or unknown."""
    browser: str
    address: str | None
    """None unless addresses are kept."""
    user_agent: str | None
    started_at: datetime
    last_seen_at: datetime
    duration_s: int
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Today:
    """What one calendar day of the hub's zone has seen up to now, views in progress included."""

    unique_visitors: int
    views: int
    watch_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayFigures:
    """How one camera played within some time, by what browsers told."""

    camera_id: int
    plays: int
    starts: int
    mean_start_ms: int | None
    """None: nothing began to play."""
    starts_within: tuple[int, int, int, int, int]
    """Within 1, 2, 4, 8 seconds, and later; each without those before it."""
    stalls: int
    stalled_ms: int
    played_ms: int
    codec_refusals: int
    failures: tuple[tuple[str, int], ...]
    """By cause, the most frequent first."""
