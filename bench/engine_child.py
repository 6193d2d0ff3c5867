"""One shard's engine in a process of its own, metered from inside.

Run as `python -m bench.engine_child SETTLE_S SECONDS URL [URL …]`; prints one JSON line.
"""

import asyncio
import json
import os
import sys
from collections import defaultdict

import uvloop

from bench.processes import Meter, pss_mb
from pantau.core.clock import SystemClock
from pantau.media.engine import Engine, PathConfig
from pantau.media.live.parts import LiveEvent, Part, SegmentClosed
from pantau.media.live.window import LiveWindow
from pantau.media.sources.base import SourceConfig


class Stopwatch:
    """Notes how late each segment stands in its playlist, against the camera's own clock.

    A segment ends at a known moment of the camera's time; the earliest it was ever published after
    such a moment is the base, and what is above it is delay: of the network, of the threads, of us.
    """

    def __init__(self) -> None:
        self._ends: dict[int, float] = {}
        self._after: dict[int, list[float]] = defaultdict(list)
        self.is_on = False
        self._apply = LiveWindow.apply

    def install(self) -> None:
        """Stand between the engine and its windows."""
        watch = self

        def apply(window: LiveWindow, event: LiveEvent) -> None:
            watch._apply(window, event)
            watch.note(window, event)

        LiveWindow.apply = apply  # type: ignore[method-assign,assignment]  # from outside, on purpose

    def note(self, window: LiveWindow, event: LiveEvent) -> None:
        if isinstance(event, Part):
            self._ends[id(window)] = event.started_unix_s + event.duration_s
        elif isinstance(event, SegmentClosed) and self.is_on:
            self._after[id(window)].append(SystemClock().unix_s() - self._ends[id(window)])

    def delays_ms(self) -> list[float]:
        """Return all delays above each camera's base, sorted."""
        return sorted((one - min(after)) * 1000 for after in self._after.values() for one in after)


async def measure(settle_s: float, seconds: float, urls: list[str]) -> dict[str, float]:
    watch = Stopwatch()
    watch.install()
    engine = Engine(clock=SystemClock())
    for number, url in enumerate(urls):
        config = PathConfig(kind="rtsp", source=SourceConfig(url=url), on_demand=False)
        engine.put(f"bench{number}", config)
    await asyncio.sleep(settle_s)
    live = sum(status.ready for status in engine.statuses())
    watch.is_on = True
    meter = Meter([os.getpid()])
    await asyncio.sleep(seconds)
    cpu = meter.percent_of_core()
    delays = watch.delays_ms()
    result = {
        "live": live,
        "cpu": cpu / len(urls),
        "memory_mb": pss_mb([os.getpid()]) / len(urls),
        "p50_ms": delays[len(delays) // 2],
        "p99_ms": delays[int(len(delays) * 0.99)],
    }
    await engine.stop(5)
    return result


if __name__ == "__main__":
    outcome = uvloop.run(measure(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
    print(json.dumps(outcome))
