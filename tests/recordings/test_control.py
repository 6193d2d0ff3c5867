"""What is to be recorded, whether it is, and what is done when it is not."""

from datetime import time
from pathlib import Path as FilePath
from typing import Any

import pytest

from pantau.cameras.models import CameraSource
from pantau.core.clock import always
from pantau.db.database import Database
from pantau.recordings import recorders, rule_rows
from pantau.recordings.control import Control
from pantau.recordings.models import Span
from pantau.recordings.recorders import (
    RecorderStatus,
    RestartReason,
)
from pantau.recordings.rules import RecordingRules, RecordWindow
from pantau.recordings.status import STALE, RecorderBook
from tests.recordings.worker import JAKARTA, House, Path, camera, house, recording
from tests.support.hub import Hub

pytestmark = pytest.mark.anyio


async def test_what_is_written_is_recording_with_its_evidence(database: Database) -> None:
    async with house(database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock, lastClosedEndMs=77))
        assert await one.status() == ("recording", "")
        state = await one.state()
    assert state is not None
    assert state.bytes_per_s == 250_000
    assert state.last_fragment_ms == int(one.clock.unix_s() * 1000)


async def test_a_silent_media_server_makes_nothing_stopped(sqlite_database: Database) -> None:
    async with house(sqlite_database) as one:
        one.server.is_silent = True
        assert await one.status() == ("unknown", recorders.MEDIA_SERVER_SILENT)
        one.server.is_silent = False
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        assert (await one.status())[0] == "recording"
        one.server.is_silent = True
        assert (await one.status())[0] == "unknown"
        one.catalogue.replace([camera(recorded=False)])
        assert (await one.status())[0] == "unknown"
        one.server.is_silent = False
        one.server.said["key-1"] = Path()
        assert await one.status() == ("stopped", "")
        one.server.is_silent = True
        assert await one.status() == ("stopped", "")
        await one.go_on(600)
        assert one.server.restarted == []


async def test_a_media_server_that_knows_no_recorders_makes_nothing_stopped(
    sqlite_database: Database,
) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(tells_recorder=False)
        assert await one.status() == ("unknown", recorders.NOT_REPORTED)
        await one.go_on(600)
    assert one.server.restarted == []


@pytest.mark.parametrize(
    ("recorder", "ready", "expected"),
    [
        (None, True, ("waiting", "")),
        ({"state": "waiting"}, False, ("waiting", "")),
        ({"state": "paused", "cause": "disk_full"}, True, ("paused", "disk_full")),
        ({"state": "something newer"}, True, ("waiting", "")),
        ({"state": 7, "cause": [], "openStartMs": "x"}, True, ("waiting", "")),
    ],
)
async def test_every_state_of_a_recorder_is_told(
    sqlite_database: Database,
    recorder: dict[str, Any] | None,
    ready: bool,
    expected: tuple[str, str],
) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(ready=ready, recorder=recorder)
        assert await one.status() == expected


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"enabled": False}, recorders.DISABLED),
        ({"source": CameraSource("https://x.test/a.m3u8", relay=True)}, recorders.CANNOT),
        ({"source": CameraSource("https://x.test/page", kind="embed")}, recorders.CANNOT),
    ],
)
async def test_what_cannot_be_recorded_is_not_wished_for_and_says_why(
    sqlite_database: Database, changes: dict[str, Any], cause: str
) -> None:
    async with house(sqlite_database, camera(**changes)) as one:
        assert one.control.wish_of(one.catalogue.all()[0]) is None
        one.server.said["key-1"] = Path()
        assert await one.status() == ("stopped", cause)


async def test_where_this_installation_cannot_record_it_says_why(sqlite_database: Database) -> None:
    async with house(sqlite_database, obstacle=lambda _: recorders.NO_RTSP_URL) as one:
        assert one.control.wish_of(one.catalogue.all()[0]) is None
        one.server.said["key-1"] = Path(tells_recorder=False)
        assert await one.status() == ("stopped", recorders.NO_RTSP_URL)
        await one.go_on(60)
    assert one.server.restarted == []


async def test_a_camera_that_was_never_to_be_recorded_has_no_row(sqlite_database: Database) -> None:
    async with house(sqlite_database, camera(recorded=False)) as one:
        await one.control.step()
        assert await one.state() is None


async def test_a_schedule_is_read_in_the_zone_of_the_site(
    database: Database, tmp_path: FilePath
) -> None:
    # 08:00 UTC of a Sunday is 15:00 in Jakarta.
    window = RecordWindow(days=frozenset({7}), begins=time(15, 30), ends=time(16, 0))
    async with house(database) as one:
        await _save(one, tmp_path, RecordingRules(schedule=(window,), sound=False))
        one.server.said["key-1"] = Path()
        changes: list[bool] = []
        one.control.on_wishes(lambda: changes.append(True))
        assert await one.status() == ("resting", recorders.SCHEDULE)
        assert changes == [True]
        await one.clock.advance(1_800)
        wish = one.control.wish_of(one.catalogue.all()[0])
        assert wish is not None
        assert wish.sound is False
        await one.control.step()
        assert changes == [True, True]
        await one.clock.advance(1_800)
        assert await one.status() == ("resting", recorders.SCHEDULE)


async def _save(one: House, data_dir: FilePath, rules: RecordingRules) -> None:
    await Hub(one.database, data_dir).add_camera(1)
    async with one.database.write() as writing:
        await rule_rows.save_rules(writing, 1, rules, at=one.clock.now())


async def test_a_live_camera_of_which_nothing_is_written_is_stalled_and_restarted(
    sqlite_database: Database,
) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        await one.go_on(50)
        assert (await one.status())[0] == "stalled"
        assert one.server.restarted == ["key-1"]
        (restart,) = await one.restarts()
        assert (restart.reason, restart.success) == (RestartReason.STALLED, False)


async def test_a_restart_is_over_when_a_segment_that_began_afterwards_is_closed(
    database: Database,
) -> None:
    async with house(database) as one:
        first = recording(one.clock, lastClosedStartMs=7, lastClosedEndMs=8)
        one.server.said["key-1"] = Path(recorder=first)
        await one.go_on(60)
        began = first["openStartMs"]
        # What the restart itself closes proves nothing.
        closed_by_it = {"lastClosedStartMs": began, "lastClosedEndMs": began + 9}
        one.server.said["key-1"] = Path(recorder=recording(one.clock, **closed_by_it))
        one.control.segment_closed(1, Span(began, began + 9))
        await one.go_on(5)
        (restart,) = await one.restarts()
        assert not restart.success
        now_ms = int(one.clock.unix_s() * 1000)
        good = {"lastClosedStartMs": now_ms, "lastClosedEndMs": now_ms + 600_000}
        one.server.said["key-1"] = Path(recorder=recording(one.clock, **good))
        await one.go_on(5)
        (restart,) = await one.restarts()
        assert restart.success
        assert restart.recovered_at is not None
        state = await one.state()
        assert state is not None
        assert state.last_segment_ms == now_ms + 600_000


async def test_restarts_in_vain_are_suspended_and_bounded(sqlite_database: Database) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(recorder={"state": "failed", "cause": "disk_broken"})
        seen = set()
        for _ in range(60):
            await one.clock.advance(60)
            seen.add(await one.status())
        assert seen == {("failed", "disk_broken"), ("suspended", recorders.IN_VAIN)}
        assert 5 < len(one.server.restarted) <= 5 + 4


async def test_a_camera_that_is_gone_has_no_state_any_more(database: Database) -> None:
    async with house(database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        await one.control.step()
        one.catalogue.replace([])
        await one.control.step()
        assert await one.state() is None


async def test_evidence_is_written_every_minute_and_news_at_once(sqlite_database: Database) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        await one.control.step()
        first = await one.state()
        await one.go_on(30)
        assert await one.state() == first
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        await one.go_on(35)
        later = await one.state()
        assert later is not None
        assert first is not None
        assert later.seen_at > first.seen_at
        assert later.since_at == first.since_at


async def test_a_worker_that_begins_anew_knows_what_it_wished_for(
    sqlite_database: Database,
) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        await one.control.step()
        other = Control(
            sqlite_database,
            catalogue=one.catalogue,
            server=one.server,
            clock=one.clock,
            zone=always(JAKARTA),
        )
        await other.load()
        changes: list[bool] = []
        other.on_wishes(lambda: changes.append(True))
        await other.step()
        assert changes == []
        assert one.server.restarted == []


async def test_a_worker_that_says_nothing_makes_recorders_unknown(
    sqlite_database: Database,
) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        await one.control.step()
        book = RecorderBook(sqlite_database, one.clock)
        await book.refresh()
        assert book.status_of(1) is RecorderStatus.RECORDING
        assert book.status_of(2) is RecorderStatus.UNKNOWN
        await one.clock.advance(STALE.total_seconds() + 1)
        state = await book.seen_of(1)
    assert state is not None
    assert (state.status, state.cause) == (RecorderStatus.UNKNOWN, recorders.WORKER_SILENT)
