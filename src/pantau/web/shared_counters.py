"""Counters that several web processes share, in a Valkey or Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from pantau.core.clock import Clock
from pantau.web.counters import MemoryCounters, Reservation

log = structlog.get_logger()

_PREFIX: Final = "pantau:count:"
ANSWER_S: Final = 1.0
"""Long enough for a busy machine: processes that count alone allow more together."""
_PAUSE_S: Final = 5.0
"""For how long nobody is asked after a failure: waiting for each request would stall them all."""
_MOST_CONNECTIONS: Final = 16

_COUNT: Final = """
local now, within, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - within do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
local count, allowed = redis.call('LLEN', KEYS[1]), 0
if count < limit then
  redis.call('RPUSH', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], math.ceil(within * 1000))
  count, allowed, oldest = count + 1, 1, oldest or ARGV[1]
end
return {count, allowed, tostring((oldest or now) + within - now)}
"""
"""Sliding window as a list of moments, oldest first; with limit 0 it only counts."""


class SharedCounters:
    """Counts where every process of this installation counts.  Loop only.

    `url` is `settings.shared_state_url`.  Every event is counted in this process too, so that
    nobody's count begins again when the server does not answer: then this process decides alone,
    and says so once.  Never raises, never takes longer than `answers_within_s`.
    """

    def __init__(self, url: str, clock: Clock, *, answers_within_s: float | None = None) -> None:
        within_s = ANSWER_S if answers_within_s is None else answers_within_s
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
            max_connections=_MOST_CONNECTIONS,
            timeout=within_s,
            socket_timeout=within_s,
            socket_connect_timeout=within_s,
            # Once more, because a kept connection does not survive a restart of the server.
            retry=Retry(NoBackoff(), 1),
        )
        self._redis = Redis(connection_pool=pool)
        self._script = self._redis.register_script(_COUNT)
        self._clock = clock
        self._answers_within_s = within_s
        self._own = MemoryCounters(clock)
        self._silent_until_mono = 0.0
        self.answers = True
        """Whether the server answered when it was asked last."""

    async def close(self) -> None:
        """Close the connections; counting goes on in this process alone."""
        self._silent_until_mono = float("inf")
        await self._redis.aclose(close_connection_pool=True)

    async def reserve(self, key: str, *, limit: int, within_s: float) -> Reservation:
        own = await self._own.reserve(key, limit=limit, within_s=within_s)
        return await self._ask(key, limit, within_s) or own

    async def count(self, key: str, *, within_s: float) -> int:
        shared = await self._ask(key, 0, within_s)
        return shared.count if shared else await self._own.count(key, within_s=within_s)

    async def give_back(self, key: str, *, within_s: float) -> None:
        await self._own.give_back(key, within_s=within_s)
        await self._tell(lambda: self._redis.rpop(_PREFIX + key))

    async def forget(self, key: str) -> None:
        await self._own.forget(key)
        await self._tell(lambda: self._redis.delete(_PREFIX + key))

    async def _ask(self, key: str, limit: int, within_s: float) -> Reservation | None:
        if self._clock.mono_s() < self._silent_until_mono:
            return None
        # Not the server's time: only ours can be wound by tests, and NTP keeps both together.
        moment = f"{self._clock.unix_s():.6f}"
        try:
            async with asyncio.timeout(self._answers_within_s):
                count, allowed, resets_after = await self._script(
                    keys=[_PREFIX + key], args=[moment, within_s, limit]
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._go_on_alone(error)
            return None
        if not self.answers:
            self.answers = True
            log.info("shared_counters_answered_again")
        return Reservation(int(count), bool(allowed), min(float(resets_after), within_s))

    async def _tell(self, say: Callable[[], Awaitable[object]]) -> None:
        if self._clock.mono_s() < self._silent_until_mono:
            return
        try:
            async with asyncio.timeout(self._answers_within_s):
                await say()
        except (RedisError, OSError, TimeoutError) as error:
            self._go_on_alone(error)

    def _go_on_alone(self, error: Exception) -> None:
        self._silent_until_mono = self._clock.mono_s() + _PAUSE_S
        if self.answers:
            self.answers = False
            log.warning("shared_counters_unreachable", error=type(error).__name__)
