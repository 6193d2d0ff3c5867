"""Cameras, tokens and questions about them, with the few values that a test cares about."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pantau.cameras.decisions import CutOff, PublicDecision, Showing, Visibility, Window
from pantau.cameras.models import Camera
from pantau.core.ids import AreaId
from pantau.recordings.models import FOREVER, PlaybackMode, Span
from pantau.recordings.rights.reach import Asking, Policy
from pantau.recordings.rights.values import Dark, PlaybackToken, Shadow, TokenScope
from tests.support.cameras import camera

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ZONE = ZoneInfo("Asia/Jakarta")
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
AREA = AreaId(7)
PREVIEW = Policy(mode=PlaybackMode.PREVIEW, preview_minutes=60)
EVERY_DAY = frozenset(range(1, 8))

DECISIONS = {
    "public": PublicDecision(),
    "delayed": PublicDecision(delay_s=120),
    "partner": PublicDecision(visibility=Visibility.PARTNER),
    "private": PublicDecision(visibility=Visibility.PRIVATE),
    "cut off": PublicDecision(cut_off=CutOff(at=NOW - timedelta(minutes=5))),
    "still": PublicDecision(still_only=True),
    "hidden by schedule": PublicDecision(
        schedule=(
            Window(days=EVERY_DAY, begins=time(18, 0), ends=time(23, 0), showing=Showing.HIDDEN),
        )
    ),
}
"""19:00 in Jakarta is noon in UTC: the last one is hidden at `NOW`."""


def policy(mode: PlaybackMode, minutes: int = 60) -> Policy:
    return Policy(mode=mode, preview_minutes=minutes)


def shown(state: str = "public", **changes: Any) -> Camera:
    """Return camera 1 of area 7 as operators decided it; `disabled` and `maintenance` too."""
    if state == "disabled":
        changes["enabled"] = False
    elif state == "maintenance":
        changes["status"] = "maintenance"
    else:
        changes.setdefault("decision", DECISIONS[state])
    return camera(1, area_id=AREA, **changes)


def token(scope: TokenScope | None = TokenScope.ALL, **changes: Any) -> PlaybackToken:
    values: dict[str, Any] = {
        "id": 1,
        "label": "Village office",
        "prefix": "abcdef",
        "scope": scope,
        "camera_ids": frozenset({1}) if scope is TokenScope.SELECTED else frozenset(),
        "area_ids": frozenset({7}) if scope is TokenScope.AREA else frozenset(),
        "window_hours": 24,
        "max_devices": 3,
        "created_at": NOW - timedelta(days=1),
        **changes,
    }
    return PlaybackToken(**values)


def asking(visitor: Any = "public", held: PlaybackToken | None = None, **changes: Any) -> Asking:
    values: dict[str, Any] = {"now": NOW, "zone": ZONE, **changes}
    return Asking(visitor=visitor, token=held, **values)


def dark(from_min: float, to_min: float | None, how: Dark = Dark.ALL) -> Shadow:
    """Return a shadow in minutes before `NOW`; `to_min` None: still so."""
    end_ms = FOREVER.to_ms if to_min is None else NOW_MS - int(to_min * MINUTE_MS)
    return Shadow(Span(NOW_MS - int(from_min * MINUTE_MS), end_ms), how)


def minutes(spans: tuple[Span, ...]) -> list[tuple[float, float]]:
    """Return spans in minutes before `NOW`."""
    return [
        ((NOW_MS - span.from_ms) / MINUTE_MS, (NOW_MS - span.to_ms) / MINUTE_MS) for span in spans
    ]
