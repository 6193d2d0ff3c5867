"""Health in and out of the database, in batches; only changes are written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, or_, select, update

from pantau.cameras.models import HealthState
from pantau.core.ids import CameraId
from pantau.db.database import Reading, Writing
from pantau.health import causes
from pantau.health.rows import (
    CameraHealthRow,
    CameraHealthSpanRow,
    HealthCheckRow,
    HealthWatchRow,
)
from pantau.health.values import CameraHealth, Change, Span
from pantau.health.verdict import Belief

_WATCH: Final = 1
_MOST_EXPIRED: Final = 5_000


async def beliefs(reading: Reading) -> dict[CameraId, Belief]:
    """Return what was believed when it was last written, for who goes on from there."""
    found = await reading.session.execute(select(CameraHealthRow.__table__))
    return {
        CameraId(row["camera_id"]): Belief(
            state=HealthState(row["state"]),
            cause=row["cause"],
            since_at=row["since_at"],
            checked_at=row["checked_at"],
            alive_at=row["alive_at"],
            gone_since_at=row["gone_since_at"],
            gone_looks=row["gone_looks"],
            failures=row["failures"],
        )
        for row in found.mappings()
    }


async def all_health(reading: Reading) -> dict[CameraId, CameraHealth]:
    """Return what is believed of every camera."""
    found = await reading.session.execute(select(CameraHealthRow.__table__))
    return {
        CameraId(row["camera_id"]): CameraHealth(
            camera_id=CameraId(row["camera_id"]),
            state=HealthState(row["state"]),
            cause=row["cause"],
            since_at=row["since_at"],
            checked_at=row["checked_at"],
            alive_at=row["alive_at"],
            gone_since_at=row["gone_since_at"],
        )
        for row in found.mappings()
    }


async def save(writing: Writing, changes: Sequence[Change]) -> None:
    """Write beliefs; where a state or a cause began, end the span before and begin another.

    Only those tell the other processes.
    """
    if not changes:
        return
    newest = {change.camera_id: change for change in changes}
    await _delete_health(writing, list(newest))
    rows = [_health_values(change) for change in newest.values()]
    await writing.session.execute(insert(CameraHealthRow), rows)
    begun = _begun(changes)
    if begun:
        # Those of one camera in their order: each ends with the beginning of the next.
        first = {span["camera_id"]: span["began_at"] for span in reversed(begun)}
        await _end_spans(writing, first)
        await writing.session.execute(insert(CameraHealthSpanRow), begun)
        writing.changed("health")


def _begun(changes: Sequence[Change]) -> list[dict[str, Any]]:
    begun: list[dict[str, Any]] = []
    last: dict[CameraId, dict[str, Any]] = {}
    for change in changes:
        if change.span_from_at is None:
            continue
        if change.camera_id in last:
            last[change.camera_id]["ended_at"] = change.span_from_at
        last[change.camera_id] = {
            "camera_id": change.camera_id,
            "state": change.belief.state.value,
            "cause": change.belief.cause,
            "began_at": change.span_from_at,
            "ended_at": None,
        }
        begun.append(last[change.camera_id])
    return begun


async def forget(writing: Writing, gone: Collection[CameraId], *, at: datetime) -> None:
    """Let go of cameras that are not there any more; their history stays until it expires."""
    if gone:
        await _delete_health(writing, list(gone))
        await _end_spans(writing, dict.fromkeys(gone, at))
        writing.changed("health")


async def spans(
    reading: Reading,
    *,
    from_at: datetime,
    until_at: datetime,
    camera_id: CameraId | None = None,
) -> list[Span]:
    """Return the spans that touch a stretch of time, by their beginning."""
    table = CameraHealthSpanRow.__table__.c
    query = (
        select(table.camera_id, table.state, table.cause, table.began_at, table.ended_at)
        .where(table.began_at < until_at, or_(table.ended_at.is_(None), table.ended_at > from_at))
        .order_by(table.began_at, table.id)
    )
    if camera_id is not None:
        query = query.where(table.camera_id == camera_id)
    found = await reading.session.execute(query)
    return [
        Span(CameraId(number), HealthState(state), cause, began_at, ended_at)
        for number, state, cause, began_at, ended_at in found
    ]


async def expire_spans(writing: Writing, *, before_at: datetime) -> int:
    """Delete some spans that ended before that; return how many, 0 when none is left."""
    row = CameraHealthSpanRow
    old = select(row.id).where(row.ended_at < before_at).limit(_MOST_EXPIRED)
    done = await writing.session.execute(delete(row).where(row.id.in_(old)).returning(row.id))
    return len(done.all())


async def note_watched(writing: Writing, *, until_at: datetime) -> None:
    """Note that everything was watched until that moment."""
    done = await writing.session.execute(
        update(HealthWatchRow)
        .where(HealthWatchRow.id == _WATCH)
        .values(watched_until_at=until_at)
        .returning(HealthWatchRow.id)
    )
    if done.first() is None:
        await writing.session.execute(
            insert(HealthWatchRow).values(id=_WATCH, watched_until_at=until_at)
        )


async def close_gap(writing: Writing, *, now: datetime, longest: timedelta) -> bool:
    """Have what nobody watched be unknown, if it was longer than `longest`; return whether.

    For a worker that begins: what was open when the last one ended must not be counted as if
    somebody had looked all the time.
    """
    found = await writing.session.execute(select(HealthWatchRow.watched_until_at))
    until_at = found.scalar_one_or_none()
    if until_at is None or now - until_at <= longest:
        return False
    changes = []
    for camera_id, belief in (await beliefs(writing)).items():
        if belief.state is HealthState.UNKNOWN and belief.cause in causes.RESTING:
            continue
        from_at = max(until_at, belief.since_at)
        unknown = Belief(
            state=HealthState.UNKNOWN,
            cause=causes.NOT_WATCHED,
            since_at=from_at,
            checked_at=belief.checked_at,
            alive_at=belief.alive_at,
            gone_since_at=belief.gone_since_at,
            gone_looks=belief.gone_looks,
        )
        changes.append(Change(camera_id, unknown, from_at))
    await save(writing, changes)
    return True


async def ask_check(writing: Writing, camera_id: CameraId, *, at: datetime) -> None:
    """Ask the worker to check a camera now."""
    row = HealthCheckRow
    await writing.session.execute(delete(row).where(row.camera_id == camera_id))
    await writing.session.execute(insert(row).values(camera_id=camera_id, asked_at=at))
    writing.changed("health")


async def has_checks(reading: Reading) -> bool:
    """Tell whether anybody asked."""
    found = await reading.session.execute(select(HealthCheckRow.camera_id).limit(1))
    return found.first() is not None


async def take_checks(writing: Writing) -> list[CameraId]:
    """Return the cameras that somebody wants to be checked, and forget the wish."""
    done = await writing.session.execute(delete(HealthCheckRow).returning(HealthCheckRow.camera_id))
    return [CameraId(number) for (number,) in done]


async def _delete_health(writing: Writing, ids: Sequence[CameraId]) -> None:
    row = CameraHealthRow
    await (await writing.session.connection()).execute(
        delete(row).where(row.camera_id == bindparam("of_camera")),
        [{"of_camera": camera_id} for camera_id in ids],
    )


async def _end_spans(writing: Writing, ends: Mapping[CameraId, datetime | None]) -> None:
    row = CameraHealthSpanRow
    await (await writing.session.connection()).execute(
        update(row)
        .where(row.camera_id == bindparam("of_camera"), row.ended_at.is_(None))
        .values(ended_at=bindparam("at")),
        [{"of_camera": camera_id, "at": at} for camera_id, at in ends.items()],
    )


def _health_values(change: Change) -> dict[str, Any]:
    belief = change.belief
    return {
        "camera_id": change.camera_id,
        "state": belief.state.value,
        "cause": belief.cause,
        "since_at": belief.since_at,
        "checked_at": belief.checked_at,
        "alive_at": belief.alive_at,
        "gone_since_at": belief.gone_since_at,
        "gone_looks": belief.gone_looks,
        "failures": belief.failures,
    }
