"""What operators decide about who sees a camera, how, and when."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final

MOST_DELAY_S: Final = 3_600
MOST_WINDOWS: Final = 14


class Visibility(StrEnum):
    """Whom a camera is for."""

    PUBLIC = "public"
    """Everybody; it stands in the public lists."""
    PARTNER = "partner"
    """Whoever signed in, and whoever was given a token; in no public list."""
    PRIVATE = "private"
    """Operators of its area alone."""


class Showing(StrEnum):
    """How the public sees a camera."""

    LIVE = "live"
    DELAYED = "delayed"
    STILL = "still"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """The public feed is off; operators keep it."""

    at: datetime
    until: datetime | None = None
    """When it ends by itself; None: when somebody ends it."""
    reason: str = ""
    by: str = ""
    """Who did it, as people call them."""

    def is_on(self, now: datetime) -> bool:
        """Tell whether it holds at `now`."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of the week with a showing of its own, in the zone of the site."""

    days: frozenset[int]
    """ISO numbers of the days on which it begins, Monday is 1."""
    begins: time
    ends: time
    """At or before `begins`: on the following day.  Equal to it: a whole day."""
    showing: Showing


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDecision:
    """Everything decided about one camera."""

    visibility: Visibility = Visibility.PUBLIC
    cut_off: CutOff | None = None
    delay_s: int = 0
    """How late the public sees it; 0: live."""
    still_only: bool = False
    schedule: tuple[Window, ...] = ()
    """The first window that holds decides instead of `delay_s` and `still_only`."""
