"""Releases as alerts tell them: one message for each transition, none repeated."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from pantau.app.release_news import release_news
from pantau.core.sealing import Sealer
from pantau.db.database import Database
from pantau.notifications.release_source import ReleaseNews, ReleaseSource, TakenBack
from pantau.notifications.watching import Watcher
from pantau.operations.release.evidence import Repeated
from pantau.operations.release.gathering import Hub
from pantau.operations.release.kept_watch import Noted, begin_watch, end_watch, note_verdict
from pantau.operations.release.rules import Rules
from tests.notifications.alarm_house import AlarmHouse, wall
from tests.operations.release.found import LIST, NEW, evidence, verdict
from tests.support.clock import HandWoundClock
from tests.support.database import above_sql

pytestmark = pytest.mark.anyio

Action = Literal["keep", "monitor", "roll_back"]


class Releases:
    """What the folder of releases says, as a test has it."""

    def __init__(self, clock: HandWoundClock) -> None:
        self.clock = clock
        self.news = ReleaseNews()

    async def read(self) -> ReleaseNews:
        return self.news

    def judge(self, action: Action) -> None:
        now = self.clock.now()
        self.news = ReleaseNews(name="1.1.0-abc", action=action, since_at=now)

    def take_back(self) -> None:
        now = self.clock.now()
        gone = TakenBack(id="d1", name="1.1.0-abc", at=now, reason="It was slow.")
        self.news = ReleaseNews(taken_back=(*self.news.taken_back, gone))


@pytest.fixture
async def hub(database: Database, sealer: Sealer) -> AlarmHouse:
    house = AlarmHouse(database, sealer, cameras=wall(1))
    await house.add_target()
    await house.add_rule()
    await house.clock.advance(1)
    return house


def watch(hub: AlarmHouse, releases: Releases) -> None:
    hub.begin()
    hub.watcher = Watcher(
        hub.database,
        catalogue=hub.catalogue,
        sources=(ReleaseSource(releases.read, hub.clock),),
        zone=lambda: hub.zone,
        clock=hub.clock,
    )


@above_sql
async def test_each_transition_is_told_once(hub: AlarmHouse) -> None:
    releases = Releases(hub.clock)
    watch(hub, releases)
    actions: tuple[Action, ...] = ("keep", "monitor", "monitor", "roll_back", "roll_back", "keep")
    told: list[list[str]] = []
    for action in actions:
        releases.judge(action)
        await hub.pass_s(600)
        told.append(hub.said())

    assert [len(each) for each in told] == [0, 1, 0, 1, 0, 1]
    assert "Release 1.1.0-abc does worse than it should" in told[1][0]
    assert "pantau release rollback" in told[3][0]
    assert "The release does as it should" in told[5][0]


@above_sql
async def test_a_release_that_was_taken_back_is_told_once_also_by_the_next_worker(
    hub: AlarmHouse,
) -> None:
    releases = Releases(hub.clock)
    releases.take_back()
    watch(hub, releases)
    await hub.pass_s(120)
    assert hub.titles() == []

    await hub.clock.advance(60)
    releases.take_back()
    await hub.pass_s(120)
    watch(hub, releases)
    await hub.pass_s(300)

    (said,) = hub.said()
    assert "Release taken back: 1.1.0-abc" in said
    assert "It was slow." in said


async def test_the_folder_of_releases_says_since_when_it_is_so(tmp_path: Path) -> None:
    clock = HandWoundClock()
    where = Hub(address="http://127.0.0.1:1", sockets_dir=tmp_path, build=NEW)
    assert await release_news(tmp_path) == ReleaseNews()
    asked = begin_watch(
        tmp_path, hub=where, baseline_file=None, rules=Rules(), clock=clock, rolls_back=False
    )
    assert (await release_news(tmp_path)).action is None

    cold = evidence(repeated=(Repeated(endpoint=LIST, asked=9, ready=0),))
    for hour, found in enumerate((evidence(), cold, cold)):
        told = verdict(found).model_copy(update={"at": clock.now() + timedelta(hours=hour)})
        note_verdict(tmp_path, Noted(watch=asked.id, verdict=told))
    news = await release_news(tmp_path)

    assert (news.action, news.since_at) == ("monitor", clock.now() + timedelta(hours=1))

    end_watch(tmp_path)
    assert (await release_news(tmp_path)).action is None
