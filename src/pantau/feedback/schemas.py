"""What the API of feedback gives, field by field."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.feedback.values import Category, Feedback, Page, Status, Totals, VoteTotals


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SentOutput(_Output):
    """The number of a message that was sent."""

    id: int


class FeedbackOutput(_Output):
    """One message, for those who answer it."""

    id: int
    name: str | None
    email: str | None
    message: str
    status: Status
    ip_address: None = None
    """Always null: addresses are kept nowhere; `sender` tells who wrote several."""
    created_at: datetime
    phone: str | None
    category: Category
    camera_id: int | None
    camera_name: str
    incident_at: datetime | None
    is_spam: Literal[0, 1]
    sender: str
    notes: str
    changed_at: datetime | None
    changed_by: str


class FeedbackPagination(_Output):
    """Which page this is of how many."""

    page: int
    limit: int
    total: int
    totalPages: int  # noqa: N815 - the name that existing clients know


class FeedbackListed(_Output):
    """A page of the inbox."""

    success: Literal[True] = True
    data: list[FeedbackOutput]
    pagination: FeedbackPagination


class TotalsOutput(_Output):
    """How much waits; 0 where there is nothing."""

    total: int
    unread: int
    read: int
    resolved: int
    spam: int
    privacy: int
    """Requests to take something down that nobody has settled."""


class VotesOutput(_Output):
    """What visitors think of a camera's picture."""

    camera_id: int
    good: int
    bad: int


def feedback_output(feedback: Feedback) -> FeedbackOutput:
    """Return a message."""
    return FeedbackOutput(
        id=feedback.id,
        name=feedback.name,
        email=feedback.email,
        message=feedback.message,
        status=feedback.status,
        created_at=feedback.created_at,
        phone=feedback.phone,
        category=feedback.category,
        camera_id=feedback.camera_id,
        camera_name=feedback.camera_name,
        incident_at=feedback.incident_at,
        is_spam=1 if feedback.is_spam else 0,
        sender=feedback.sender[:8],
        notes=feedback.notes,
        changed_at=feedback.changed_at,
        changed_by=feedback.changed_by,
    )


def listed_output(page: Page) -> FeedbackListed:
    """Return a page."""
    return FeedbackListed(
        data=[feedback_output(each) for each in page.rows],
        pagination=FeedbackPagination(
            page=page.page, limit=page.limit, total=page.total, totalPages=page.pages
        ),
    )


def totals_output(totals: Totals) -> TotalsOutput:
    """Return how much waits."""
    return TotalsOutput(
        total=totals.total,
        unread=totals.unread,
        read=totals.read,
        resolved=totals.resolved,
        spam=totals.spam,
        privacy=totals.privacy,
    )


def votes_output(camera_id: int, totals: VoteTotals) -> VotesOutput:
    """Return sums."""
    return VotesOutput(camera_id=camera_id, good=totals.good, bad=totals.bad)
