"""What people change about cameras, written column by column."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from pantau.areas.models import AreaRow
from pantau.cameras.repository import plain_values, source_values
from pantau.cameras.rows import CameraRow
from pantau.cameras.stored import StoredCamera
from pantau.core.sealing import Sealer
from pantau.db.database import Reading, Writing

_NUMBER = "number_of_row"


async def save_changes(
    writing: Writing, pairs: Sequence[tuple[StoredCamera, StoredCamera]], *, sealer: Sealer
) -> None:
    """Write the columns in which the second of each pair differs from the first.

    One statement for all pairs that differ in the same columns.  Nothing that is unique may change
    hands between them.
    """
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for before, after in pairs:
        was, becomes = plain_values(before), plain_values(after)
        values = {name: value for name, value in becomes.items() if value != was[name]}
        if after.camera.source != before.camera.source:
            values |= source_values(after.camera.source, sealer)
        if values:
            group = groups.setdefault(tuple(values), [])
            group.append({_NUMBER: before.camera.id, **values})
    connection = await writing.session.connection()
    for rows in groups.values():
        await connection.execute(
            update(CameraRow)
            .where(CameraRow.id == bindparam(_NUMBER))
            .values({name: bindparam(name) for name in rows[0] if name != _NUMBER}),
            rows,
        )
    if groups:
        writing.changed("cameras")


async def delete_cameras(writing: Writing, numbers: Collection[int]) -> None:
    """Delete cameras; their numbers are never given again."""
    if numbers:
        await writing.session.execute(delete(CameraRow).where(CameraRow.id.in_(numbers)))
        writing.changed("cameras")


async def areas_there(reading: Reading, numbers: Collection[int]) -> frozenset[int]:
    """Return those of `numbers` that are areas which cameras can be in."""
    found = await reading.session.scalars(
        select(AreaRow.id).where(AreaRow.id.in_(numbers), AreaRow.removed_at.is_(None))
    )
    return frozenset(found.all())
