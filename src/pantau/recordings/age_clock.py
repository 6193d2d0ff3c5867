"""Keeps what is believed of the clocks, over restarts of the worker and of the machine."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.recordings import keeping_repository, keeping_rows
from pantau.recordings.clock_guard import (
    SLACK_MS,
    Belief,
    belief_from,
    belief_text,
    first,
    following,
    read_clocks,
)

log = structlog.get_logger()

_SAVED_EVERY_S: Final = 60.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class AgeClock:
    """The time by which footage ages.  Loop only; `tick` before anything else."""

    def __init__(
        self, database: Database, *, clock: Clock, boot: str, is_synchronised: Callable[[], bool]
    ) -> None:
        self._database = database
        self._clock = clock
        self._boot = boot
        self._is_synchronised = is_synchronised
        self._belief: Belief | None = None
        self._saved_mono = float("-inf")

    @property
    def belief(self) -> Belief:
        """What is believed, as of the last tick."""
        assert self._belief is not None
        return self._belief

    @property
    def is_doubted(self) -> bool:
        """Tell whether the machine's clock went ahead of what is believed."""
        return self._belief is not None and self._belief.behind_ms > SLACK_MS

    def now(self) -> datetime:
        """Return the time by which things age."""
        return _EPOCH + timedelta(milliseconds=self.belief.now_ms)

    async def tick(self) -> Belief:
        """Look at the clocks and return what is believed; kept about once a minute."""
        was_doubted, before = self.is_doubted, self._belief
        clocks = read_clocks(self._clock, boot=self._boot, is_synchronised=self._is_synchronised)
        if before is None:
            async with self._database.read() as reading:
                noted = await keeping_rows.note(reading, keeping_rows.CLOCK)
                newest_ms = await keeping_repository.newest_end(reading)
            before = None if noted is None else belief_from(noted[0])
            if before is None:
                before = first(clocks, newest_ms=newest_ms)
        belief = following(before, clocks)
        self._belief = belief
        if self.is_doubted != was_doubted or belief.misdated != before.misdated:
            self._tell(belief)
            self._saved_mono = float("-inf")
        now_mono = self._clock.mono_s()
        if now_mono - self._saved_mono >= _SAVED_EVERY_S:
            async with self._database.write() as writing:
                await keeping_rows.save_note(
                    writing, keeping_rows.CLOCK, belief_text(belief), at=self._clock.now()
                )
            self._saved_mono = now_mono
        return belief

    def _tell(self, belief: Belief) -> None:
        if self.is_doubted:
            log.warning("recordings_clock_doubted", behind_s=belief.behind_ms // 1000)
        else:
            log.info("recordings_clock_believed", misdated=len(belief.misdated))
