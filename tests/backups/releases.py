"""Two releases that follow each other: this one, and a next one with a step of its own."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.audit.actors import CONSOLE
from pantau.backups import snapshots
from pantau.backups.carrying_out import told_of
from pantau.backups.restoring import Hub
from pantau.backups.rolling_back import carry_out_roll_back
from pantau.backups.snapshots import TakenSnapshot
from pantau.backups.staging import Result, Wanted, WantedStep
from pantau.core.clock import SystemClock
from pantau.db.engines import plain_engine
from pantau.migrations.revisions import STEPS, known_revisions
from pantau.migrations.stepping import take_steps
from pantau.migrations.upgrade import meet, step_aside, upgrade
from pantau.tables import ON_ROLL_BACK
from tests.backups.hubs import CopiedTables, FullHub

TODAY = known_revisions()[-1]
NEXT = f"{int(TODAY) + 1:04}"
CONTRACTING = f"""
revision = "{NEXT}"
down_revision = "{TODAY}"
oldest_release = "{NEXT}"

import sqlalchemy as sa
from alembic import op

def upgrade():
    op.add_column("cameras", sa.Column("colour", sa.String(9), server_default="blue"))
    op.create_table("bags", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("areas") as areas:
        areas.drop_column("kelurahan")
    op.execute("UPDATE site_values SET description = '[' || description || ']'")
"""  # noqa: S608 - a step that is written out
EXPANDING = f"""
revision = "{NEXT}"
down_revision = "{TODAY}"
oldest_release = "{TODAY}"

import sqlalchemy as sa
from alembic import op

def upgrade():
    op.add_column("cameras", sa.Column("colour", sa.String(9), server_default="blue"))
"""


@dataclass(frozen=True)
class NextTables:
    """The steps of the next release."""

    steps: Path
    template: Path
    revisions: tuple[str, ...] = (*known_revisions(), NEXT)

    async def make(self, file: Path, revision: str) -> None:
        if revision == TODAY:
            shutil.copy(self.template, file)
        else:
            await step_aside(file, revision, steps=self.steps)

    async def upgrade(self, file: Path) -> None:
        await step_aside(file, steps=self.steps)

    async def make_on_server(self, connection: AsyncConnection, revision: str) -> None:
        await connection.run_sync(take_steps, self.steps, revision)


def next_steps(folder: Path, text_of: str = CONTRACTING) -> Path:
    """Return the steps of the next release."""
    made = folder / "next-steps"
    shutil.copytree(STEPS, made, ignore=shutil.ignore_patterns("__pycache__"))
    (made / "versions" / f"{NEXT}_next.py").write_text(text_of, encoding="utf-8")
    return made


@dataclass
class Releases:
    """A full hub that has a release today and will have the next one."""

    full: FullHub
    steps: Path

    @property
    def today(self) -> Hub:
        """What the release of today knows of the hub."""
        return replace(self.full.hub, schema=CopiedTables(self.full.template))

    @property
    def next(self) -> Hub:
        """What the next release knows of it."""
        return replace(self.full.hub, schema=NextTables(self.steps, self.full.template))

    async def snapshot(self) -> TakenSnapshot:
        return await snapshots.take(self.today, build="b" * 12, version="1")

    async def deploy(self) -> None:
        await upgrade(
            self.full.place,
            backups_dir=self.full.data_dir / "backups",
            clock=SystemClock(),
            steps=self.steps,
        )

    def want(self, taken: TakenSnapshot) -> None:
        self.full.staging.clear()
        self.full.staging.put_wanted(
            Wanted(
                token="t",
                people="keep",
                actor=told_of(CONSOLE),
                roll_back=WantedStep(snapshot=taken.name, step=taken.step),
            )
        )

    async def roll_back(self, hub: Hub, taken: TakenSnapshot) -> Result:
        self.want(taken)
        return await self.carry_out(hub)

    async def carry_out(self, hub: Hub) -> Result:
        stored = (await meet(hub.place, clock=SystemClock())).stored
        decisions = {name: each.keep for name, each in ON_ROLL_BACK.items()}
        return await carry_out_roll_back(hub, self.full.staging, decisions, stored=stored)

    async def do(self, *statements: str) -> None:
        async with plain_engine(self.full.place).connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
