"""Votes in and out of the database."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.feedback.models import CameraVoteRow, CameraVoteTotalRow
from pantau.feedback.values import VoteTotals


async def vote_of(reading: Reading, camera_id: int, voter: str) -> bool | None:
    """Return whether somebody found a camera good; None: no vote."""
    row = CameraVoteRow
    query = select(row.is_good).where(row.camera_id == camera_id, row.voter == voter)
    return (await reading.session.execute(query)).scalar_one_or_none()


async def put_vote(
    writing: Writing, camera_id: int, voter: str, *, is_good: bool | None, at: datetime
) -> VoteTotals:
    """Have somebody's vote be this one, or none; return the sums after it."""
    row = CameraVoteRow
    before = await vote_of(writing, camera_id, voter)
    if before != is_good:
        mine = (row.camera_id == camera_id, row.voter == voter)
        if is_good is None:
            await writing.session.execute(delete(row).where(*mine))
        elif before is None:
            await writing.session.execute(
                insert(row).values(camera_id=camera_id, voter=voter, is_good=is_good, voted_at=at)
            )
        else:
            await writing.session.execute(
                update(row).where(*mine).values(is_good=is_good, voted_at=at)
            )
        await _move(
            writing,
            camera_id,
            good=(is_good is True) - (before is True),
            bad=(is_good is False) - (before is False),
        )
        writing.changed("feedback")
    return (await _totals_of(writing, camera_id)) or VoteTotals()


async def all_totals(reading: Reading) -> dict[int, VoteTotals]:
    """Return the sums of every camera that has a vote."""
    row = CameraVoteTotalRow
    found = await reading.session.execute(select(row.camera_id, row.good, row.bad))
    return {camera_id: VoteTotals(good, bad) for camera_id, good, bad in found if good or bad}


async def _move(writing: Writing, camera_id: int, *, good: int, bad: int) -> None:
    row = CameraVoteTotalRow
    moved = await writing.session.execute(
        update(row)
        .where(row.camera_id == camera_id)
        .values(good=row.good + good, bad=row.bad + bad)
        .returning(row.camera_id)
    )
    if moved.first() is None:
        await writing.session.execute(
            insert(row).values(camera_id=camera_id, good=max(0, good), bad=max(0, bad))
        )


async def _totals_of(reading: Reading, camera_id: int) -> VoteTotals | None:
    row = CameraVoteTotalRow
    found = await reading.session.execute(
        select(row.good, row.bad).where(row.camera_id == camera_id)
    )
    sums = found.one_or_none()
    return None if sums is None else VoteTotals(sums.good, sums.bad)
