"""Targets, rules, windows, muted cameras and maintenance in and out of the database."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.notifications.kinds import Kind
from pantau.notifications.rows import (
    MaintenanceRow,
    MutedCameraRow,
    RuleRow,
    TargetRow,
    WindowsRow,
)
from pantau.notifications.values import (
    Form,
    Maintenance,
    QuietHours,
    Rule,
    Scope,
    Target,
    Windows,
)

_ONE: Final = 1


async def targets(reading: Reading) -> list[Target]:
    """Return all targets in the order they were added."""
    found = await reading.session.execute(select(TargetRow.__table__).order_by(TargetRow.id))
    return [Target(**{**row, "form": Form(row["form"])}) for row in found.mappings()]


async def add_target(writing: Writing, values: dict[str, Any]) -> int:
    """Add a target; return its number."""
    done = await writing.session.execute(insert(TargetRow).values(**values).returning(TargetRow.id))
    writing.changed("notifications")
    return int(done.scalar_one())


async def change_target(writing: Writing, target_id: int, values: dict[str, Any]) -> None:
    """Set some columns of a target."""
    await writing.session.execute(
        update(TargetRow).where(TargetRow.id == target_id).values(**values)
    )
    writing.changed("notifications")


async def delete_target(writing: Writing, target_id: int) -> None:
    """Delete a target; what waits for it goes with `outbox_rows.forget_target`."""
    await writing.session.execute(delete(TargetRow).where(TargetRow.id == target_id))
    writing.changed("notifications")


async def rules(reading: Reading) -> list[Rule]:
    """Return all rules in the order they were added."""
    found = await reading.session.execute(select(RuleRow.__table__).order_by(RuleRow.id))
    return [_rule(dict(row)) for row in found.mappings()]


async def add_rule(writing: Writing, rule: Rule) -> int:
    """Add a rule, whatever its number says; return the number it gets."""
    done = await writing.session.execute(
        insert(RuleRow).values(**_rule_values(rule)).returning(RuleRow.id)
    )
    writing.changed("notifications")
    return int(done.scalar_one())


async def put_rule(writing: Writing, rule: Rule) -> None:
    """Replace a rule."""
    await writing.session.execute(
        update(RuleRow).where(RuleRow.id == rule.id).values(**_rule_values(rule))
    )
    writing.changed("notifications")


async def delete_rule(writing: Writing, rule_id: int) -> None:
    """Delete a rule."""
    await writing.session.execute(delete(RuleRow).where(RuleRow.id == rule_id))
    writing.changed("notifications")


async def windows(reading: Reading) -> Windows:
    """Return how alerts behave where a rule says nothing else."""
    found = await reading.session.execute(select(WindowsRow.__table__))
    row = found.mappings().first()
    return Windows() if row is None else Windows(**{k: row[k] for k in row if k != "id"})


async def put_windows(writing: Writing, values: Windows) -> None:
    """Replace it."""
    await writing.session.execute(delete(WindowsRow))
    await writing.session.execute(insert(WindowsRow).values(id=_ONE, **asdict(values)))
    writing.changed("notifications")


async def muted(reading: Reading) -> frozenset[int]:
    """Return the cameras that nobody wants to hear of."""
    return frozenset(await reading.session.scalars(select(MutedCameraRow.camera_id)))


async def put_muted(writing: Writing, camera_ids: Collection[int]) -> None:
    """Replace them."""
    await writing.session.execute(delete(MutedCameraRow))
    if camera_ids:
        rows = [{"camera_id": number} for number in sorted(camera_ids)]
        await writing.session.execute(insert(MutedCameraRow), rows)
    writing.changed("notifications")


async def open_maintenance(reading: Reading) -> list[Maintenance]:
    """Return maintenance whose end the worker has not seen, the one that began first in front."""
    row = MaintenanceRow
    query = select(row.__table__).where(row.ended_at.is_(None)).order_by(row.began_at, row.id)
    found = await reading.session.execute(query)
    return [Maintenance(**{**each, "scope": Scope(each["scope"])}) for each in found.mappings()]


async def add_maintenance(writing: Writing, values: dict[str, Any]) -> int:
    """Begin maintenance; return its number."""
    done = await writing.session.execute(
        insert(MaintenanceRow).values(**values).returning(MaintenanceRow.id)
    )
    writing.changed("notifications")
    return int(done.scalar_one())


async def shorten_maintenance(writing: Writing, number: int, *, until_at: datetime) -> None:
    """Have maintenance be over at that moment; the worker tells what is still down."""
    row = MaintenanceRow
    await writing.session.execute(update(row).where(row.id == number).values(until_at=until_at))
    writing.changed("notifications")


async def end_maintenance(writing: Writing, numbers: Collection[int], *, at: datetime) -> None:
    """Note that the worker has seen its end."""
    row = MaintenanceRow
    await writing.session.execute(update(row).where(row.id.in_(numbers)).values(ended_at=at))


async def expire_maintenance(writing: Writing, *, before_at: datetime) -> None:
    """Delete what is over for long."""
    row = MaintenanceRow
    await writing.session.execute(delete(row).where(row.ended_at < before_at))


def _rule(row: dict[str, Any]) -> Rule:
    begin, end = row.pop("quiet_from_min"), row.pop("quiet_until_min")
    sets = {
        # A kind of another version is none of ours; the rule is about the others.
        "kinds": frozenset(Kind(each) for each in row["kinds"] if each in set(Kind)),
        "area_ids": frozenset(row["area_ids"]),
        "camera_ids": frozenset(row["camera_ids"]),
        "target_ids": frozenset(row["target_ids"]),
    }
    quiet = None if begin is None or end is None else QuietHours(begin, end)
    return Rule(**{**row, **sets, "quiet": quiet})


def _rule_values(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "enabled": rule.enabled,
        "kinds": sorted(each.value for each in rule.kinds),
        "area_ids": sorted(rule.area_ids),
        "camera_ids": sorted(rule.camera_ids),
        "target_ids": sorted(rule.target_ids),
        "tells_recovery": rule.tells_recovery,
        "quiet_from_min": None if rule.quiet is None else rule.quiet.from_min,
        "quiet_until_min": None if rule.quiet is None else rule.quiet.until_min,
        "critical_passes": rule.critical_passes,
        "down_after_s": rule.down_after_s,
        "up_after_s": rule.up_after_s,
        "purpose": rule.purpose,
        "since_at": rule.since_at,
    }
