"""What the site says: what operators set, over what the settings file says, over neutral defaults.

`now()` is the snapshot of this process: read it at every use and keep nothing of it, and a change
takes effect everywhere within a second, without a restart.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError

from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound
from pantau.db.database import Database, Reading, Writing
from pantau.site.repository import StoredValue, delete_values, put_values, stored_values
from pantau.site.values import SiteValues, checked, overlaid_with

log = structlog.get_logger()


class SiteService:
    """Reads and sets site values; `defaults` hold wherever nothing was set.  Loop only."""

    def __init__(self, database: Database, *, clock: Clock, defaults: SiteValues) -> None:
        self.defaults: Final = defaults
        self._database = database
        self._clock = clock
        self._now = defaults
        self._zone = ZoneInfo(defaults.time.zone)
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        database.changes.on("site", self._changed.set)

    def now(self) -> SiteValues:
        """Return everything as this process knows it: a second old at most.  Costs no query."""
        return self._now

    def zone(self) -> ZoneInfo:
        """Return the zone of the dates that people read; ask at every use, it can change."""
        return self._zone

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called whenever `now()` has become another."""
        self._listeners.append(listener)

    async def follow(self) -> None:
        """Take over every change, wherever it was made; never returns."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            is_known = False
            try:
                await self.values()
                is_known = True
            finally:
                # Whoever restarts this after a failure must not lose the change.
                if not is_known:
                    self._changed.set()

    async def values(self) -> SiteValues:
        """Return everything as the database says it at this moment, and have `now()` know it.

        A stored value that its rules do not allow counts as not set, so that nothing in the
        database can take the site down.
        """
        async with self._database.read() as reading:
            stored = await stored_values(reading)
        return self._take(overlaid(self.defaults, _values_of(stored)))

    async def stored(self) -> Mapping[str, StoredValue]:
        """Return what somebody set, by key, as it stands in the database."""
        async with self._database.read() as reading:
            return await stored_values(reading)

    async def within(self, reading: Reading) -> SiteValues:
        """Return everything as it holds within a unit of work."""
        return overlaid(self.defaults, _values_of(await stored_values(reading)))

    async def put(
        self,
        writing: Writing,
        values: Mapping[str, object],
        *,
        updated_by: int | None,
        descriptions: Mapping[str, str] | None = None,
    ) -> Mapping[str, object]:
        """Set `values` and return them as they are kept; nothing is set when one is refused.

        A description that is not given stays as it was.  Raises NotFound for a key that there is
        not, and Invalid for a value its rules refuse.
        """
        now, said = self._clock.now(), descriptions or {}
        kept = {key: allowed(key, value) for key, value in values.items()}
        await put_values(
            writing,
            {
                key: StoredValue(
                    value=value, description=said.get(key), updated_at=now, updated_by=updated_by
                )
                for key, value in kept.items()
            },
        )
        return kept

    async def forget(self, writing: Writing, keys: Collection[str]) -> None:
        """Have the defaults hold again for `keys`."""
        await delete_values(writing, keys)

    def _take(self, values: SiteValues) -> SiteValues:
        if values != self._now:
            self._now, self._zone = values, ZoneInfo(values.time.zone)
            for listener in self._listeners:
                listener()
        return values


def overlaid(defaults: SiteValues, stored: Mapping[str, object]) -> SiteValues:
    """Return `defaults` with what was stored over them."""
    good: dict[str, Any] = {}
    for key, value in stored.items():
        try:
            good[key] = checked(key, value)
        except (KeyError, ValidationError):
            log.warning("site_value_unusable", key=key)
    return overlaid_with(defaults, good)


def allowed(key: str, value: object) -> object:
    """Return `value` as `key` keeps it; raises NotFound and Invalid."""
    try:
        return checked(key, value)
    except KeyError as error:
        raise NotFound("site.unknown_key", f"There is no setting {key!r}.", key=key) from error
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["msg"]
        reason = reason.removeprefix("Value error, ")
        raise Invalid("site.value", f"{key}: {reason}.", field=key) from error


def _values_of(stored: Mapping[str, StoredValue]) -> Mapping[str, object]:
    return {key: kept.value for key, kept in stored.items()}
