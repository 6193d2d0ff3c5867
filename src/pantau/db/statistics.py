"""What the pool of connections did, for people and for /metrics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatistics:
    """Counted since this process opened the database."""

    read_hits: int
    """Reads that found an open connection."""
    read_misses: int
    """Reads for which one was opened."""
    write_hits: int
    write_misses: int
    total_queries: int
    read_pool_size: int
    """Open connections, busy or not; never more than the setting `readers`."""
    read_pool_in_use: int
    read_pool_available: int
    write_connection_active: bool
    pool_waits_total: int
    """Requests that found every connection in use, however soon one came free."""
    pool_exhausted_total: int
    """Reads that waited for one noticeably (`pool.NOTICED_S`), or in vain.

    Who writes waits for whoever writes: there is one writer, and a larger pool has no more.
    """
    pool_timeouts_total: int
    """Reads and writes that waited in vain."""
    read_waits: tuple[int, ...]
    """How long reads waited that had to, by bucket of `core.histograms`."""
    write_waits: tuple[int, ...]
    read_wait_s: float
    """Time that reads waited, all together."""
    write_wait_s: float
    longest_wait_s: float

    @property
    def hit_rate(self) -> str:
        """The share of hits among reads and writes, as `99%`; `0%` before the first."""
        hits = self.read_hits + self.write_hits
        asked = hits + self.read_misses + self.write_misses
        return f"{round(100 * hits / asked)}%" if asked else "0%"

    def as_reference(self) -> dict[str, int | float | bool | str]:
        """Return the fields that existing clients know, then ours."""
        return {
            "readHits": self.read_hits,
            "readMisses": self.read_misses,
            "writeHits": self.write_hits,
            "writeMisses": self.write_misses,
            "totalQueries": self.total_queries,
            "readPoolSize": self.read_pool_size,
            "readPoolInUse": self.read_pool_in_use,
            "readPoolAvailable": self.read_pool_available,
            "writeConnectionActive": self.write_connection_active,
            "hitRate": self.hit_rate,
            "pool_waits_total": self.pool_waits_total,
            "pool_exhausted_total": self.pool_exhausted_total,
            "pool_timeouts_total": self.pool_timeouts_total,
            "read_wait_s": round(self.read_wait_s, 6),
            "write_wait_s": round(self.write_wait_s, 6),
            "longest_wait_s": round(self.longest_wait_s, 6),
        }
