"""Who watches and who watched, for pages, endpoints and analytics: the one place that counts.

A number about viewers counts views of people that have lasted five seconds; bots and glances are
in totals of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from pantau.core.clock import Clock
from pantau.core.errors import Invalid
from pantau.db.database import Database
from pantau.viewers import quality_rows, repository
from pantau.viewers.views import KeptView, LiveView, PlayFigures, Today

MOST_HISTORY: Final = 500
MOST_OFFSET: Final = 1_000_000


class Present(Protocol):
    """Who watches now: `presence.Presence`."""

    def counts(self) -> dict[int, int]: ...

    def viewers_now(self, camera_id: int) -> int: ...

    def live(self) -> list[LiveView]: ...


@dataclass(frozen=True, slots=True)
class ViewerRules:
    """What is kept about visitors, and for how long."""

    keep_addresses: bool = False
    address_days: int = 7
    history_days: int = 400


class Viewers:
    """One per web process; with a shared Valkey it speaks for all of them.  Loop only."""

    def __init__(
        self,
        present: Present,
        database: Database,
        *,
        clock: Clock,
        zone: Callable[[], ZoneInfo],
    ) -> None:
        self._present = present
        self._database = database
        self._clock = clock
        self._zone = zone

    def counts(self) -> Mapping[int, int]:
        """Return the viewers of every camera that has any, by camera.  O(views), no query."""
        return self._present.counts()

    def viewers_now(self, camera_id: int) -> int:
        """Return how many watch one camera.  O(its views), no query."""
        return self._present.viewers_now(camera_id)

    def live(self) -> Sequence[LiveView]:
        """Return who watches, the newest first; as many as `counts` adds up to.  No query."""
        return self._present.live()

    async def history(
        self,
        *,
        limit: int = 50,
        offset: int = 0,
        camera_id: int | None = None,
        from_at: datetime | None = None,
        until_at: datetime | None = None,
    ) -> Sequence[KeptView]:
        """Return views of people that are over, by their begin and number, the newest first.

        Of those that began at `from_at` or later and before `until_at`, where given.

        Raises Invalid with the field outside 1 to 500 and 0 to a million.
        """
        if not 1 <= limit <= MOST_HISTORY:
            raise Invalid("viewer.limit", f"Ask for 1 to {MOST_HISTORY} views.", field="limit")
        if not 0 <= offset <= MOST_OFFSET:
            raise Invalid("viewer.offset", f"At most {MOST_OFFSET} can be passed.", field="offset")
        async with self._database.read() as work:
            return await repository.past_views(
                work,
                limit=limit,
                offset=offset,
                camera_id=camera_id,
                from_at=from_at,
                until_at=until_at,
            )

    async def today(self) -> Today:
        """Return the figures of the day in the hub's zone, of views that began on it."""
        zone = self._zone()
        local = self._clock.now().astimezone(zone)
        midnight_at = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        running = [view for view in self.live() if view.started_at >= midnight_at]
        async with self._database.read() as work:
            ended = await repository.figures_since(work, midnight_at)
            known = await repository.visitors_among(
                work, {view.visitor for view in running}, since=midnight_at
            )
        strangers = {view.visitor for view in running} - known
        return Today(
            unique_visitors=ended.unique_visitors + len(strangers),
            views=ended.views + len(running),
            watch_s=ended.watch_s + sum(view.duration_s for view in running),
        )

    async def quality(self, *, since_at: datetime) -> Sequence[PlayFigures]:
        """Return how every camera played since then, by whole hours; cameras in order."""
        async with self._database.read() as work:
            return await quality_rows.figures_since(work, since_at)
