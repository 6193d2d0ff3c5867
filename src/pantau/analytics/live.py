"""What is watched, as it happens: server-sent events for open dashboards.

All streams share one look at what is watched.  A stream ends by itself when the sign-in ends and
when the process stops; browsers come back after `retry`, to the process that follows.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from pantau.analytics.answers import now_output
from pantau.analytics.kept import Kept
from pantau.analytics.service import Analytics
from pantau.core.clock import Clock
from pantau.core.errors import Throttled

MOST_STREAMS: Final = 100
"""Of one process."""
MOST_OF_ONE: Final = 6
"""Of one sign-in or key; as many as a browser opens to one host."""
_LOOK_S: Final = 2.0
"""How often a stream looks: at what is watched, and at whether it may go on."""
_AT_LEAST_S: Final = 14.0
"""How often something is told although nothing has changed."""
_MOST_SESSIONS: Final = 50
_RETRY: Final = b"retry: 3000\n\n"
_STILL_HERE: Final = b": still here\n\n"
_OVER: Final = b"event: over\ndata: {}\n\n"


@dataclass(frozen=True, slots=True)
class _Look:
    """What is watched, encoded without and with addresses, and what tells it from another."""

    plain: bytes
    full: bytes
    mark: object


class LiveFeed:
    """Gives streams.  Loop only."""

    def __init__(
        self, analytics: Analytics, *, is_stopping: Callable[[], bool], clock: Clock
    ) -> None:
        self._analytics = analytics
        self._is_stopping = is_stopping
        self._clock = clock
        self._looks: Kept[_Look] = Kept(clock, keep_s=_LOOK_S / 2)
        self._open: Counter[str] = Counter()

    @property
    def open_streams(self) -> int:
        """How many streams there are."""
        return self._open.total()

    def check_room(self, whose: str) -> None:
        """Raise Throttled where there are too many streams, of everybody or of this one."""
        if self.open_streams >= MOST_STREAMS or self._open[whose] >= MOST_OF_ONE:
            raise Throttled(
                "analytics.too_many_streams",
                "Too many dashboards are open. Close one of them.",
                retry_after_s=30,
            )

    async def stream(
        self,
        whose: str,
        *,
        follows: bool,
        with_addresses: bool,
        may_go_on: Callable[[], Awaitable[bool]],
    ) -> AsyncIterator[bytes]:
        """Yield events until `may_go_on` says no, which is asked every two seconds.

        Who does not follow gets one event.
        """
        self._open[whose] += 1
        try:
            yield _RETRY
            told_mark, told_mono = None, float("-inf")
            while not self._is_stopping():
                if not await may_go_on():
                    yield _OVER
                    return
                look = await self._looks.get("now", self._look)
                is_due = self._clock.mono_s() - told_mono >= _AT_LEAST_S
                if look.mark != told_mark or is_due:
                    told_mark, told_mono = look.mark, self._clock.mono_s()
                    yield look.full if with_addresses else look.plain
                else:
                    # Also how the server notices that nobody is there any more.
                    yield _STILL_HERE
                if not follows:
                    return
                await self._clock.sleep(_LOOK_S)
        finally:
            self._open[whose] -= 1
            self._open += Counter()

    async def _look(self) -> _Look:
        now = await self._analytics.now()
        plain, full = (
            now_output(now, with_addresses=with_addresses, most=_MOST_SESSIONS).model_dump_json(
                by_alias=True
            )
            for with_addresses in (False, True)
        )
        return _Look(
            plain=f"data: {plain}\n\n".encode(),
            full=f"data: {full}\n\n".encode(),
            mark=(
                frozenset(each.session_id for each in now.sessions),
                frozenset(each.id for each in now.recent),
            ),
        )
