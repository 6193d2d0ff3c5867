"""Steps that tests make up, and databases that go through them."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from pantau.core.clock import SystemClock
from pantau.db.base import BOOKKEEPING
from pantau.db.engines import plain_engine
from pantau.db.place import Place
from pantau.migrations.revisions import STEPS
from pantau.migrations.upgrade import Upgrade, upgrade

FIRST = """
revision = "0001"
down_revision = None
oldest_release = "0001"

import sqlalchemy as sa
from alembic import op

def upgrade():
    op.create_table("things",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("note", sa.String(200)),
        sa.Column("size", sa.Integer, nullable=False, server_default="1"))
    op.create_table("parts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("thing", sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("things.id")))
    op.execute("INSERT INTO things (name) VALUES ('first')")
    op.execute("INSERT INTO parts VALUES (1, 1)")
"""
HEAD = """
revision = "{number:04}"
down_revision = "{before:04}"
oldest_release = "{oldest}"

import sqlalchemy as sa
from alembic import op

def upgrade():
"""


def step(number: int, *statements: str, oldest: str = "0001") -> str:
    """Return the text of a step that does `statements`."""
    head = HEAD.format(number=number, before=number - 1, oldest=oldest)
    return head + "".join(f"    {statement}\n" for statement in statements or ("pass",))


def written(folder: Path, *steps: str) -> Path:
    """Return a script location of its own with these steps."""
    made = folder / f"steps-{uuid4().hex}"
    (made / "versions").mkdir(parents=True)
    shutil.copy(STEPS / "env.py", made)
    for number, text_of in enumerate(steps, 1):
        (made / "versions" / f"{number:04}_step.py").write_text(text_of, encoding="utf-8")
    return made


async def take(place: Place, backups: Path, steps: Path = STEPS) -> Upgrade:
    """Bring a database up."""
    return await upgrade(place, backups_dir=backups, clock=SystemClock(), steps=steps)


async def ask(place: Place, question: str) -> list[tuple[object, ...]]:
    """Return the answer of the database."""
    async with plain_engine(place).connect() as connection:
        return [tuple(row) for row in await connection.execute(text(question))]


def engine_at(place: Place) -> AsyncEngine:
    """Return plain connections, with foreign keys as they are by default."""
    return create_async_engine(place.url)


async def tables_at(place: Place) -> MetaData:
    """Return what the release of this moment knows of the tables."""
    known = MetaData()

    def reflect(connection: Connection) -> None:
        known.reflect(connection, only=lambda name, _: name not in BOOKKEEPING)

    engine = engine_at(place)
    async with engine.connect() as connection:
        await connection.run_sync(reflect)
    await engine.dispose()
    return known


async def contents_of(place: Place, known: MetaData) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the tables that `known` names."""
    engine = engine_at(place)
    async with engine.connect() as connection:
        found = {
            table.name: sorted(
                (tuple(row) for row in await connection.execute(table.select())), key=repr
            )
            for table in known.sorted_tables
        }
    await engine.dispose()
    return found
