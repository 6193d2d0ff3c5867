"""Counting what was watched: in the worker, and again by command."""

from collections.abc import Callable

from pantau.analytics.roll_rows import count_views
from pantau.analytics.roller import Roller
from pantau.app.foundation import Foundation, opened_foundation
from pantau.core.supervisor import Service, Supervisor
from pantau.settings import Settings


def roller_of(base: Foundation) -> Roller:
    """Return who counts; starts nothing."""
    return Roller(
        base.database,
        zone=base.site.zone,
        history_days=lambda: base.site.now().viewers.history_days,
        clock=base.clock,
    )


def start_counting(base: Foundation, supervisor: Supervisor) -> None:
    """Count views, in the worker."""
    supervisor.add(Service("analytics.roller", roller_of(base).run))


async def recount(settings: Settings, tell: Callable[[int, int], None]) -> int:
    """Count everything again, beside a running server or without one; return how many views.

    `tell` hears how many are done, and of how many.  Raises FoundationError and Problem.
    """
    async with opened_foundation(settings) as base:
        roller = roller_of(base)
        newest_id = await roller.recount()
        async with base.database.read() as reading:
            views = await count_views(reading)

        def hear(counted_id: int) -> None:
            tell(min(counted_id, newest_id), newest_id)

        await roller.catch_up(hear)
    return views
