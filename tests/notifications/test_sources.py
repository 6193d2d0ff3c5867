"""What the worker sees beside cameras: disks, recorders, the trail, feedback, backups, itself."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from pantau.audit.actors import CONSOLE
from pantau.audit.events import Action, SecurityEvent
from pantau.core.sealing import Sealer
from pantau.db.database import Database, Reading
from pantau.feedback.models import FeedbackRow
from pantau.notifications.backup_source import BackupNews, BackupSource, Ended
from pantau.notifications.sources import PresenceSource
from pantau.notifications.watching import Watcher
from pantau.recordings import keeping_rows, recorder_rows
from pantau.recordings.keeping_values import Alarm, AlarmKind, Disk, Level, Storage
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.recordings.storage_note import storage_text
from tests.audit.trails import trail_on
from tests.notifications.alarm_house import AlarmHouse, wall
from tests.support.database import above_sql

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hub(database: Database, sealer: Sealer) -> AlarmHouse:
    house = AlarmHouse(database, sealer, cameras=wall(10))
    await house.add_target()
    await house.add_rule()
    await house.clock.advance(1)
    await house.tick()
    return house


async def write(hub: AlarmHouse, message: str, **changes: Any) -> None:
    values = {
        "message": message,
        "status": "unread",
        "category": "other",
        "is_spam": False,
        "sender": "x",
        "notes": "",
        "name": "Budi",
        "email": "budi@mail.example",
        "created_at": hub.clock.now(),
        **changes,
    }
    async with hub.database.write() as writing:
        await writing.session.execute(insert(FeedbackRow).values(**values))
        writing.changed("feedback")


async def record(hub: AlarmHouse, number: int, status: RecorderStatus) -> None:
    now = hub.clock.now()
    state = RecorderState(camera_id=number, status=status, since_at=now, seen_at=now)
    async with hub.database.write() as writing:
        await recorder_rows.save_states(writing, [state], is_news=True)


async def store(hub: AlarmHouse, *alarms: Alarm, level: Level = Level.OK) -> None:
    disk = Disk(
        place="main",
        level=level,
        total_bytes=100,
        free_bytes=1,
        footage_bytes=1,
        bytes_per_s=1.0,
        hours_left=None,
    )
    storage = Storage(disks=(disk,), alarms=alarms, seen_at=None)
    async with hub.database.write() as writing:
        text = storage_text(storage)
        await keeping_rows.save_note(writing, keeping_rows.STORAGE, text, at=hub.clock.now())
        writing.changed("recordings")


async def test_feedback_is_told_without_its_sender_and_spam_is_not(hub: AlarmHouse) -> None:
    await write(hub, "An <b>old</b> pole\nleans")
    await write(hub, "Buy now", is_spam=True)
    await write(hub, "Take my yard away", category="privacy", camera_name="Gate 1", camera_id=1)
    await hub.pass_s(60)
    (said,) = hub.said()
    assert said.startswith("[Hub] New feedback, Somebody asks to take something down")
    assert "“An <b>old</b> pole leans”" in said
    assert "Gate 1" in said
    assert "Buy now" not in said
    assert "budi" not in said.casefold()
    hub.begin()
    await hub.pass_s(120)
    assert hub.said() == []


async def test_a_locked_account_and_a_finished_import_are_told(hub: AlarmHouse) -> None:
    trail = trail_on(hub.database, hub.clock)
    async with hub.database.write() as writing:
        await trail.record(writing, CONSOLE, Action.UPDATE_CAMERA, target="camera 1")
        await trail.record(writing, CONSOLE, Action.IMPORT_CAMERAS, target="cameras.csv")
    trail.note(SecurityEvent.ACCOUNT_LOCKOUT, username="siti", address="192.0.2.9")
    await trail.close()
    await hub.pass_s(60)
    (said,) = hub.said()
    title = said.split("\n")[0]
    assert "Account locked: siti" in title
    assert "Import finished: cameras.csv" in title
    assert "from 192.0.2.9" in said


async def test_a_recorder_that_writes_nothing_is_told_and_one_that_rests_is_not(
    hub: AlarmHouse,
) -> None:
    await record(hub, 1, RecorderStatus.STALLED)
    await record(hub, 2, RecorderStatus.RESTING)
    await record(hub, 3, RecorderStatus.WAITING)
    await hub.pass_s(200)
    assert hub.titles() == ["Not recording: Gate 1"]
    await record(hub, 1, RecorderStatus.RECORDING)
    await hub.pass_s(200)
    assert hub.titles() == ["Recording again: Gate 1"]


async def test_disks_are_told_as_they_fill_and_as_they_are_well_again(hub: AlarmHouse) -> None:
    await store(hub, level=Level.LOW)
    await hub.pass_s(200)
    assert hub.titles() == ["Disk needs a look: main"]
    await store(hub, Alarm(AlarmKind.RESERVE, "main"), Alarm(AlarmKind.GONE, "second"))
    await hub.pass_s(200)
    said = {each for title in hub.titles() for each in title.split(", ")}
    assert said == {
        "Disk as good as full: main",
        "Footage at risk: second",
        "Disk well again: main",
    }
    await store(hub)
    await hub.pass_s(200)
    said = {each for title in hub.titles() for each in title.split(", ")}
    assert said == {"Disk has room again: main", "Footage safe again: second"}


@above_sql
async def test_a_failed_backup_is_told_once_and_a_good_one_as_well(hub: AlarmHouse) -> None:
    ended: list[Ended] = []
    late = False

    async def read(reading: Reading, now: object) -> BackupNews:
        return BackupNews(ended=ended, is_overdue=late)

    def end(number: int, *, is_good: bool) -> None:
        now = hub.clock.now()
        ended.append(
            Ended(id=number, is_good=is_good, at=now, name=f"b{number}.tar", reason="disk full")
        )

    watch_only(hub, BackupSource(read, hub.clock))
    end(1, is_good=True)
    await hub.pass_s(120)
    end(2, is_good=False)
    await hub.pass_s(120)
    end(3, is_good=False)
    late = True
    await hub.pass_s(300)
    end(4, is_good=True)
    late = False
    await hub.pass_s(300)
    assert hub.titles() == [
        "Backup failed",
        "The backup is overdue",
        "Backup made: b4.tar",
        "The backup is up to date again",
    ]


@above_sql
async def test_a_worker_that_was_away_says_so_when_it_is_back(hub: AlarmHouse) -> None:
    watch_only(hub, PresenceSource(hub.clock))
    await hub.pass_s(180)
    await hub.clock.advance(120)
    watch_only(hub, PresenceSource(hub.clock))
    await hub.pass_s(120)
    assert hub.said() == []
    await hub.clock.advance(timedelta(hours=7).total_seconds())
    watch_only(hub, PresenceSource(hub.clock))
    await hub.pass_s(120)
    (said,) = hub.said()
    assert said.startswith("[Hub] The worker did not run")
    assert "For 7 h" in said


def watch_only(hub: AlarmHouse, source: BackupSource | PresenceSource) -> None:
    """Begin a worker that looks at one thing."""
    hub.begin()
    hub.watcher = Watcher(
        hub.database,
        catalogue=hub.catalogue,
        sources=(source,),
        zone=lambda: hub.zone,
        clock=hub.clock,
    )
