"""Rows of what visitors wrote and of their votes."""

from datetime import datetime
from typing import Final

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime

NAME_LENGTH: Final = 100
EMAIL_LENGTH: Final = 100
PHONE_LENGTH: Final = 30
SENDER_LENGTH: Final = 32


class FeedbackRow(Base):
    """One message of a visitor."""

    __tablename__ = "feedbacks"
    __table_args__ = (
        CheckConstraint("status IN ('unread', 'read', 'resolved')", name="status"),
        CheckConstraint(
            "category IN ('picture', 'place', 'privacy', 'idea', 'other')", name="category"
        ),
        Index("ix_feedbacks_queue", "is_spam", "status", "category"),
        Index("ix_feedbacks_created_at", "created_at"),
        Index("ix_feedbacks_camera_id", "camera_id"),
        # Numbers are told to senders and stand in the trail: none is given twice.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    phone: Mapped[str | None] = mapped_column(String(PHONE_LENGTH))
    message: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(16))
    camera_id: Mapped[int | None] = mapped_column(Number)
    """Without a foreign key: what was said of a camera outlives it."""
    camera_name: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    """As it was called when somebody wrote about it."""
    incident_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_spam: Mapped[bool] = mapped_column(Boolean)
    sender: Mapped[str] = mapped_column(String(SENDER_LENGTH))
    """A keyed hash of the address; the address itself is kept nowhere."""
    notes: Mapped[str] = mapped_column(Text)
    """What those who answer it wrote down; never public."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(100), server_default=text("''"))


class CameraVoteRow(Base):
    """What one visitor thinks of one camera's picture."""

    __tablename__ = "camera_votes"

    camera_id: Mapped[int] = mapped_column(
        Number, ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    voter: Mapped[str] = mapped_column(String(SENDER_LENGTH), primary_key=True)
    """A keyed hash of what the visitor's cookie holds."""
    is_good: Mapped[bool] = mapped_column(Boolean)
    voted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CameraVoteTotalRow(Base):
    """The sums of a camera's votes, moved in the transaction of each vote."""

    __tablename__ = "camera_vote_totals"

    camera_id: Mapped[int] = mapped_column(
        Number, ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    good: Mapped[int] = mapped_column(Integer)
    bad: Mapped[int] = mapped_column(Integer)
