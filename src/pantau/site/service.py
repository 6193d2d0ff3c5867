"""What the site says: what operators set, over neutral defaults."""

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError

from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound
from pantau.db.database import Database, Writing
from pantau.site.repository import StoredValue, put_values, stored_values
from pantau.site.values import MAP_CENTER, SiteValues, checked

log = structlog.get_logger()


class SiteService:
    """Reads and sets site values; `defaults` hold wherever nothing was set.  Loop only."""

    def __init__(self, database: Database, *, clock: Clock, defaults: SiteValues) -> None:
        self._database = database
        self._clock = clock
        self._defaults = defaults

    async def values(self) -> SiteValues:
        """Return everything as it holds now.

        A stored value that its rules do not allow counts as not set, so that nothing in the
        database can take the site down.
        """
        async with self._database.read() as reading:
            stored = await stored_values(reading)
        return overlaid(self._defaults, {key: kept.value for key, kept in stored.items()})

    async def put(
        self, writing: Writing, values: Mapping[str, object], *, updated_by: int | None
    ) -> Mapping[str, object]:
        """Set `values` and return them as they are kept; nothing is set when one is refused.

        Raises NotFound for a key that there is not, and Invalid for a value its rules refuse.
        """
        now = self._clock.now()
        kept = {key: _checked(key, value) for key, value in values.items()}
        await put_values(
            writing,
            {
                key: StoredValue(value=value, updated_at=now, updated_by=updated_by)
                for key, value in kept.items()
            },
        )
        return kept


def overlaid(defaults: SiteValues, stored: Mapping[str, object]) -> SiteValues:
    """Return `defaults` with what was stored over them."""
    whole: dict[str, Any] = defaults.model_dump()
    for key, value in stored.items():
        try:
            good = checked(key, value)
        except (KeyError, ValidationError):
            log.warning("site_value_unusable", key=key)
            continue
        if key == MAP_CENTER:
            whole[key] = good
        else:
            group, _, name = key.partition(".")
            whole[group][name] = good
    return SiteValues.model_validate(whole)


def _checked(key: str, value: object) -> object:
    try:
        return checked(key, value)
    except KeyError as error:
        raise NotFound("site.unknown_key", f"There is no setting {key!r}.", key=key) from error
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["msg"]
        reason = reason.removeprefix("Value error, ")
        raise Invalid("site.value", f"{key}: {reason}.", field=key) from error
