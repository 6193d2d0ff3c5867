"""SQL of plans and runs."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, insert, select, update

from pantau.backups.models import Delivered, Plan, Run
from pantau.backups.rows import PASSPHRASE_PURPOSE, S3_PURPOSE, BackupPlanRow, BackupRunRow
from pantau.core.sealing import Sealer
from pantau.db.base import Base
from pantau.db.database import Reading, Writing

_PLANS: Final = Base.metadata.tables[BackupPlanRow.__tablename__]
_RUNS: Final = Base.metadata.tables[BackupRunRow.__tablename__]
_PLAN_ID: Final = 1
_DELIVERED: Final = TypeAdapter(tuple[Delivered, ...])
_OPEN: Final = ("waiting", "running")
_BY_ITSELF: Final = {"recipients", "has_passphrase", "has_s3_secret"}
"""Fields of a plan that are not columns of the same name."""


async def stored_plan(work: Reading) -> Plan:
    """Return the plan; that of a hub where nobody made one."""
    row = (await work.session.execute(select(_PLANS))).mappings().one_or_none()
    if row is None:
        return Plan()
    told = {field.name: row[field.name] for field in fields(Plan) if field.name not in _BY_ITSELF}
    return Plan(
        **told,
        recipients=tuple(row["recipients"].split()),
        has_passphrase=bool(row["passphrase_sealed"]),
        has_s3_secret=bool(row["s3_secret_sealed"]),
    )


async def sealed_of_plan(work: Reading) -> tuple[str | None, str | None]:
    """Return the sealed passphrase and the sealed key of the bucket."""
    found = await work.session.execute(
        select(_PLANS.c.passphrase_sealed, _PLANS.c.s3_secret_sealed)
    )
    row = found.one_or_none()
    return (None, None) if row is None else (row[0], row[1])


def opened_secrets(sealer: Sealer, sealed: tuple[str | None, str | None]) -> tuple[str, str]:
    """Return passphrase and key of the bucket; raises SealingError."""
    passphrase, key = sealed
    return (
        sealer.open(passphrase, PASSPHRASE_PURPOSE) if passphrase else "",
        sealer.open(key, S3_PURPOSE) if key else "",
    )


async def put_plan(
    work: Writing, plan: Plan, sealed: tuple[str | None, str | None], now: datetime
) -> None:
    """Replace the plan."""
    told: dict[str, Any] = {
        field.name: getattr(plan, field.name)
        for field in fields(Plan)
        if field.name not in _BY_ITSELF
    }
    told |= {
        "recipients": "\n".join(plan.recipients),
        "passphrase_sealed": sealed[0],
        "s3_secret_sealed": sealed[1],
        "updated_at": now,
    }
    changed = await work.session.execute(
        update(_PLANS).where(_PLANS.c.id == _PLAN_ID).values(told).returning(_PLANS.c.id)
    )
    if changed.first() is None:
        await work.session.execute(insert(_PLANS).values(id=_PLAN_ID, **told))
    work.changed("backups")


async def add_run(work: Writing, *, kind: str, state: str, asked_by: str, at: datetime) -> int:
    """Add a run and return its number."""
    added = insert(_RUNS).values(kind=kind, state=state, asked_by=asked_by, asked_at=at)
    number = (await work.session.execute(added.returning(_RUNS.c.id))).scalar_one()
    work.changed("backups")
    return int(number)


async def change_run(work: Writing, number: int, **values: Any) -> None:
    """Write what became of a run."""
    if "deliveries" in values:
        values["deliveries"] = _DELIVERED.dump_json(values["deliveries"]).decode()
    await work.session.execute(update(_RUNS).where(_RUNS.c.id == number).values(**values))
    work.changed("backups")


async def runs(work: Reading, *, limit: int) -> list[Run]:
    """Return the newest runs first."""
    query = select(_RUNS).order_by(_RUNS.c.id.desc()).limit(limit)
    return [_run_of(row) for row in (await work.session.execute(query)).mappings()]


async def run_numbered(work: Reading, number: int) -> Run | None:
    """Return one run."""
    found = await work.session.execute(select(_RUNS).where(_RUNS.c.id == number))
    row = found.mappings().one_or_none()
    return None if row is None else _run_of(row)


async def open_runs(work: Reading) -> list[Run]:
    """Return those that are not over, the oldest first."""
    query = select(_RUNS).where(_RUNS.c.state.in_(_OPEN)).order_by(_RUNS.c.id)
    return [_run_of(row) for row in (await work.session.execute(query)).mappings()]


async def last_run(work: Reading, *states: str) -> Run | None:
    """Return the newest run that ended so and counts for the plan."""
    query = select(_RUNS).where(_RUNS.c.state.in_(states), _RUNS.c.kind != "console")
    row = (await work.session.execute(query.order_by(_RUNS.c.id.desc()).limit(1))).mappings()
    found = row.one_or_none()
    return None if found is None else _run_of(found)


async def first_plan_at(work: Reading) -> datetime | None:
    """Return when the plan was last changed."""
    at: datetime | None = await work.session.scalar(select(_PLANS.c.updated_at))
    return at


async def forget_runs(work: Writing, *, keep: int) -> None:
    """Delete all but the newest runs."""
    kept = select(_RUNS.c.id).order_by(_RUNS.c.id.desc()).limit(1).offset(keep)
    last = await work.session.scalar(kept)
    if last is not None:
        await work.session.execute(delete(_RUNS).where(_RUNS.c.id <= last))


async def forget_open_runs(work: Writing) -> None:
    """Delete those that were not over when a database was copied: of their end it knows nothing."""
    await work.session.execute(delete(_RUNS).where(_RUNS.c.state.in_(_OPEN)))


def _run_of(row: Any) -> Run:
    told = {field.name: row[field.name] for field in fields(Run) if field.name != "deliveries"}
    try:
        delivered: Sequence[Delivered] = _DELIVERED.validate_python(json.loads(row["deliveries"]))
    except (ValueError, ValidationError):
        delivered = ()
    return Run(**{**told, "protection": told["protection"] or "none"}, deliveries=tuple(delivered))
