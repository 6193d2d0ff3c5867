"""A made-up crowd is counted as it really was: no viewer twice, none missed, none too long."""

from collections import Counter
from pathlib import Path

import pytest

from bench.viewers_crowd import Crowd, Doing
from pantau.core.sealing import Sealer, keyring
from pantau.db.database import Database
from pantau.viewers.models import OpenViewRow, ViewGlanceRow, ViewHistoryRow
from tests.support.clock import HandWoundClock
from tests.viewers.counting import Process, process_on
from tests.viewers.people import poll

pytestmark = pytest.mark.anyio

SWEEP_S = 5.0
FLUSH_S = 10.0


def do(process: Process, doing: Doing) -> None:
    who = doing.who
    request = poll(who.address, who.browser, who.cookie)
    match doing.act:
        case "poll":
            process.presence.touch(who.camera, request)
        case "start":
            who.session = process.presence.start(who.camera, request)
        case "beat":
            assert process.presence.heartbeat(who.session, request)
        case "stop":
            assert process.presence.stop(who.session)


async def judge(process: Process, crowd: Crowd, *, seconds: float) -> None:
    clock, now_s, next_s, looks = process.clock, 0.0, SWEEP_S, 0
    before = process.database.stats().write_hits
    for doing in [*crowd.doings(), None]:
        while next_s <= (seconds + 60 if doing is None else doing.at_s):
            clock.wind(next_s - now_s)
            now_s = next_s
            process.keeper.sweep()
            assert process.presence.counts() == crowd.viewers_at(now_s), now_s
            if looks % 2:
                await process.keeper.flush()
            looks += 1
            next_s += SWEEP_S
        if doing is not None:
            clock.wind(doing.at_s - now_s)
            now_s = doing.at_s
            do(process, doing)
    assert process.database.stats().write_hits - before <= now_s / FLUSH_S
    rows = await process.rows(ViewHistoryRow)
    told = Counter((row.camera_id, row.is_bot, round(row.duration_s)) for row in rows)
    views = [truth for truth in crowd.truths if truth.counts]
    assert told == Counter(
        (truth.camera, truth.is_bot, int(truth.lasted_s + 1e-6)) for truth in views
    )
    glances = await process.rows(ViewGlanceRow)
    assert sum(row.people + row.bots for row in glances) == len(crowd.truths) - len(views)
    assert await process.rows(OpenViewRow) == []
    assert process.presence.views() == []


@pytest.mark.parametrize(
    ("people", "cameras"),
    [(300, 12), pytest.param(2_000, 40, marks=pytest.mark.long)],
)
async def test_counts_equal_the_truth(
    sqlite_database: Database, tmp_path: Path, people: int, cameras: int
) -> None:
    sealer = Sealer(keyring(tmp_path / "sealing.keys"))
    process = await process_on(sqlite_database, sealer, HandWoundClock())
    crowd = Crowd(people, cameras=cameras, seconds=300)
    await judge(process, crowd, seconds=300)
