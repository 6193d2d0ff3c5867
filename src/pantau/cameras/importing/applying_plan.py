"""Writes a plan and takes it back: one transaction each, with the lifecycle log."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from pantau.areas.models import Area
from pantau.areas.repository import all_areas, delete_area, insert_areas
from pantau.cameras.adding import add_cameras
from pantau.cameras.applying import applied
from pantau.cameras.changes import CameraChange
from pantau.cameras.event_rows import record_events
from pantau.cameras.importing import repository
from pantau.cameras.importing.candidates import RawRow
from pantau.cameras.importing.deciding import Decided, Plan
from pantau.cameras.importing.records import own_candidate, record_of
from pantau.cameras.importing.repository import NewLine, WrittenLine
from pantau.cameras.importing.values import Decision
from pantau.cameras.lifecycle import CameraEvent, Kind
from pantau.cameras.repository import stored_cameras
from pantau.cameras.stored import StoredCamera
from pantau.core.ids import AreaId
from pantau.core.networks import EVERYTHING
from pantau.core.sealing import Sealer
from pantau.core.slugs import free_slug
from pantau.db.database import Writing
from pantau.db.numbers import highest_number

_AT_ONCE: Final = 500
_Item = TypeVar("_Item")
Tell = Callable[[int, int], None]
"""Told how many of how many are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which import is written, by whom, when."""

    import_id: int
    actor: str
    at: datetime
    sealer: Sealer
    may_change: Callable[[int | None], bool]
    """Told an area's number, or None for no area: whether they run the cameras in it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What taking an import back did."""

    deleted: int = 0
    restored: int = 0
    kept: int = 0
    """Changed or deleted by somebody since, or no longer theirs, and so left alone."""


async def write_plan(writing: Writing, plan: Plan, order: Order, tell: Tell) -> None:
    """Add and change what the plan says; the caller records the audit entry."""
    areas = await _add_areas(writing, plan.areas, order.at)
    created = [row for row in plan.rows if row.decision is Decision.CREATE]
    updated = [row for row in plan.rows if row.decision is Decision.UPDATE]
    total = len(created) + len(updated)
    numbers: dict[int, int] = {}
    for some in _batches(created):
        wanted = [_placed(row, areas, order.import_id, order.at) for row in some]
        added = await add_cameras(writing, wanted, sealer=order.sealer)
        numbers |= {
            row.candidate.row: int(stored.camera.id)
            for row, stored in zip(some, added, strict=True)
        }
        tell(len(numbers), total)
    for some in _batches(updated):
        changed = [_placed(row, areas, None, order.at) for row in some]
        await repository.replace_cameras(writing, changed, sealer=order.sealer)
        numbers |= {
            row.candidate.row: int(stored.camera.id)
            for row, stored in zip(some, changed, strict=True)
        }
        tell(len(numbers), total)
    await record_events(writing, [_event(row, numbers, order) for row in (*created, *updated)])
    lines = [_line(row, numbers) for row in plan.rows]
    await repository.put_lines(writing, order.import_id, lines, sealer=order.sealer)


async def take_back(
    writing: Writing, lines: Sequence[WrittenLine], order: Order, *, applied_at: datetime
) -> Undone:
    """Delete what an import created and put back what it changed, but for what changed since."""
    here = {
        int(stored.camera.id): stored
        for stored in await stored_cameras(writing, order.sealer)
        if stored.removed_at is None
    }
    untouched = [
        line
        for line in lines
        if line.camera_id in here
        and here[line.camera_id].updated_at == applied_at
        and order.may_change(here[line.camera_id].camera.area_id)
    ]
    deleted = [line for line in untouched if line.decision is Decision.CREATE]
    restored = [line for line in untouched if line.decision is Decision.UPDATE]
    kept = {line.id for line in lines} - {line.id for line in untouched}
    await repository.delete_cameras(writing, [line.camera_id for line in deleted])
    areas = {area.id for area in await all_areas(writing)}
    back = [_restored(here[line.camera_id], line.before, areas) for line in restored]
    for some in _batches(back):
        await repository.replace_cameras(writing, some, sealer=order.sealer)
    await record_events(
        writing,
        [_undo_event(line.camera_id, Kind.DELETED, order) for line in deleted]
        + [_undo_event(line.camera_id, Kind.CHANGED, order) for line in restored],
    )
    for what, which in (("deleted", deleted), ("restored", restored)):
        await repository.mark_undone(writing, [line.id for line in which], what)
    await repository.mark_undone(writing, kept, "kept")
    await _drop_empty_areas(writing, applied_at)
    return Undone(deleted=len(deleted), restored=len(restored), kept=len(kept))


def before_text(stored: StoredCamera) -> str:
    """Return everything of a camera that an import may change, secrets included, as JSON."""
    record = record_of(stored, None, with_secrets=True)
    kept = {
        "record": record,
        "area_id": stored.camera.area_id,
        "updated_at": stored.updated_at.isoformat(),
    }
    return json.dumps(kept, ensure_ascii=False)


def _restored(now: StoredCamera, before: str, areas: Collection[AreaId]) -> StoredCamera:
    kept = json.loads(before)
    candidate = own_candidate(RawRow(1, kept["record"]))
    own: dict[str, Any] = dict(candidate.own)
    area_id = kept["area_id"]
    change = CameraChange(**own, area_id=area_id if area_id in areas else None)
    back = applied(now, change, policy=EVERYTHING)
    decision = replace(back.camera.decision, cut_off=candidate.cut_off)
    # The date as well: so an import before this one can be taken back after it.
    updated_at = datetime.fromisoformat(kept["updated_at"])
    return replace(back, camera=replace(back.camera, decision=decision), updated_at=updated_at)


async def _add_areas(writing: Writing, areas: Sequence[Area], at: datetime) -> Mapping[int, AreaId]:
    """Add areas; return their numbers by those that the plan calls them by."""
    if not areas:
        return {}
    number = await highest_number(writing, "areas")
    slugs = {area.slug for area in await all_areas(writing)}
    added: list[Area] = []
    for area in areas:
        number += 1
        slug = free_slug(area.name, number, slugs, otherwise="area")
        slugs.add(slug)
        added.append(replace(area, id=AreaId(number), slug=slug, created_at=at))
    await insert_areas(writing, added)
    return {int(area.id): new.id for area, new in zip(areas, added, strict=True)}


async def _drop_empty_areas(writing: Writing, applied_at: datetime) -> None:
    """Delete the areas that the import added, where nothing is in them."""
    cameras = await stored_cameras(writing, None)
    lived_in = {stored.camera.area_id for stored in cameras}
    for area in await all_areas(writing):
        is_ours = area.managed_by == "operator" and area.created_at == applied_at
        if is_ours and area.id not in lived_in:
            await delete_area(writing, area.id)


def _placed(
    row: Decided, areas: Mapping[int, AreaId], import_id: int | None, at: datetime
) -> StoredCamera:
    assert row.after is not None
    stored, camera = row.after, row.after.camera
    if camera.area_id is not None and camera.area_id < 0:
        camera = replace(camera, area_id=areas[int(camera.area_id)])
    created_at = at if import_id is not None else stored.created_at
    return replace(
        stored,
        camera=camera,
        import_id=import_id if import_id is not None else stored.import_id,
        created_at=created_at,
        updated_at=at,
    )


def _event(row: Decided, numbers: Mapping[int, int], order: Order) -> CameraEvent:
    is_new = row.decision is Decision.CREATE
    return CameraEvent(
        camera_id=numbers[row.candidate.row],
        at=order.at,
        kind=Kind.IMPORTED if is_new else Kind.CHANGED,
        actor=order.actor,
        details={"import": order.import_id, "row": row.candidate.row},
    )


def _undo_event(camera_id: int, kind: Kind, order: Order) -> CameraEvent:
    return CameraEvent(
        camera_id=camera_id,
        at=order.at,
        kind=kind,
        actor=order.actor,
        details={"undone_import": order.import_id},
    )


def _line(row: Decided, numbers: Mapping[int, int]) -> NewLine:
    is_update = row.decision is Decision.UPDATE and row.before is not None
    known = int(row.before.camera.id) if row.before is not None else None
    return NewLine(
        row=row.candidate.row,
        name=row.name,
        decision=row.decision,
        reason=row.reason,
        warnings=row.warnings,
        camera_id=numbers.get(row.candidate.row, known),
        before=before_text(row.before) if is_update and row.before is not None else "",
    )


def _batches(every: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for begin in range(0, len(every), _AT_ONCE):
        yield every[begin : begin + _AT_ONCE]
