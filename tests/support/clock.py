"""Time under the test's control: nothing waits, and nothing passes unless the test says so."""

import asyncio
import heapq
import itertools
import threading
from datetime import UTC, datetime, timedelta

START: datetime = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


class HandWoundClock:
    """A `pantau.core.clock.Clock` that moves only when `advance` is called.

    `advance` wakes loop sleepers in the order of their deadlines and lets the loop run between two
    of them, so that code which sleeps again inside the stretch is woken again inside it.  `wind`
    does the same for threads and may be called from any thread; it does not wake loop sleepers.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed_s = 0.0
        self._wall_shift_s = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._moved = threading.Condition()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s + self._wall_shift_s)

    def unix_s(self) -> float:
        return self._start.timestamp() + self._passed_s + self._wall_shift_s

    def mono_s(self) -> float:
        return 1_000.0 + self._passed_s

    async def sleep(self, duration_s: float) -> None:
        if duration_s <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed_s + duration_s, next(self._order), woken))
        await woken

    def wait_in_thread(self, event: threading.Event, duration_s: float) -> bool:
        with self._moved:
            due_s = self._passed_s + duration_s
            # Polls as well: whoever sets the event knows nothing of this condition.
            while not event.is_set() and self._passed_s < due_s:
                self._moved.wait(0.005)
        return event.is_set()

    @property
    def sleepers(self) -> int:
        """How many coroutines sleep on this clock at the moment."""
        return sum(1 for _, _, woken in self._sleepers if not woken.done())

    async def advance(self, duration_s: float) -> None:
        """Let `duration_s` pass for everybody on this loop and for every waiting thread."""
        end_s = self._passed_s + duration_s
        await _let_others_run()
        while self._sleepers and self._sleepers[0][0] <= end_s:
            due_s, _, woken = heapq.heappop(self._sleepers)
            self._move_to(due_s)
            if not woken.done():
                woken.set_result(None)
                await _let_others_run()
        self._move_to(end_s)
        await _let_others_run()

    def wind(self, duration_s: float) -> None:
        """Let `duration_s` pass for threads; coroutines sleep on until the next `advance`."""
        self._move_to(self._passed_s + duration_s)

    def set_wall_back(self, by_s: float) -> None:
        """Set the wall clock back by `by_s`, as NTP does; monotonic time is untouched."""
        self._wall_shift_s -= by_s

    def _move_to(self, passed_s: float) -> None:
        with self._moved:
            self._passed_s = max(self._passed_s, passed_s)
            self._moved.notify_all()


async def _let_others_run() -> None:
    # A woken coroutine may need several turns of the loop (tasks, futures) to sleep again.
    for _ in range(12):
        await asyncio.sleep(0)
