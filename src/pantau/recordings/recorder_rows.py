"""States, restarts and commands of recorders in and out of the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.recordings.recorders import (
    Command,
    CommandAction,
    RecorderState,
    RecorderStatus,
    Restart,
    RestartReason,
)
from pantau.recordings.rows import CommandRow, RecorderRow, RestartRow

_MOST_EXPIRED: Final = 5_000
MOST_DETAIL: Final = 500


async def all_states(reading: Reading) -> dict[int, RecorderState]:
    """Return every recorder as it was last seen."""
    found = await reading.session.execute(select(RecorderRow.__table__))
    return {
        row["camera_id"]: RecorderState(**{**row, "status": RecorderStatus(row["status"])})
        for row in found.mappings()
    }


async def save_states(writing: Writing, states: Sequence[RecorderState], *, is_news: bool) -> None:
    """Write states; `is_news`: tell everybody, as more than the evidence is another."""
    if not states:
        return
    await forget_states(writing, [state.camera_id for state in states])
    await writing.session.execute(insert(RecorderRow), [_values(state) for state in states])
    if is_news:
        writing.changed("recordings")


async def forget_states(writing: Writing, camera_ids: Collection[int]) -> None:
    """Let go of recorders of cameras that are gone."""
    row = RecorderRow
    if camera_ids:
        await (await writing.session.connection()).execute(
            delete(row).where(row.camera_id == bindparam("of_camera")),
            [{"of_camera": number} for number in camera_ids],
        )


async def add_restart(
    writing: Writing, camera_id: int, reason: RestartReason, detail: str, *, at: datetime
) -> int:
    """Note that a recorder begins anew; return the number of the note."""
    done = await writing.session.execute(
        insert(RestartRow)
        .values(
            camera_id=camera_id,
            reason=reason.value,
            detail=detail[:MOST_DETAIL],
            restart_at=at,
            success=False,
        )
        .returning(RestartRow.id)
    )
    writing.changed("recordings")
    return int(done.scalar_one())


async def note_recovered(writing: Writing, camera_ids: Iterable[int], *, at: datetime) -> None:
    """Note that a segment was closed after whatever restarts there were."""
    numbers = list(camera_ids)
    if not numbers:
        return
    done = await writing.session.execute(
        update(RestartRow)
        .where(
            RestartRow.camera_id.in_(numbers),
            RestartRow.recovered_at.is_(None),
            RestartRow.restart_at <= at,
        )
        .values(recovered_at=at, success=True)
        .returning(RestartRow.id)
    )
    if done.first() is not None:
        writing.changed("recordings")


async def unrecovered(reading: Reading) -> set[int]:
    """Return the cameras whose last restart has come to nothing yet."""
    query = select(RestartRow.camera_id).where(RestartRow.recovered_at.is_(None)).distinct()
    return set((await reading.session.scalars(query)).all())


async def restarts(reading: Reading, *, camera_id: int | None = None, limit: int) -> list[Restart]:
    """Return restarts, the newest first."""
    query = select(RestartRow.__table__).order_by(RestartRow.id.desc()).limit(limit)
    if camera_id is not None:
        query = query.where(RestartRow.camera_id == camera_id)
    found = await reading.session.execute(query)
    return [_restart(row) for row in found.mappings()]


async def restarts_since(reading: Reading, since_at: datetime) -> Mapping[int, int]:
    """Return how often each recorder had to begin anew since then."""
    query = (
        select(RestartRow.camera_id, func.count())
        .where(RestartRow.restart_at >= since_at)
        .group_by(RestartRow.camera_id)
    )
    return {int(number): int(count) for number, count in await reading.session.execute(query)}


async def expire(writing: Writing, *, before_at: datetime) -> int:
    """Delete some restarts and finished commands from before then; 0 when none is left."""
    gone = 0
    old_restarts = (
        select(RestartRow.id).where(RestartRow.restart_at < before_at).limit(_MOST_EXPIRED)
    )
    old_commands = select(CommandRow.id).where(CommandRow.done_at < before_at).limit(_MOST_EXPIRED)
    for statement in (
        delete(RestartRow).where(RestartRow.id.in_(old_restarts)).returning(RestartRow.id),
        delete(CommandRow).where(CommandRow.id.in_(old_commands)).returning(CommandRow.id),
    ):
        gone += len((await writing.session.execute(statement)).all())
    return gone


async def add_command(
    writing: Writing, camera_id: int, action: CommandAction, actor: str, *, at: datetime
) -> int:
    """Ask a recorder for something; return the number of the command."""
    done = await writing.session.execute(
        insert(CommandRow)
        .values(camera_id=camera_id, action=action.value, actor=actor[:100], asked_at=at)
        .returning(CommandRow.id)
    )
    writing.changed("recordings")
    return int(done.scalar_one())


async def open_commands(reading: Reading) -> list[Command]:
    """Return what nobody has done yet, the oldest first."""
    query = select(CommandRow.__table__).where(CommandRow.done_at.is_(None))
    found = await reading.session.execute(query.order_by(CommandRow.id))
    return [_command(row) for row in found.mappings()]


async def commands_of(reading: Reading, camera_id: int, *, limit: int) -> list[Command]:
    """Return what was asked of one recorder, the newest first."""
    query = select(CommandRow.__table__).where(CommandRow.camera_id == camera_id)
    found = await reading.session.execute(query.order_by(CommandRow.id.desc()).limit(limit))
    return [_command(row) for row in found.mappings()]


async def command(reading: Reading, command_id: int) -> Command | None:
    """Return one command."""
    query = select(CommandRow.__table__).where(CommandRow.id == command_id)
    row = (await reading.session.execute(query)).mappings().one_or_none()
    return None if row is None else _command(row)


async def finish_command(writing: Writing, command_id: int, *, outcome: str, at: datetime) -> None:
    """Note what became of a command; an empty outcome: done."""
    await writing.session.execute(
        update(CommandRow)
        .where(CommandRow.id == command_id)
        .values(done_at=at, outcome=outcome[:MOST_DETAIL])
    )
    writing.changed("recordings")


def _values(state: RecorderState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in RecorderState.__slots__} | {
        "status": state.status.value
    }


def _restart(row: RowMapping) -> Restart:
    return Restart(**{**row, "reason": RestartReason(row["reason"])})


def _command(row: RowMapping) -> Command:
    return Command(**{**row, "action": CommandAction(row["action"])})
