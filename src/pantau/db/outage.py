"""Says once that the database cannot be used, and once that it can again."""

from typing import Final, Literal, TypeAlias

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Exhausted, Problem

log = structlog.get_logger()

Use: TypeAlias = Literal["reading", "writing"]
_FAMILY: Final = "database."
_CLOSED: Final = "database.closed"
_QUIET_S: Final = 10.0
"""A full disk takes a small write now and then; only so long without a refusal it has room."""


class Outage:
    """What everybody who asks this database just learned of it.  Loop only.

    A file that somebody else has locked can be read and not written, so both are noted apart:
    a read proves nothing about writing.  Whoever failed need not tell it once more.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._fails: set[Use] = set()
        self._since_mono = self._failed_mono = 0.0
        self.problem: Problem | None = None
        """What the first one was told who failed; None: it works."""

    def failed(self, use: Use, problem: Problem) -> None:
        """Note that somebody could not be served; other problems than the database's are none."""
        if not problem.code.startswith(_FAMILY) or problem.code == _CLOSED:
            return
        problem.is_told = True
        self._failed_mono = self._clock.mono_s()
        if self.problem is None:
            self.problem = problem
            self._since_mono = self._failed_mono
            # A full disk waits for a person; what is busy or away comes back by itself.
            say = log.error if isinstance(problem, Exhausted) else log.warning
            say("database_unusable", code=problem.code, why=problem.sentence, use=use, news=True)
        self._fails.add(use)

    def worked(self, use: Use) -> None:
        """Note that somebody was served."""
        if self.problem is None:
            return
        now_mono = self._clock.mono_s()
        if isinstance(self.problem, Exhausted) and now_mono - self._failed_mono < _QUIET_S:
            return
        # Whoever may write has read before.
        self._fails -= {"reading", use}
        if not self._fails:
            for_s = round(now_mono - self._since_mono, 1)
            log.info("database_usable_again", code=self.problem.code, for_s=for_s, news=True)
            self.problem = None
