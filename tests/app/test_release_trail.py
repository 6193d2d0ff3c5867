"""The audit trail tells of deploys and ways back, and never stands in their way."""

import asyncio
import json
import os
import pwd
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pantau.admin.entries import shown_entry
from pantau.admin.wording import Wording
from pantau.app import release
from pantau.app.foundation import opened_foundation
from pantau.app.release_trail import AUTOMATIC, of_deploy, person_here
from pantau.audit.chain import Draft, Entry
from pantau.core.clock import SystemClock
from pantau.operations.release_steps.state import Deployment, Outcome, Phase, Release
from pantau.settings import Settings
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts
from pantau.ui.render import Pages
from pantau.ui.site import Site
from tests.support.planted_releases import make_release

CLOCK = SystemClock()
ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("releases")
    return {version: make_release(folder / version, version=version) for version in ("0.1.1",)}


@dataclass
class Hub:
    """An installation with a database, in which nothing runs."""

    settings: Settings
    said: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.settings.data_dir / "pantau.db"

    def deploy(self, target: Path) -> Deployment:
        wishes = release.Wishes(gate_s=1)
        work = release.deploy(
            self.settings, str(target), wishes, clock=CLOCK, tell=self.said.append
        )
        done = asyncio.run(work)
        assert done is not None
        return done

    def roll_back(self, **more: Any) -> Deployment:
        return asyncio.run(
            release.roll_back(self.settings, clock=CLOCK, tell=self.said.append, **more)
        )

    def trail(self) -> Sequence[dict[str, Any]]:
        with closing(sqlite3.connect(self.database)) as database:
            database.row_factory = sqlite3.Row
            found = database.execute(
                "SELECT * FROM audit_entries WHERE name LIKE '%RELEASE%' ORDER BY id"
            )
            return [dict(row) | {"details": json.loads(row["details"])} for row in found]

    def names(self) -> list[tuple[str, str]]:
        return [(row["name"], row["username"]) for row in self.trail()]

    def is_whole(self) -> bool:
        async def verified() -> bool:
            async with opened_foundation(self.settings) as foundation:
                return (await foundation.verifier().verify()).ok

        return asyncio.run(verified())


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()

    async def begun() -> None:
        async with opened_foundation(settings):
            pass

    asyncio.run(begun())
    return Hub(settings)


def test_who_deployed_what_and_who_went_back_is_in_the_chain(
    hub: Hub, environments: dict[str, Path]
) -> None:
    done = hub.deploy(environments["0.1.1"])
    assert done.before is not None
    hub.roll_back(why="Visitors see nothing.")

    deployed, back = hub.trail()
    assert (deployed["name"], deployed["actor_kind"], deployed["username"]) == (
        "DEPLOY_RELEASE",
        "console",
        ME,
    )
    assert deployed["target"] == f"release {done.after.name}"
    told = deployed["details"]
    assert (told["from_release"], told["to_release"]) == (done.before.name, done.after.name)
    assert (told["result"], told["deployed_by"]) == ("deployed", ME)
    assert (back["name"], back["username"]) == ("ROLL_BACK_RELEASE", ME)
    told = back["details"]
    assert (told["from_release"], told["to_release"]) == (done.after.name, done.before.name)
    assert told["result"] == "rolled_back"
    assert told["reason"].startswith("Visitors see nothing.")
    assert hub.is_whole()


def test_what_goes_back_by_itself_is_nobodys_doing(hub: Hub, environments: dict[str, Path]) -> None:
    hub.deploy(environments["0.1.1"])
    hub.roll_back(is_automatic=True)
    assert hub.names() == [("DEPLOY_RELEASE", ME), ("ROLL_BACK_RELEASE", "automatic")]


def test_a_way_back_that_fails_is_told_too(hub: Hub, environments: dict[str, Path]) -> None:
    hub.deploy(environments["0.1.1"])
    # Nothing is left of what is to be gone back to.
    state = hub.settings.releases_folder / "state.json"
    known = json.loads(state.read_text())
    known["deployments"][-1]["before"]["environment"] = str(hub.settings.data_dir / "nowhere")
    state.write_text(json.dumps(known))

    assert hub.roll_back().outcome is Outcome.FAILED

    assert hub.names()[-1] == ("ROLL_BACK_RELEASE_FAILED", ME)
    assert "not there any more" in hub.trail()[-1]["details"]["reason"]


@pytest.mark.parametrize(
    "damage", ["ALTER TABLE audit_entries RENAME TO gone", "DELETE FROM audit_head", "rubbish"]
)
def test_a_trail_that_cannot_be_written_to_stands_in_nobodys_way(
    hub: Hub, environments: dict[str, Path], damage: str
) -> None:
    hub.deploy(environments["0.1.1"])
    if damage == "rubbish":
        (hub.settings.data_dir / "secret.key").write_bytes(b"short")
    else:
        with closing(sqlite3.connect(hub.database)) as database:
            database.execute("DROP TRIGGER audit_head_kept")
            database.execute(damage)
            database.commit()
    done = hub.roll_back(database="keep")
    assert done.outcome is Outcome.ROLLED_BACK
    assert any("audit trail could not be told" in each for each in hub.said)


def test_where_no_database_is_none_is_made(tmp_path: Path, environments: dict[str, Path]) -> None:
    hub = Hub(Settings(data_dir=tmp_path / "data"))
    hub.deploy(environments["0.1.1"])
    assert not hub.database.exists()
    assert not (hub.settings.data_dir / "secret.key").exists()
    assert not any("audit" in each for each in hub.said)


@pytest.mark.parametrize(
    ("outcome", "phase", "expected"),
    [
        (Outcome.DEPLOYED, Phase.VERIFIED, ["DEPLOY_RELEASE"]),
        (Outcome.GIVEN_UP, Phase.INSTALLED, ["DEPLOY_RELEASE_FAILED"]),
        (Outcome.FAILED, Phase.RENEWED, ["DEPLOY_RELEASE_FAILED"]),
        (
            Outcome.ROLLED_BACK,
            Phase.RETURNING,
            ["DEPLOY_RELEASE_FAILED", "ROLL_BACK_RELEASE"],
        ),
        (
            Outcome.FAILED,
            Phase.RETURNING,
            ["DEPLOY_RELEASE_FAILED", "ROLL_BACK_RELEASE_FAILED"],
        ),
    ],
)
def test_a_deploy_is_told_as_it_ended(outcome: Outcome, phase: Phase, expected: list[str]) -> None:
    new = Release(version="1", build="new", engine="e", step="1", environment=Path("/new"))
    done = Deployment(
        id="one",
        by="op",
        started_at=CLOCK.now(),
        changed_at=CLOCK.now(),
        before=None,
        after=new,
        phase=phase,
        outcome=outcome,
    )
    told = list(of_deploy(done, person_here()))
    assert [each.name for each in told] == expected
    # The way back of a deploy that failed is no decision of whoever began it.
    assert [each.who for each in told] == [person_here(), AUTOMATIC][: len(told)]


def test_the_page_says_it_in_indonesian_and_in_english() -> None:
    details = {"from_release": "1-a", "to_release": "2-b", "result": "rolled_back"}
    draft = Draft(
        at=CLOCK.now(),
        kind="action",
        name="ROLL_BACK_RELEASE",
        actor_kind="system",
        username="automatic",
        target="release 0.1.1-abc",
        details=json.dumps(details),
    )
    pages = Pages(assets=read_assets(), site=lambda: Site(zone=ZoneInfo("UTC")), now=datetime.now)
    indonesian = shown_entry(Entry(1, draft, ""), Wording(Texts("id"), pages))
    assert indonesian.what == "Kembali ke rilis sebelumnya"
    assert indonesian.who == "Pantau sendiri, otomatis"
    assert indonesian.target == "rilis 0.1.1-abc"
    assert indonesian.facts == (
        ("Dari rilis", "1-a"),
        ("Ke rilis", "2-b"),
        ("Hasil", "Ditarik kembali"),
    )
    english = shown_entry(Entry(1, draft, ""), Wording(Texts("en"), pages))
    assert english.what == "Went back to an earlier release"
    assert english.who == "Pantau itself, automatically"
    assert english.facts[2] == ("Result", "Taken back")
