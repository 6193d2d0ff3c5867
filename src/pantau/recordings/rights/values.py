"""What rights are made of: rules of cameras, playback tokens, their devices, and shadows."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from pantau.recordings.models import PlaybackMode, Span

MOST_PREVIEW_MINUTES: Final = 525_600
MOST_WINDOW_HOURS: Final = 8_760
MOST_DEVICES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackRule:
    """What was decided about replaying one camera; nothing decided is `PlaybackRule()`."""

    mode: PlaybackMode = PlaybackMode.INHERIT
    preview_minutes: int | None = None
    """None: what holds for the whole hub."""


class TokenScope(StrEnum):
    """Which cameras a token opens."""

    ALL = "all"
    """Those that everybody may know, also those with playback by token only."""
    SELECTED = "selected"
    """Those it names, private ones and those replayed by operators only among them."""
    AREA = "area"
    """Of `ALL`, those that stand in its areas at the moment of asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackToken:
    """A token as operators see it: everything but the token."""

    id: int
    label: str
    prefix: str
    """The beginning of the token, by which people recognise it."""
    scope: TokenScope | None
    """None: a word that this version does not know; it opens nothing (lesson X11)."""
    camera_ids: frozenset[int] = frozenset()
    area_ids: frozenset[int] = frozenset()
    window_hours: int
    """How far back it reaches."""
    expires_at: datetime | None = None
    """None: when somebody revokes it."""
    max_devices: int
    """On how many devices at once; 0: on any number."""
    note: str = ""
    uses: int = 0
    """How often it was activated."""
    created_by: str = ""
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str = ""

    def is_live(self, now: datetime) -> bool:
        """Tell whether it opens anything at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A browser that activated a token."""

    id: int
    token_id: int
    ip_address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None
    end_reason: str = ""


class Dark(IntEnum):
    """For whom a camera could not be seen live; the higher, the fewer saw it."""

    NOBODY = 0
    """Everybody saw it."""
    PUBLIC = 1
    """It was for partners: whoever signed in saw it, and whoever had a token."""
    PARTNERS = 2
    """It was private: operators of its area saw it."""
    ALL = 3
    """It was cut off, hidden or still by its schedule, or out of operation."""


class Shadow(NamedTuple):
    """A time during which some could not see a camera, and so cannot replay it."""

    span: Span
    dark: Dark
