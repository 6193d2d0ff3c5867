"""Areas in and out of the database."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, delete, insert, select, update

from pantau.areas.models import Area, AreaRow
from pantau.core.ids import AreaId
from pantau.db.database import Reading, Writing
from pantau.db.numbers import reserve_numbers


async def all_areas(reading: Reading) -> list[Area]:
    """Return every area in the order of lists, also those that left the settings."""
    found = await reading.session.execute(
        select(AreaRow.__table__).order_by(
            # Empty parts come first on one database and last on the other, unless told.
            *(
                order
                for column in (AreaRow.kecamatan, AreaRow.kelurahan, AreaRow.rw, AreaRow.rt)
                for order in (column.is_not(None), column)
            ),
            AreaRow.name,
            AreaRow.id,
        )
    )
    return [_area(row) for row in found.mappings()]


async def insert_areas(writing: Writing, areas: Sequence[Area]) -> None:
    """Add areas under the numbers that they carry."""
    if areas:
        await writing.session.execute(insert(AreaRow), [_values(area) for area in areas])
        highest = max(area.id for area in areas)
        await reserve_numbers(writing, AreaRow.__tablename__, highest)
        writing.changed("areas")


async def update_areas(writing: Writing, areas: Sequence[Area]) -> None:
    """Replace what is stored under the numbers that `areas` carry."""
    for area in areas:
        await writing.session.execute(
            update(AreaRow).where(AreaRow.id == area.id).values(_values(area))
        )
        writing.changed("areas")


async def delete_area(writing: Writing, area_id: AreaId) -> None:
    """Delete an area, and with it the rights on it; cameras that are left are in none."""
    await writing.session.execute(delete(AreaRow).where(AreaRow.id == area_id))
    writing.changed("areas")


def _area(row: RowMapping) -> Area:
    values = dict(row)
    return Area(**{**values, "id": AreaId(values["id"])})


def _values(area: Area) -> dict[str, object]:
    return {
        "id": area.id,
        "name": area.name,
        "slug": area.slug,
        "description": area.description,
        "rt": area.rt,
        "rw": area.rw,
        "kelurahan": area.kelurahan,
        "kecamatan": area.kecamatan,
        "latitude": area.latitude,
        "longitude": area.longitude,
        "managed_by": area.managed_by,
        "removed_at": area.removed_at,
        "created_at": area.created_at,
    }
