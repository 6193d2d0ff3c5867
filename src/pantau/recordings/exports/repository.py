"""Exports and links to them in and out of the database."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, delete, func, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.db.paging import Key, Keyset
from pantau.recordings.exports.models import Export, ExportFile, ExportKind, ExportState
from pantau.recordings.exports.rows import ExportRow
from pantau.recordings.models import Span

_PAGES: Final[Keyset[ExportRow]] = Keyset(
    Key(ExportRow.created_at, datetime, descending=True), Key(ExportRow.id, str, descending=True)
)
_UNDER_WAY: Final = (ExportState.QUEUED.value, ExportState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class Burden:
    """What exports take together."""

    under_way: int
    size_bytes: int
    """Of those that are done, and what those under way will take."""


async def add(writing: Writing, export: Export) -> None:
    """Store a new export."""
    values = {
        "id": export.id,
        "camera_id": export.camera_id,
        "camera_name": export.camera_name,
        "from_ms": export.span.from_ms,
        "to_ms": export.span.to_ms,
        "kind": export.kind.value,
        "speed": export.speed,
        "state": export.state.value,
        "size_bytes": export.size_bytes,
        "created_by": export.created_by,
        "created_at": export.created_at,
    }
    await writing.session.execute(insert(ExportRow).values(values))
    writing.changed("exports")


async def one(reading: Reading, export_id: str) -> Export | None:
    """Return an export."""
    query = select(ExportRow.__table__).where(ExportRow.id == export_id)
    row = (await reading.session.execute(query)).mappings().one_or_none()
    return None if row is None else _export(row)


async def page(
    reading: Reading,
    *,
    cameras: Collection[int] | None,
    camera_id: int | None,
    state: ExportState | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[Export], str | None]:
    """Return exports, the newest first; `cameras`: of those only."""
    query = select(ExportRow)
    if cameras is not None:
        query = query.where(ExportRow.camera_id.in_(cameras))
    if camera_id is not None:
        query = query.where(ExportRow.camera_id == camera_id)
    if state is not None:
        query = query.where(ExportRow.state == state.value)
    found = await _PAGES.page(reading, query, limit=limit, cursor=cursor)
    return [_export_of(row) for row in found.rows], found.next_cursor


async def burden(reading: Reading, *, beside: str = "") -> Burden:
    """Return what exports take, one left out."""
    table = ExportRow
    kept = (*_UNDER_WAY, ExportState.DONE.value)
    query = (
        select(table.state, func.count(), func.coalesce(func.sum(table.size_bytes), 0))
        .where(table.state.in_(kept), table.id != beside)
        .group_by(table.state)
    )
    found = (await reading.session.execute(query)).all()
    return Burden(
        sum(count for state, count, _ in found if state in _UNDER_WAY),
        sum(int(size) for _, _, size in found),
    )


async def next_queued(writing: Writing) -> Export | None:
    """Take the export that waits longest, and have it run; None: none waits."""
    table = ExportRow
    oldest = (
        select(table.id)
        .where(table.state == ExportState.QUEUED.value)
        .order_by(table.created_at, table.id)
        .limit(1)
    )
    export_id = await writing.session.scalar(oldest)
    if export_id is None:
        return None
    await _change(
        writing,
        export_id,
        ExportState.QUEUED,
        state=ExportState.RUNNING.value,
        attempts=table.attempts + 1,
        progress=0,
        error="",
    )
    return await one(writing, export_id)


async def running(reading: Reading) -> list[Export]:
    """Return what is being made, or was when its worker ended."""
    query = select(ExportRow.__table__).where(ExportRow.state == ExportState.RUNNING.value)
    found = await reading.session.execute(query.order_by(ExportRow.created_at, ExportRow.id))
    return [_export(row) for row in found.mappings()]


async def requeue(writing: Writing, export: Export, *, counts: bool) -> bool:
    """Have an export wait again; `counts`: the attempt was one.  Return whether it still ran."""
    attempts = export.attempts if counts else max(0, export.attempts - 1)
    return await _change(
        writing,
        export.id,
        ExportState.RUNNING,
        state=ExportState.QUEUED.value,
        attempts=attempts,
        progress=0,
    )


async def note_progress(writing: Writing, export_id: str, progress: int) -> None:
    """Remember how far an export is."""
    await _change(writing, export_id, ExportState.RUNNING, progress=progress)


async def note_size(writing: Writing, export_id: str, size_bytes: int) -> None:
    """Remember what an export will take."""
    await _change(writing, export_id, ExportState.RUNNING, size_bytes=size_bytes)


async def note_done(
    writing: Writing,
    export_id: str,
    *,
    manifest: str,
    size_bytes: int,
    at: datetime,
    until: datetime,
) -> bool:
    """Have an export be done; return whether it was still wanted."""
    return await _change(
        writing,
        export_id,
        ExportState.RUNNING,
        state=ExportState.DONE.value,
        progress=1000,
        manifest=manifest,
        size_bytes=size_bytes,
        finished_at=at,
        expires_at=until,
    )


async def note_over(
    writing: Writing,
    export_id: str,
    was: ExportState,
    now: ExportState,
    *,
    at: datetime,
    error: str = "",
) -> bool:
    """Have an export be failed, cancelled or expired; return whether its state was still `was`."""
    values: dict[str, Any] = {"state": now.value, "size_bytes": 0}
    if now is not ExportState.EXPIRED:
        values |= {"finished_at": at, "error": error}
    return await _change(writing, export_id, was, **values)


async def ask_cancel(writing: Writing, export_id: str) -> bool:
    """Ask whoever makes an export to stop; return whether it is being made."""
    return await _change(writing, export_id, ExportState.RUNNING, cancel_asked=True)


async def is_unwanted(reading: Reading, export_id: str) -> bool:
    """Tell whether an export was cancelled or deleted while it is made."""
    table = ExportRow
    query = select(table.cancel_asked).where(
        table.id == export_id, table.state == ExportState.RUNNING.value
    )
    asked = await reading.session.scalar(query)
    return asked is None or bool(asked)


async def remove(writing: Writing, export_id: str) -> bool:
    """Delete an export's row; return whether there was one.  Its files go after it."""
    done = await writing.session.execute(
        delete(ExportRow).where(ExportRow.id == export_id).returning(ExportRow.id)
    )
    is_done = done.first() is not None
    if is_done:
        writing.changed("exports")
    return is_done


async def due(reading: Reading, *, now: datetime) -> list[str]:
    """Return the exports whose time is over."""
    table = ExportRow
    query = select(table.id).where(table.state == ExportState.DONE.value, table.expires_at <= now)
    return list((await reading.session.scalars(query)).all())


async def with_files(reading: Reading) -> set[str]:
    """Return the exports that have files, or will have."""
    kept = (*_UNDER_WAY, ExportState.DONE.value)
    query = select(ExportRow.id).where(ExportRow.state.in_(kept))
    return set((await reading.session.scalars(query)).all())


async def old(reading: Reading, *, before: datetime) -> list[str]:
    """Return exports without files that were over before that moment."""
    table = ExportRow
    over = (ExportState.FAILED.value, ExportState.CANCELLED.value, ExportState.EXPIRED.value)
    query = select(table.id).where(table.state.in_(over), table.finished_at < before)
    return list((await reading.session.scalars(query)).all())


async def _change(writing: Writing, export_id: str, was: ExportState, **values: Any) -> bool:
    done = await writing.session.execute(
        update(ExportRow)
        .where(ExportRow.id == export_id, ExportRow.state == was.value)
        .values(values)
        .returning(ExportRow.id)
    )
    is_done = done.first() is not None
    if is_done:
        writing.changed("exports")
    return is_done


def _export_of(row: ExportRow) -> Export:
    values = {column.key: getattr(row, column.key) for column in ExportRow.__table__.columns}
    return _built(values)


def _export(row: RowMapping) -> Export:
    return _built(dict(row))


def _built(row: dict[str, Any]) -> Export:
    return Export(
        id=row["id"],
        camera_id=row["camera_id"],
        camera_name=row["camera_name"],
        span=Span(row["from_ms"], row["to_ms"]),
        kind=ExportKind(row["kind"]),
        speed=row["speed"],
        state=ExportState(row["state"]),
        progress=row["progress"],
        error=row["error"],
        size_bytes=row["size_bytes"],
        files=_files(row["manifest"]),
        cancel_asked=row["cancel_asked"],
        attempts=row["attempts"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        expires_at=row["expires_at"],
    )


def _files(manifest: str) -> Sequence[ExportFile]:
    if not manifest:
        return ()
    return tuple(
        ExportFile(
            name=file["name"],
            size_bytes=file["size_bytes"],
            sha256=file["sha256"],
            span=Span(file["from_ms"], file["to_ms"]),
            duration_ms=file["duration_ms"],
        )
        for file in json.loads(manifest)["files"]
    )
