"""Views as a table for spreadsheets: page by page, so that none of it is ever in memory at once."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from pantau.analytics.answers import visitor_label
from pantau.analytics.values import COUNTS_FROM_S
from pantau.audit.export import harmless
from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.viewers.models import ViewHistoryRow

MOST_EXPORTED: Final = 1_000_000
"""A spreadsheet holds few more lines."""
_PAGE: Final = 500
_COLUMNS: Final = (
    "id",
    "started_at",
    "ended_at",
    "duration_seconds",
    "camera_id",
    "camera_name",
    "visitor",
    "ip_address",
    "device_type",
    "browser",
    "delivery",
    "robot",
    "counted",
)


class ViewExport:
    """One export: which views, in whose words.  Times are those of the hub's zone."""

    def __init__(
        self,
        database: Database,
        *,
        moments: tuple[datetime, datetime],
        camera_id: int | None,
        names: Mapping[int, str],
        zone: ZoneInfo,
        with_addresses: bool,
        clock: Clock,
    ) -> None:
        self._database = database
        self._moments = moments
        self._camera_id = camera_id
        self._names = names
        self._zone = zone
        self._with_addresses = with_addresses
        self._clock = clock

    async def pieces(self, *, most: int = MOST_EXPORTED) -> AsyncIterator[bytes]:
        """Yield the table, the newest view first; where it is cut off, the last line says so."""
        text = io.StringIO()
        lines = csv.writer(text, quoting=csv.QUOTE_ALL)
        # Without this mark spreadsheets do not take it for UTF-8.
        text.write("\ufeff")
        lines.writerow(_COLUMNS)
        count, last = 0, None
        while True:
            page = await self._page(last, limit=min(_PAGE, most - count + 1))
            lines.writerows(self._cells(view) for view in page[: most - count])
            count += len(page)
            if count > most:
                lines.writerow([f"Only the newest {most} views are here. Choose a shorter time."])
            yield _taken(text)
            if len(page) < _PAGE or count > most:
                return
            last = page[-1]
            await self._clock.sleep(0)

    async def _page(self, last: ViewHistoryRow | None, *, limit: int) -> Sequence[ViewHistoryRow]:
        view = ViewHistoryRow
        from_at, until_at = self._moments
        wanted = select(view).where(view.started_at >= from_at, view.started_at < until_at)
        if self._camera_id is not None:
            wanted = wanted.where(view.camera_id == self._camera_id)
        if last is not None:
            wanted = wanted.where(
                view.started_at <= last.started_at,
                or_(view.started_at < last.started_at, view.id < last.id),
            )
        async with self._database.read() as reading:
            found = await reading.session.scalars(
                wanted.order_by(view.started_at.desc(), view.id.desc()).limit(limit)
            )
            return found.all()

    def _cells(self, view: ViewHistoryRow) -> list[str | int]:
        name = None if view.camera_id is None else self._names.get(view.camera_id)
        is_counted = not view.is_bot and view.duration_s >= COUNTS_FROM_S
        return [
            view.id,
            self._moment(view.started_at),
            self._moment(view.ended_at),
            max(0, view.duration_s),
            "" if view.camera_id is None else view.camera_id,
            harmless(name or view.camera_name or ""),
            harmless(visitor_label(view.visitor)),
            harmless(view.ip_address or "") if self._with_addresses else "",
            harmless(view.device_type or ""),
            harmless(view.browser),
            harmless(view.delivery),
            int(view.is_bot),
            int(is_counted),
        ]

    def _moment(self, at: datetime) -> str:
        return at.astimezone(self._zone).isoformat(sep=" ", timespec="seconds")


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece
