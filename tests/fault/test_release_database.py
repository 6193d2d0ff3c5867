"""A hub on PostgreSQL goes to a release with a step of the database, and back, with its rows."""

import asyncio
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.db.place import place_of
from pantau.operations.release_steps.state import Outcome
from tests.backups.releases import EXPANDING, NEXT, TODAY
from tests.fault.leaving_servers import Postgresql
from tests.migrations.steps import ask
from tests.support.deployed_hub import TOML, DeployedHub, deployed
from tests.support.planted_releases import make_release

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(600)]

BREAKING = EXPANDING.replace(f'oldest_release = "{TODAY}"', f'oldest_release = "{NEXT}"')
PASSWORD = "Pasar-Minggu-27-kopi\n"


class OnPostgresql(DeployedHub):
    """The same hub, whose database is on a server."""

    def rows(self, question: str) -> list[tuple[object, ...]]:
        settings = tomllib.loads((self.folder / "pantau.toml").read_text(encoding="utf-8"))
        place = place_of(settings["database"]["url"], data_dir=self.folder)
        return asyncio.run(ask(place, question))

    def step(self) -> object:
        return self.rows("SELECT version_num FROM alembic_version")[0][0]

    def people(self) -> set[object]:
        return {row[0] for row in self.rows("SELECT username FROM users")}

    def trail(self) -> str:
        """Return what doctor finds of the trail."""
        told = json.loads(self.command("doctor", "--json").stdout)
        return str(next(one["grade"] for one in told["findings"] if one["name"] == "audit trail"))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[OnPostgresql]:
    with Postgresql() as server, deployed(tmp_path, server.toml + TOML, OnPostgresql) as hub:
        assert isinstance(hub, OnPostgresql)
        yield hub


def add(hub: OnPostgresql, name: str, program: Path | None = None) -> None:
    added = hub.command("users", "add", name, program=program, stdin=PASSWORD)
    assert added.returncode == 0, added.stderr


def test_a_step_that_only_adds_goes_in_and_the_way_back_touches_no_row(
    hub: OnPostgresql, tmp_path: Path
) -> None:
    fresh = make_release(tmp_path / "fresh", version="0.1.1", step=(f"{NEXT}_next", EXPANDING))
    hub.until_recording(1)
    add(hub, "siti")
    media, before = hub.pid_of("media"), hub.counts()

    plan = json.loads(hub.command("release", "plan", str(fresh), "--json").stdout)
    assert plan["refusals"] == [], plan
    assert hub.step() == TODAY

    code, last, said = hub.deploy(fresh)
    assert code in {0, 3}, said
    assert last.outcome is Outcome.DEPLOYED, said
    assert "1 steps took" in said
    assert last.backup is not None
    assert last.backup.stat().st_size > 0
    assert hub.step() == NEXT
    judged = hub.command("release", "verify", "--for", "5s", program=fresh / "bin" / "pantau")
    assert judged.returncode in {0, 3}, judged.stdout + judged.stderr
    add(hub, "budi", hub.releases / "current" / "bin" / "pantau")

    back = hub.command("release", "rollback", program=hub.releases / "previous" / "bin" / "pantau")
    assert back.returncode == 0, back.stderr
    assert hub.last().outcome is Outcome.ROLLED_BACK
    assert last.before is not None
    hub.until_only(last.before.build)
    assert hub.step() == NEXT, "the release of before works with it: nothing needs to change"
    assert hub.people() >= {"siti", "budi"}
    after = hub.counts()
    assert all(after[table] >= before[table] for table in before), (before, after)
    assert hub.pid_of("media") == media
    assert hub.trail() == "fine"
    assert hub.refusals() == {}, hub.logs


def test_a_step_that_breaks_is_refused_or_taken_back_with_the_rows_of_between(
    hub: OnPostgresql, tmp_path: Path
) -> None:
    fresh = make_release(tmp_path / "fresh", version="0.1.1", step=(f"{NEXT}_next", BREAKING))
    new, old = fresh / "bin" / "pantau", hub.releases / "previous" / "bin" / "pantau"
    hub.until_recording(1)
    add(hub, "siti")

    code, last, said = hub.deploy(fresh)
    assert (code, last.outcome) == (1, Outcome.GIVEN_UP), said
    assert "--accept-break" in said
    assert hub.step() == TODAY, "the rehearsal leaves nothing behind"
    assert hub.get("/api/cameras/active")[0] == 200

    code, last, said = hub.deploy(fresh, "--accept-break")
    assert code in {0, 3}, said
    assert last.outcome is Outcome.DEPLOYED, said
    assert hub.step() == NEXT
    judged = hub.command("release", "verify", "--for", "5s", program=new)
    assert judged.returncode in {0, 3}, judged.stdout + judged.stderr
    add(hub, "budi", new)
    between = hub.counts()
    pieces = len(list((hub.folder / "data" / "recordings" / "1").glob("*/*.idx")))

    back = hub.command("release", "rollback", program=old)
    assert back.returncode == 0, back.stdout + back.stderr
    assert hub.last().outcome is Outcome.ROLLED_BACK
    assert last.before is not None
    hub.until_only(last.before.build)
    assert hub.step() == TODAY
    assert hub.people() >= {"siti", "budi"}
    after = hub.counts()
    assert all(after[table] >= between[table] for table in between), (between, after)
    assert hub.trail() == "fine"
    assert hub.get("/api/cameras/active")[0] == 200
    hub.until_recording(pieces + 1)
