"""Feedback as others work with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

Status = Literal["unread", "read", "resolved"]
Category = Literal["picture", "place", "privacy", "idea", "other"]
Queue = Literal["unread", "read", "resolved", "all", "spam", "privacy"]
"""Parts of the inbox; `privacy`: requests to take something down that nobody has settled."""
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
QUEUES: Final[tuple[Queue, ...]] = get_args(Queue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a visitor wrote, checked."""

    message: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    category: Category = "other"
    camera_id: int | None = None
    incident_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One message as it is kept."""

    id: int
    name: str | None
    email: str | None
    phone: str | None
    message: str
    status: Status
    category: Category
    camera_id: int | None
    camera_name: str
    incident_at: datetime | None
    is_spam: bool
    sender: str
    notes: str
    created_at: datetime
    changed_at: datetime | None
    changed_by: str

    @property
    def is_urgent(self) -> bool:
        """Whether somebody asks to have something taken down and nobody has settled it."""
        return self.category == "privacy" and self.status != "resolved" and not self.is_spam


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much waits; spam counts in nothing but `spam`."""

    total: int = 0
    unread: int = 0
    read: int = 0
    resolved: int = 0
    spam: int = 0
    privacy: int = 0
    """Requests to take something down that nobody has settled; they count above as well."""

    def of(self, queue: Queue) -> int:
        """Return how much is in a part of the inbox."""
        counted: int = getattr(self, "total" if queue == "all" else queue)
        return counted


@dataclass(frozen=True, slots=True)
class VoteTotals:
    """What visitors think of one camera's picture."""

    good: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages and how many there are."""

    rows: tuple[Feedback, ...]
    page: int
    limit: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; 0 where there is nothing."""
        return -(-self.total // self.limit)
