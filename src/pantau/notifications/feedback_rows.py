"""Reads what visitors wrote, as far as messages tell of it: no names, no addresses."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from pantau.db.database import Reading
from pantau.feedback.models import FeedbackRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One message of a visitor."""

    id: int
    at: datetime
    camera_id: int | None
    camera_name: str
    message: str
    is_spam: bool
    is_take_down: bool


async def newest(reading: Reading) -> int:
    """Return the number of the newest message; 0: there is none."""
    return int((await reading.session.scalar(select(func.max(FeedbackRow.id)))) or 0)


async def after(reading: Reading, number: int, *, limit: int) -> list[Written]:
    """Return the next messages."""
    row = FeedbackRow
    query = select(row).where(row.id > number).order_by(row.id).limit(limit)
    return [
        Written(
            id=one.id,
            at=one.created_at,
            camera_id=one.camera_id,
            camera_name=one.camera_name,
            message=one.message,
            is_spam=one.is_spam,
            is_take_down=one.category == "privacy",
        )
        for one in await reading.session.scalars(query)
    ]
