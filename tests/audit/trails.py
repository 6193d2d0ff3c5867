"""A trail on a database of the test, and ways around its triggers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from pantau.audit.actors import Actor
from pantau.audit.events import Action, Name
from pantau.audit.notes import Bounds
from pantau.audit.trail import AuditTrail
from pantau.db.database import Database
from tests.support.clock import HandWoundClock

KEY = b"k" * 32
BUDI = Actor("session", 7, "budi", "192.0.2.7", "Firefox", "PUT /api/cameras/3")


def trail_on(
    database: Database, clock: HandWoundClock | None = None, bounds: Bounds | None = None
) -> AuditTrail:
    return AuditTrail(database, key=KEY, clock=clock or HandWoundClock(), bounds=bounds)


async def record(
    trail: AuditTrail, database: Database, name: Name = Action.UPDATE_CAMERA, **more: Any
) -> None:
    async with database.write() as work:
        await trail.record(work, more.pop("actor", BUDI), name, **more)


async def rows(database: Database) -> Sequence[Any]:
    async with database.read() as work:
        found = await work.session.execute(text("SELECT * FROM audit_entries ORDER BY id"))
        return found.mappings().all()


async def run_sql(database: Database, *statements: str, **values: Any) -> None:
    async with database.write() as work:
        for statement in statements:
            await work.session.execute(text(statement), values)


async def break_in(database: Database, *statements: str, **values: Any) -> None:
    """Do what somebody does who owns the database: drop the triggers first."""
    triggers = {
        "audit_entries": (
            "audit_entries_in_place",
            "audit_entries_unchanged",
            "audit_entries_kept",
        ),
        "audit_head": ("audit_head_forwards", "audit_head_kept"),
    }
    drops = [
        f"DROP TRIGGER IF EXISTS {name}" + ("" if database.place.is_sqlite else f" ON {table}")
        for table, names in triggers.items()
        for name in names
    ]
    await run_sql(database, *drops)
    await run_sql(database, *statements, **values)
