"""The worker's part: views of dead processes are ended, old views and old addresses are let go."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.jobs import timed_job
from pantau.db.database import Database
from pantau.viewers import repository
from pantau.viewers.keeping import NOTE_EVERY_S
from pantau.viewers.service import ViewerRules

log = structlog.get_logger()

LOOK_EVERY_S: Final = 60.0
FORGET_EVERY_S: Final = 3600.0
LEFT_AFTER: Final = timedelta(seconds=3 * NOTE_EVERY_S)
_AT_A_TIME: Final = 1_000
_PAUSE_S: Final = 0.2
"""Between two batches, so that the one writer is free for others."""


class ViewForgetter:
    """One per installation: the worker runs it.  `rules` are those of this very moment."""

    def __init__(
        self, database: Database, *, rules: Callable[[], ViewerRules], clock: Clock
    ) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock

    async def run(self) -> None:
        """Look every minute, and let go at the start and every hour; never returns."""
        forgot_mono = float("-inf")
        while True:
            try:
                with timed_job("viewers.forgetting", every_s=LOOK_EVERY_S):
                    await self.end_left_open()
                    if self._clock.mono_s() - forgot_mono >= FORGET_EVERY_S:
                        await self.forget()
                        forgot_mono = self._clock.mono_s()
            except Problem as error:
                log.info("views_not_forgotten", code=error.code)
            await self._clock.sleep(LOOK_EVERY_S)

    async def end_left_open(self) -> int:
        """Write down views whose process was killed, as far as they were noted; return how many."""
        ended = 0
        while True:
            async with self._database.write() as work:
                before = self._clock.now() - LEFT_AFTER
                left = await repository.left_open(work, before=before, limit=_AT_A_TIME)
                await repository.add_past_views(work, left)
            ended += len(left)
            if len(left) < _AT_A_TIME:
                break
            await self._clock.sleep(_PAUSE_S)
        if ended:
            log.info("left_views_ended", views=ended)
        return ended

    async def forget(self) -> None:
        """Let go of what is older than the rules say; addresses at once where none are kept."""
        rules, now = self._rules(), self._clock.now()
        days = rules.address_days if rules.keep_addresses else 0
        addresses = await self._batches(lambda: self._forget_addresses(timedelta(days=days)))
        views = await self._batches(lambda: self._delete(timedelta(days=rules.history_days)))
        async with self._database.write() as work:
            await repository.delete_hours(work, before=now - timedelta(days=rules.history_days))
        if addresses or views:
            log.info("views_forgotten", addresses=addresses, views=views, at=now.isoformat())

    async def _batches(self, do: Callable[[], Awaitable[int]]) -> int:
        gone = 0
        while True:
            done = await do()
            gone += done
            if done < _AT_A_TIME:
                return gone
            await self._clock.sleep(_PAUSE_S)

    async def _forget_addresses(self, age: timedelta) -> int:
        async with self._database.write() as work:
            before = self._clock.now() - age
            return await repository.forget_addresses(work, before=before, limit=_AT_A_TIME)

    async def _delete(self, age: timedelta) -> int:
        async with self._database.write() as work:
            before = self._clock.now() - age
            return await repository.delete_views(work, before=before, limit=_AT_A_TIME)
