"""Looking things up in the trail."""

from collections.abc import AsyncIterator
from typing import Final

from pantau.audit import repository
from pantau.audit.chain import Entry
from pantau.audit.repository import Search
from pantau.audit.schemas import RecentLog
from pantau.db.database import Database
from pantau.db.paging import MOST_ROWS, Page

MOST_EXPORTED: Final = 100_000


class AuditReader:
    """Answers from the tables, a page at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, search: Search, *, limit: int = 50, cursor: str | None = None
    ) -> Page[Entry]:
        """Return what `search` finds, the newest first."""
        async with self._database.read() as work:
            return await repository.page_of(work, search, limit=limit, cursor=cursor)

    async def every(self, search: Search, *, most: int = MOST_EXPORTED) -> AsyncIterator[Entry]:
        """Yield what `search` finds, at most `most`; holds no connection meanwhile."""
        cursor: str | None = None
        left = most
        while left > 0:
            page = await self.page(search, limit=min(MOST_ROWS, left), cursor=cursor)
            for entry in page.rows:
                yield entry
            left -= len(page.rows)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def recent(self, limit: int = 10) -> list[RecentLog]:
        """Return the newest actions in the shape that dashboards of the reference know."""
        page = await self.page(Search(kind="action"), limit=limit)
        return [RecentLog.of(entry) for entry in page.rows]
