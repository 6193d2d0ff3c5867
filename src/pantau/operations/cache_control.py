"""What operators may do to the response cache: look, drop a part, drop everything."""

from pantau.audit.actors import Actor
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.db.database import Database
from pantau.web.response_cache import CacheStats, ResponseCache


class CacheControl:
    """Empties the cache of every web process and keeps a record of who did it.  Loop only.

    Processes tell each other that the cache was emptied, not which part: after a manual
    invalidation all of it is built anew, here and elsewhere, which costs less than one lost message
    that named a part.
    """

    def __init__(self, cache: ResponseCache, database: Database, trail: AuditTrail) -> None:
        self._cache = cache
        self._database = database
        self._trail = trail
        database.changes.on("cache", self._clear)

    def stats(self) -> CacheStats:
        """Return the statistics of this process."""
        return self._cache.stats()

    async def invalidate(self, pattern: str, *, by: Actor) -> int:
        """Drop what begins with `pattern`; return how many answers did."""
        count = self._cache.matching(pattern)
        await self._tell(by, AdminAction.CACHE_INVALIDATED, pattern, count)
        return count

    async def clear(self, *, by: Actor) -> int:
        """Drop everything; return how many answers that were."""
        count = self._cache.matching("")
        await self._tell(by, AdminAction.CACHE_CLEARED, "cache", count)
        return count

    async def _tell(self, by: Actor, action: AdminAction, target: str, count: int) -> None:
        async with self._database.write() as work:
            work.changed("cache")
            await self._trail.record(work, by, action, target=target, details={"answers": count})

    def _clear(self) -> None:
        self._cache.clear()
