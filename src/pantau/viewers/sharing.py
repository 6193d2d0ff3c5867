"""One presence for several web processes: each tells the others of its views, through a Valkey.

Polls cost what they cost alone: what happened since the last exchange goes out in one message, and
what others said comes back with it.  Every process then holds all views and counts them itself.
Without the server each goes on with what it sees.
"""

import asyncio
import json
from typing import Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from pantau.core.clock import Clock
from pantau.viewers.presence import Presence
from pantau.viewers.watching import View
from pantau.viewers.wire import read_view, written_view

log = structlog.get_logger()

EXCHANGE_EVERY_S: Final = 1.5
ANSWER_S: Final = 2.0
STREAM: Final = "pantau:views:1"
_REPEAT_S: Final = 4.0
"""How often another touch of a known view is told: well within the silence that ends one."""
_ALIVE_S: Final = 15.0
_KEPT_MS: Final = 30_000
"""How long messages stay for those who come later; everybody repeats what goes on."""
_MOST_MESSAGES: Final = 1_000
_MOST_CONNECTIONS: Final = 2


class SharedPresence:
    """Exchanges the views of `presence`.  Loop only; never raises for the server's sake."""

    def __init__(
        self, url: str, presence: Presence, clock: Clock, *, answers_within_s: float | None = None
    ) -> None:
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
        self._presence = presence
        self._clock = clock
        self._answers_within_s = within_s
        self._read_up_to = "0-0"
        self._heard: dict[str, float] = {}
        self._has_left = False
        self.answers = True
        """Whether the server answered when it was asked last."""
        presence.is_ours = self._is_ours

    async def run(self) -> None:
        """Exchange every second or two; never returns."""
        while True:
            await self.exchange()
            await self._clock.sleep(EXCHANGE_EVERY_S)

    async def exchange(self, *, is_leaving: bool = False) -> bool:
        """Tell and hear; return whether the server answered.  Whoever has left says no more."""
        if self._has_left:
            return False
        self._has_left = is_leaving
        now_mono = self._clock.mono_s()
        told = [view for view in self._presence.views() if is_leaving or _is_due(view, now_mono)]
        message = {
            "node": self._presence.node,
            "leaves": is_leaving,
            "views": [written_view(view, self._clock) for view in told],
        }
        try:
            async with asyncio.timeout(self._answers_within_s):
                heard = await self._swap(json.dumps(message, separators=(",", ":")))
        except (RedisError, OSError, TimeoutError) as error:
            self._go_on_alone(error)
            return False
        if not self.answers:
            self.answers = True
            log.info("shared_views_answered_again")
        for view in told:
            view.told_mono, view.is_news = view.last_mono, False
        for text, ago_s in heard:
            self._take(text, now_mono - ago_s)
        self._forget_the_dead()
        return True

    async def leave(self) -> bool:
        """Tell the others that this process goes; return whether one of them takes its views."""
        return await self.exchange(is_leaving=True) and bool(self._heard)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose(close_connection_pool=True)

    @property
    def others(self) -> tuple[str, ...]:
        """The nodes that were heard of lately."""
        return tuple(sorted(self._heard))

    async def _swap(self, message: str) -> list[tuple[str, float]]:
        """Add our message and return what others said, each with its age, in one step."""
        async with self._redis.pipeline(transaction=True) as steps:
            steps.xadd(STREAM, {"said": message})
            steps.xrange(STREAM, min=f"({self._read_up_to}", max="+", count=_MOST_MESSAGES)
            steps.pexpire(STREAM, 2 * _KEPT_MS)
            own_id, found, _ = await steps.execute()
        own_ms = _ms_of(_text(own_id))
        heard = [
            (_text(fields[b"said"]), max(0, own_ms - _ms_of(_text(message_id))) / 1000)
            for message_id, fields in found
            if b"said" in fields
        ]
        if found:
            self._read_up_to = _text(found[-1][0])
        oldest = f"{max(0, own_ms - _KEPT_MS)}-0"
        await self._redis.xtrim(STREAM, minid=oldest, approximate=True)
        return heard

    def _take(self, text: str, said_mono: float) -> None:
        try:
            message = json.loads(text)
            node = str(message["node"])
            if node == self._presence.node:
                return
            views = [read_view(written, self._clock) for written in message["views"]]
        except (ValueError, TypeError, KeyError) as error:
            log.warning("shared_views_not_understood", error=type(error).__name__)
            return
        if message.get("leaves"):
            self._heard.pop(node, None)
        else:
            self._heard[node] = max(said_mono, self._heard.get(node, said_mono))
        for view, numbers in views:
            self._presence.place(view, numbers)

    def _is_ours(self, owner: str) -> bool:
        own = self._presence.node
        if owner == own or owner in self._heard:
            return owner == own
        # Of those that are left, one stands in for a node that is gone.
        return own <= min(self._heard, default=own)

    def _forget_the_dead(self) -> None:
        since_mono = self._clock.mono_s() - _ALIVE_S
        self._heard = {node: at for node, at in self._heard.items() if at > since_mono}

    def _go_on_alone(self, error: Exception) -> None:
        self._forget_the_dead()
        if self.answers:
            self.answers = False
            log.warning("shared_views_unreachable", error=type(error).__name__)


def _is_due(view: View, now_mono: float) -> bool:
    is_newer = view.last_mono > view.told_mono
    return view.is_news or (is_newer and now_mono - view.told_mono >= _REPEAT_S)


def _ms_of(message_id: str) -> int:
    return int(message_id.partition("-")[0])


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode()
