"""Site values in and out of the database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.site.models import SiteValueRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredValue:
    """A value that somebody set."""

    value: object
    description: str | None = None
    updated_at: datetime
    updated_by: int | None = None


async def stored_values(reading: Reading) -> Mapping[str, StoredValue]:
    """Return what was set, by key."""
    found = await reading.session.execute(select(SiteValueRow.__table__))
    return {
        row.key: StoredValue(
            value=row.value,
            description=row.description,
            updated_at=row.updated_at,
            updated_by=row.updated_by,
        )
        for row in found
    }


async def put_values(writing: Writing, values: Mapping[str, StoredValue]) -> None:
    """Store `values`, whether their keys were set before or not; no description leaves the old."""
    known = await stored_values(writing)
    for key, stored in values.items():
        columns = {
            "value": stored.value,
            "updated_at": stored.updated_at,
            "updated_by": stored.updated_by,
        }
        if stored.description is not None:
            columns["description"] = stored.description
        if key in known:
            await writing.session.execute(
                update(SiteValueRow).where(SiteValueRow.key == key).values(columns)
            )
        else:
            await writing.session.execute(insert(SiteValueRow).values(key=key, **columns))
        writing.changed("site")


async def delete_values(writing: Writing, keys: Collection[str]) -> None:
    """Forget what was set for `keys`."""
    await writing.session.execute(delete(SiteValueRow).where(SiteValueRow.key.in_(keys)))
    writing.changed("site")
