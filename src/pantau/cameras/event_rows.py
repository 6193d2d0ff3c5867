"""The lifecycle log in and out of the database."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select

from pantau.cameras.lifecycle import CameraEvent, Kind, details_text
from pantau.cameras.rows import CameraEventRow
from pantau.db.database import Reading, Writing
from pantau.db.paging import Key, Keyset, Page

_NEWEST_FIRST: Final = Keyset[CameraEventRow](Key(CameraEventRow.id, int, descending=True))
_MOST_ACTOR: Final = 100
_WITH_DETAILS: Final = frozenset({Kind.CHANGED, Kind.SOURCE_CHANGED})
_DECIDING: Final = frozenset(
    {Kind.CUT_OFF, Kind.RESTORED, Kind.ENABLED, Kind.DISABLED, *_WITH_DETAILS}
)
_OF_DECISIONS: Final = frozenset({"visibility", "still_only", "schedule", "enabled", "cut_off"})
"""As `telling.told` names them."""


async def record_events(writing: Writing, events: Sequence[CameraEvent]) -> None:
    """Append what happened, in the transaction that does it."""
    if not events:
        return
    rows = [
        {
            "camera_id": event.camera_id,
            "at": event.at,
            "kind": event.kind.value,
            "actor": event.actor[:_MOST_ACTOR],
            "details": details_text(event.details),
        }
        for event in events
    ]
    await writing.session.execute(insert(CameraEventRow), rows)


async def events_page(
    reading: Reading, camera_id: int, *, limit: int, cursor: str | None = None
) -> Page[CameraEvent]:
    """Return what happened to a camera, the newest first."""
    query = select(CameraEventRow).where(CameraEventRow.camera_id == camera_id)
    found = await _NEWEST_FIRST.page(reading, query, limit=limit, cursor=cursor)
    return Page(tuple(_event(row) for row in found.rows), found.next_cursor)


async def decided_since(reading: Reading, since: datetime) -> frozenset[int]:
    """Return the cameras of which it was decided since then who sees them, or whether anybody."""
    query = select(CameraEventRow).where(
        CameraEventRow.at >= since, CameraEventRow.kind.in_(_DECIDING)
    )
    rows = await reading.session.scalars(query)
    return frozenset(row.camera_id for row in rows if _decides(_event(row)))


def _decides(event: CameraEvent) -> bool:
    if event.kind not in _WITH_DETAILS:
        return True
    after = event.details.get("after")
    return not isinstance(after, dict) or not _OF_DECISIONS.isdisjoint(after)


def _event(row: CameraEventRow) -> CameraEvent:
    return CameraEvent(
        id=row.id,
        camera_id=row.camera_id,
        at=row.at,
        kind=Kind(row.kind),
        actor=row.actor,
        details=json.loads(row.details),
    )
