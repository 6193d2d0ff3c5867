"""Engines for tests: with short waits, and stopped at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from pantau.core.backoff import Backoff
from pantau.core.clock import SystemClock
from pantau.media.breaker import BreakerRules
from pantau.media.engine import Engine, EngineOptions, PathConfig
from pantau.media.sources.base import SourceConfig
from tests.media.scripted import Cameras

QUICK = BreakerRules(
    most_a_minute=10_000,
    backoff=Backoff(first_s=0.05, most_s=0.2),
    refused=Backoff(first_s=30, most_s=60),
    busy=Backoff(first_s=0.2, most_s=0.2),
    demand_gap_s=0.05,
)
OPTIONS = EngineOptions(breaker=QUICK, tick_s=0.02)


@asynccontextmanager
async def running(
    cameras: Cameras | None = None, *, options: EngineOptions = OPTIONS
) -> AsyncIterator[Engine]:
    engine = Engine(
        clock=SystemClock(),
        options=options,
        make_source=cameras.make_source if cameras else None,
    )
    try:
        yield engine
    finally:
        await engine.stop(5)


def config(url: str = "testcard:", *, on_demand: bool = False, **more: object) -> PathConfig:
    made = PathConfig("testcard", SourceConfig(url), on_demand=on_demand, start_timeout_s=45)
    return replace(made, **more)  # type: ignore[arg-type]
