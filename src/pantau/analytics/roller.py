"""The worker's job that keeps the roll-ups: every view is counted once, in batches.

What a batch adds and how far the counting has got are one transaction, and the row number is its
mark: a restart goes on where it was, and views that a node brings later have higher numbers.
Reading and adding up happen outside the transaction, so that other writers wait for little.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog

from pantau.analytics import longer_rows, recount, roll_rows
from pantau.analytics.counting import (
    Known,
    LocalHours,
    PlacedView,
    Seen,
    Sums,
    add_views,
    lengthen,
)
from pantau.analytics.periods import local_day
from pantau.analytics.playing import count_playing
from pantau.analytics.state import State, advance, begin, stored_state
from pantau.analytics.values import QUICK_BELOW_S
from pantau.core.clock import Clock
from pantau.core.jobs import timed_job
from pantau.db.database import Database, Reading

log = structlog.get_logger()

_EVERY_S: Final = 5.0
_TIDY_EVERY_S: Final = 60.0
_FIRST_BATCH: Final = 1_000
_LEAST_BATCH: Final = 250
_MOST_BATCH: Final = 2_500
_WRITE_S: Final = 0.06
"""How long a transaction is meant to take; batches become as large as that allows."""
_TURN: Final = 250
"""Views that are added up before others on the loop get their turn."""
_TELL_EVERY_S: Final = 2.0
"""How often pages are told of new numbers while there is much to count."""
_UNKNOWN: Final = "unknown"
_MOST_LONGER: Final = 500
"""Views of a step that became longer after they had been counted; there are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What was read for one step; all of it as it was at one moment."""

    state: State
    last_id: int
    longer_id: int
    is_last: bool
    sums: Sums
    names: Mapping[int, str]
    """New and changed ones."""
    top: Mapping[int, Mapping[str, Seen]]


class Roller:
    """Counts views.  Loop only; a second one at the same time does no harm and no good."""

    def __init__(
        self,
        database: Database,
        *,
        zone: Callable[[], ZoneInfo],
        history_days: Callable[[], int],
        clock: Clock,
    ) -> None:
        self._database = database
        self._zone = zone
        self._history_days = history_days
        self._clock = clock
        self._batch = _FIRST_BATCH
        self._changed = asyncio.Event()
        self._hours = LocalHours(zone())
        self._hours_of = zone().key
        self._told_mono = float("-inf")
        database.changes.on("viewers", self._changed.set)

    async def run(self) -> None:
        """Count whenever there is something to count; never returns."""
        tidied_mono = float("-inf")
        while True:
            self._changed.clear()
            with timed_job("analytics.counting"):
                await self.catch_up()
            if self._clock.mono_s() - tidied_mono >= _TIDY_EVERY_S:
                await self.tidy()
                tidied_mono = self._clock.mono_s()
            await self._clock.sleep(_EVERY_S)
            while not self._needs_look(tidied_mono):
                await self._clock.sleep(_EVERY_S)

    async def catch_up(self, on_step: Callable[[int], object] = lambda _: None) -> None:
        """Count until nothing is left; `on_step` hears up to which row number that is done."""
        while await self._step(on_step):
            # Other writers come in between, and are not kept waiting for long.
            await self._clock.sleep(0)

    async def recount(self) -> int:
        """Have everything counted again; return the highest row number of a view.

        Whoever runs next does it, here or in the worker.
        """
        zone = self._zone()
        async with self._database.write() as writing:
            state = await stored_state(writing)
            newest = await roll_rows.highest_view(writing)
            if state is None:
                await begin(writing, State(zone=zone.key))
                return newest
            kept_day, kept_s = await recount.kept_days(writing, state)
            changed = await advance(
                writing,
                state,
                zone=zone.key,
                counted_id=0,
                recount_id=newest,
                is_clearing=True,
                kept_day=kept_day,
                kept_s=kept_s,
                visitors_day=kept_day + 1 if kept_day else 0,
                played_day=kept_day,
            )
            assert changed is not None
            writing.changed("analytics")
        log.info("analytics_recount_began", zone=zone.key, views=newest)
        return newest

    async def tidy(self) -> None:
        """Count how playing went, and forget who was seen longer ago than views are kept."""
        await count_playing(self._database, self._zone(), clock=self._clock)
        today_on = local_day(self._clock.now(), self._zone())
        before_day = (today_on - timedelta(days=self._history_days())).toordinal()
        async with self._database.read() as reading:
            state = await stored_state(reading)
        if state is None or state.is_recount or state.visitors_day >= before_day:
            return
        while True:
            async with self._database.write() as writing:
                if await recount.forget_some(writing, before_day=before_day):
                    known = await stored_state(writing)
                    assert known is not None
                    await advance(writing, known, visitors_day=before_day)
                    return
            await self._clock.sleep(0)

    def _needs_look(self, tidied_mono: float) -> bool:
        return (
            self._changed.is_set()
            or self._zone().key != self._hours_of
            or self._clock.mono_s() - tidied_mono >= _TIDY_EVERY_S
        )

    async def _step(self, on_step: Callable[[int], object]) -> bool:
        """Go on a little; return whether there is more to do."""
        zone = self._zone()
        if zone.key != self._hours_of:
            self._hours, self._hours_of = LocalHours(zone), zone.key
        async with self._database.read() as reading:
            state = await stored_state(reading)
            batch = await self._read(reading, state) if _can_count(state, zone) else None
        if state is None:
            await self._begin(zone)
            return True
        if state.zone != zone.key:
            await self.recount()
            return True
        if state.is_clearing:
            await self._clear()
            return True
        if batch is None:
            return False
        began_mono = self._clock.mono_s()
        if await self._write(batch):
            on_step(batch.last_id)
        self._adapt(self._clock.mono_s() - began_mono)
        return not batch.is_last

    async def _begin(self, zone: ZoneInfo) -> None:
        async with self._database.write() as writing:
            if await stored_state(writing) is None:
                await begin(writing, State(zone=zone.key))

    async def _clear(self) -> None:
        async with self._database.write() as writing:
            state = await stored_state(writing)
            if state is None or not state.is_clearing:
                return
            if await recount.clear_some(writing, state):
                await advance(writing, state, is_clearing=False)
                writing.changed("analytics")

    async def _read(self, reading: Reading, state: State | None) -> _Batch | None:
        assert state is not None
        longer = await longer_rows.longer_after(reading, state.longer_id, limit=_MOST_LONGER)
        # All of what became longer goes first: of a view that is not counted yet it says nothing
        # new, and afterwards nobody could tell.
        is_more = len(longer) == _MOST_LONGER
        rows = (
            []
            if is_more
            else await roll_rows.views_after(reading, state.counted_id, limit=self._batch)
        )
        if not rows and not longer:
            return None
        names = await roll_rows.camera_names(reading)
        cameras = CameraKeys(names)
        stretched = self._stretched(longer, cameras, state)
        views = await self._placed(rows, cameras, state)
        known = await self._known(reading, [*(view for _, view in stretched), *views], state)
        sums = Sums()
        for row, view in stretched:
            lengthen(
                view,
                row.was_s,
                sums,
                known,
                visitors_from_day=state.visitors_day,
                still_bounced=await self._has_bounced_still(reading, row, view, state),
            )
        for turn in range(0, len(views), _TURN):
            add_views(views[turn : turn + _TURN], sums, known, visitors_from_day=state.visitors_day)
            await self._clock.sleep(0)
        return _Batch(
            state=state,
            last_id=rows[-1].id if rows else state.counted_id,
            longer_id=longer[-1].longer_id if longer else state.longer_id,
            is_last=not is_more and len(rows) < self._batch,
            sums=sums,
            names=cameras.changed,
            top=await roll_rows.top_visitors(reading, {day for day, _ in sums.visitors}),
        )

    async def _placed(
        self, rows: Sequence[Any], cameras: "CameraKeys", state: State
    ) -> list[PlacedView]:
        placed: list[PlacedView] = []
        for turn in range(0, len(rows), _TURN):
            for row in rows[turn : turn + _TURN]:
                started_s = int(row.started_at.timestamp())
                if state.has_counted(row.id, started_s):
                    continue
                camera = cameras.key(row.camera_id, row.camera_name)
                placed.append(self._place(row, camera, row.duration_s, state))
            await self._clock.sleep(0)
        return placed

    def _place(self, row: Any, camera: int, duration_s: int, state: State) -> PlacedView:
        started_s = int(row.started_at.timestamp())
        day, hour = self._hours.at(started_s, row.started_at)
        return PlacedView(
            day=state.day_of(day, started_s),
            hour=hour,
            # Nobody said who it was: then nobody else is the same person.
            visitor=row.visitor or f"view-{row.id}",
            camera=camera,
            device=row.device_type or _UNKNOWN,
            duration_s=duration_s,
            is_bot=row.is_bot,
            started_s=started_s,
        )

    def _stretched(
        self, longer: Sequence[Any], cameras: "CameraKeys", state: State
    ) -> list[tuple[Any, PlacedView]]:
        """Return what became longer of views that are counted, with how they are now."""
        stretched: list[tuple[Any, PlacedView]] = []
        for row in longer:
            if row.id is None or not state.is_in(row.id, int(row.started_at.timestamp())):
                continue
            camera = row.camera_id
            if camera is None:
                camera = cameras.key(None, row.camera_name)
            stretched.append((row, self._place(row, camera, row.is_s, state)))
        return stretched

    async def _has_bounced_still(
        self, reading: Reading, row: Any, view: PlacedView, state: State
    ) -> bool:
        if not row.was_s < QUICK_BELOW_S <= row.is_s:
            return False
        others = await longer_rows.other_quick_views(reading, row)
        return any(
            state.is_in(each.id, int(each.started_at.timestamp()))
            and self._place_day(each.started_at, state) == view.day
            for each in others
        )

    def _place_day(self, started_at: datetime, state: State) -> int:
        started_s = int(started_at.timestamp())
        return state.day_of(self._hours.at(started_s, started_at)[0], started_s)

    @staticmethod
    async def _known(reading: Reading, views: Sequence[PlacedView], state: State) -> Known:
        keys = {
            (view.day, view.visitor)
            for view in views
            if not view.is_bot and view.day >= state.visitors_day
        }
        return await roll_rows.known_visitors(reading, sorted(keys))

    async def _write(self, batch: _Batch) -> bool:
        async with self._database.write() as writing:
            marks = {"counted_id": batch.last_id, "longer_id": batch.longer_id}
            if await advance(writing, batch.state, **marks) is None:
                return False
            if batch.longer_id != batch.state.longer_id:
                await longer_rows.forget_longer(writing, batch.longer_id)
            await roll_rows.add_names(writing, batch.names)
            await roll_rows.add_sums(writing, batch.sums)
            await roll_rows.put_top_visitors(writing, batch.sums, batch.top)
            now_mono = self._clock.mono_s()
            if batch.is_last or now_mono - self._told_mono >= _TELL_EVERY_S:
                self._told_mono = now_mono
                writing.changed("analytics")
        return True

    def _adapt(self, took_s: float) -> None:
        wanted = self._batch * _WRITE_S / max(took_s, _WRITE_S / 2)
        self._batch = round(min(max(wanted, _LEAST_BATCH), _MOST_BATCH))


class CameraKeys:
    """What stands for cameras in the counts; see `CameraRow`."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = dict(names)
        self._by_name = {name: key for key, name in names.items() if key < 0}
        self.changed: dict[int, str] = {}
        """Names that are new or others than they were."""

    def key(self, camera_id: int | None, name: str | None) -> int:
        """Return the key of a camera, or of a name that no camera goes with."""
        name = name or ""
        if camera_id is None:
            key = self._by_name.get(name)
            if key is None:
                key = self._by_name[name] = min((0, *self._names)) - 1
        else:
            key = camera_id
        if self._names.get(key) != name:
            self._names[key] = self.changed[key] = name
        return key


def _can_count(state: State | None, zone: ZoneInfo) -> bool:
    return state is not None and state.zone == zone.key and not state.is_clearing
