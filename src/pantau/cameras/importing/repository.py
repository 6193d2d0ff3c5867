"""Imports in and out of the database."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, bindparam, delete, insert, select, text, update

from pantau.cameras.importing.models import (
    BEFORE_PURPOSE,
    UPLOAD_PURPOSE,
    CameraImportLineRow,
    CameraImportRow,
)
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.values import Decision, ImportView, Line, Phase, Progress, State
from pantau.cameras.repository import values_of
from pantau.cameras.rows import CameraRow
from pantau.cameras.stored import StoredCamera
from pantau.core.sealing import Sealer
from pantau.db.database import Reading, Writing

_CHUNK: Final = 500
_STAY: Final = frozenset({"id", "slug", "stream_key", "configured_as"})
_COUNTERS: Final = text(
    "SELECT topic, value FROM change_counters WHERE topic IN ('cameras', 'areas') ORDER BY topic"
)
READY: Final = "ready"
_LISTED = [column for column in CameraImportRow.__table__.columns if column.name != "upload_sealed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """What an import did with one row, to be kept."""

    row: int
    name: str
    decision: Decision
    reason: str
    warnings: Sequence[str]
    camera_id: int | None
    before: str = ""
    """What the camera was, as JSON; empty where it was not changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLine:
    """A line with what an undo needs."""

    id: int
    row: int
    decision: Decision
    camera_id: int
    before: str


async def counters(reading: Reading) -> tuple[tuple[str, int], ...]:
    """Return how often cameras and areas have changed: while it is equal, so are they."""
    found = await reading.session.execute(_COUNTERS)
    return tuple((topic, value) for topic, value in found)


async def put_import(writing: Writing, view: ImportView, upload: str, *, sealer: Sealer) -> int:
    """Add a preview and return its number; `view.id` is ignored."""
    statement = insert(CameraImportRow).values(
        state=view.state.value,
        file_name=view.file_name,
        format=view.format,
        options=view.options.model_dump_json(),
        user_id=view.user_id,
        by=view.by,
        upload_sealed=sealer.seal(upload, UPLOAD_PURPOSE),
        checks="{}",
        phase=view.progress.phase.value,
        done=0,
        total=view.progress.total,
        phase_at=view.created_at,
        summary=json.dumps(dict(view.summary)),
        created_at=view.created_at,
        expires_at=view.expires_at,
    )
    added = await writing.session.execute(statement.returning(CameraImportRow.id))
    writing.changed("imports")
    return added.scalar_one()


async def import_view(reading: Reading, import_id: int) -> ImportView | None:
    """Return one import."""
    query = select(*_LISTED).where(CameraImportRow.id == import_id)
    row = (await reading.session.execute(query)).mappings().one_or_none()
    return None if row is None else _view(row)


async def import_views(
    reading: Reading, *, limit: int, state: State | None = None
) -> list[ImportView]:
    """Return the newest imports first."""
    query = select(*_LISTED).order_by(CameraImportRow.id.desc()).limit(limit)
    if state is not None:
        query = query.where(CameraImportRow.state == state.value)
    return [_view(row) for row in (await reading.session.execute(query)).mappings()]


async def upload_of(reading: Reading, import_id: int, *, sealer: Sealer) -> str:
    """Return the upload of a preview; "" where it is gone."""
    query = select(CameraImportRow.upload_sealed).where(CameraImportRow.id == import_id)
    sealed = await reading.session.scalar(query)
    return sealer.open(sealed, UPLOAD_PURPOSE) if sealed else ""


async def checks_of(reading: Reading, import_id: int) -> Mapping[int, str]:
    """Return what looks at the addresses of an import found, by row."""
    query = select(CameraImportRow.checks).where(CameraImportRow.id == import_id)
    return _checks(await reading.session.scalar(query) or "{}")


async def set_options(
    writing: Writing, import_id: int, options: Options, summary: Mapping[str, int]
) -> None:
    """Keep other choices for a preview, and what they lead to."""
    await _update(
        writing,
        import_id,
        {"options": options.model_dump_json(), "summary": json.dumps(dict(summary))},
    )


async def set_progress(
    writing: Writing, import_id: int, progress: Progress, *, at: datetime
) -> None:
    """Keep how far an import has got, for every process to read."""
    await _update(
        writing,
        import_id,
        {
            "phase": progress.phase.value,
            "done": progress.done,
            "total": progress.total,
            "phase_at": at,
        },
    )


async def set_checks(writing: Writing, import_id: int, checks: Mapping[int, str]) -> None:
    """Keep what looks at the addresses found."""
    text_ = json.dumps({str(row): told for row, told in checks.items()})
    await _update(writing, import_id, {"checks": text_})


async def set_applied(
    writing: Writing, import_id: int, summary: Mapping[str, int], *, at: datetime
) -> None:
    """Make an import of a preview; its upload is forgotten."""
    await _update(
        writing,
        import_id,
        {
            "state": State.APPLIED.value,
            "summary": json.dumps(dict(summary)),
            "upload_sealed": None,
            "expires_at": None,
            "applied_at": at,
            "phase": Phase.DONE.value,
            "phase_at": at,
        },
    )


async def set_undone(writing: Writing, import_id: int, *, at: datetime) -> None:
    """Note that an import was undone."""
    await _update(writing, import_id, {"state": State.UNDONE.value, "undone_at": at})


async def drop_previews(
    writing: Writing, *, import_id: int | None = None, expired_at: datetime | None = None
) -> None:
    """Forget one preview, or every one that is expired."""
    statement = delete(CameraImportRow).where(CameraImportRow.state == State.PREVIEW.value)
    if import_id is not None:
        statement = statement.where(CameraImportRow.id == import_id)
    else:
        statement = statement.where(CameraImportRow.expires_at <= expired_at)
    await writing.session.execute(statement)
    writing.changed("imports")


async def put_lines(
    writing: Writing, import_id: int, lines: Sequence[NewLine], *, sealer: Sealer
) -> None:
    """Keep what an import did, row by row."""
    rows = [
        {
            "import_id": import_id,
            "row": line.row,
            "name": line.name[:100],
            "decision": line.decision.value,
            "reason": line.reason,
            "warnings": json.dumps(list(line.warnings), ensure_ascii=False),
            "camera_id": line.camera_id,
            "before_sealed": sealer.seal(line.before, BEFORE_PURPOSE) if line.before else None,
            "undone": "",
        }
        for line in lines
    ]
    for begin in range(0, len(rows), _CHUNK):
        await writing.session.execute(insert(CameraImportLineRow), rows[begin : begin + _CHUNK])


async def lines_of(
    reading: Reading, import_id: int, *, decision: Decision | None, after: int, limit: int
) -> list[Line]:
    """Return rows of an applied import in their order, those behind the row `after`."""
    query = (
        select(CameraImportLineRow)
        .where(CameraImportLineRow.import_id == import_id, CameraImportLineRow.row > after)
        .order_by(CameraImportLineRow.row)
        .limit(limit)
    )
    if decision is not None:
        query = query.where(CameraImportLineRow.decision == decision.value)
    return [
        Line(
            row=row.row,
            name=row.name,
            decision=Decision(row.decision),
            reason=row.reason,
            warnings=tuple(json.loads(row.warnings)),
            camera_id=row.camera_id,
            undone=row.undone,
        )
        for row in await reading.session.scalars(query)
    ]


async def written_lines(reading: Reading, import_id: int, *, sealer: Sealer) -> list[WrittenLine]:
    """Return what an import created and updated."""
    query = (
        select(CameraImportLineRow)
        .where(
            CameraImportLineRow.import_id == import_id,
            CameraImportLineRow.decision.in_([Decision.CREATE.value, Decision.UPDATE.value]),
            CameraImportLineRow.camera_id.is_not(None),
        )
        .order_by(CameraImportLineRow.row)
    )
    return [
        WrittenLine(
            id=row.id,
            row=row.row,
            decision=Decision(row.decision),
            camera_id=row.camera_id or 0,
            before=sealer.open(row.before_sealed, BEFORE_PURPOSE) if row.before_sealed else "",
        )
        for row in await reading.session.scalars(query)
    ]


async def mark_undone(writing: Writing, lines: Iterable[int], what: str) -> None:
    """Note what an undo did with some lines."""
    every = list(lines)
    for begin in range(0, len(every), _CHUNK):
        some = every[begin : begin + _CHUNK]
        await writing.session.execute(
            update(CameraImportLineRow).where(CameraImportLineRow.id.in_(some)).values(undone=what)
        )


async def replace_cameras(
    writing: Writing, cameras: Sequence[StoredCamera], *, sealer: Sealer
) -> None:
    """Replace what is stored under the numbers that `cameras` carry, in one statement.

    For those whose slugs and keys stay: `update_cameras` also lets rows exchange them.
    """
    if not cameras:
        return
    table = CameraRow.__table__
    assert isinstance(table, Table)
    rows = [values_of(stored, sealer) for stored in cameras]
    columns: dict[str, Any] = {
        name: bindparam(f"new_{name}") for name in rows[0] if name not in _STAY
    }
    # The table and not the class: rows of the class are matched one by one.
    statement = update(table).where(table.c.id == bindparam("camera_id")).values(columns)
    given = [
        {"camera_id": row["id"], **{f"new_{name}": row[name] for name in columns}} for row in rows
    ]
    connection = await writing.session.connection()
    await connection.execute(statement, given)
    writing.changed("cameras")


async def delete_cameras(writing: Writing, camera_ids: Sequence[int]) -> None:
    """Delete operators' cameras; their numbers are never given again."""
    for begin in range(0, len(camera_ids), _CHUNK):
        some = camera_ids[begin : begin + _CHUNK]
        await writing.session.execute(
            delete(CameraRow).where(CameraRow.id.in_(some), CameraRow.managed_by == "operator")
        )
    if camera_ids:
        writing.changed("cameras")


async def _update(writing: Writing, import_id: int, values: Mapping[str, Any]) -> None:
    statement = update(CameraImportRow).where(CameraImportRow.id == import_id)
    await writing.session.execute(statement.values(**values))
    writing.changed("imports")


def _checks(told: str) -> dict[int, str]:
    return {int(row): found for row, found in json.loads(told).items()}


def _view(row: Mapping[Any, Any]) -> ImportView:
    checks = _checks(row["checks"])
    return ImportView(
        id=row["id"],
        state=State(row["state"]),
        file_name=row["file_name"],
        format=row["format"],
        options=Options.model_validate_json(row["options"]),
        by=row["by"],
        user_id=row["user_id"],
        progress=Progress(Phase(row["phase"]), row["done"], row["total"]),
        progress_at=row["phase_at"],
        summary=json.loads(row["summary"]),
        checked=len(checks),
        ready=sum(found == READY for found in checks.values()),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        applied_at=row["applied_at"],
        undone_at=row["undone_at"],
    )
