"""What the worker writes down of the media server, and how web processes ask for a comparison."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from pantau.audit.actors import CONSOLE
from pantau.audit.models import AuditEntryRow
from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.audit.schemas import facts_of
from pantau.audit.trail import AuditTrail
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.db.watching import ChangeWatcher
from pantau.streaming.media_asking import MediaServerDesk
from pantau.streaming.media_report_rows import MediaServerReportRow, MediaServerRequestRow
from pantau.streaming.media_reporting import MediaReporting
from pantau.streaming.media_reports import KeptReport
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler, Sweep
from tests.audit.trails import KEY
from tests.streaming.paths_in_memory import PathsInMemory
from tests.streaming.worked import have_worked
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock
from tests.support.database import opened

pytestmark = pytest.mark.anyio


@dataclass
class Worker:
    """A worker and a web process on one database."""

    database: Database
    folder: Path
    clock: HandWoundClock = field(default_factory=HandWoundClock)
    server: PathsInMemory = field(default_factory=PathsInMemory)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue([camera(1), camera(2)], clock=self.clock)
        self.reporting = MediaReporting(self.database, self.clock)
        self.reconciler = Reconciler(
            server=self.server,
            catalogue=self.catalogue,
            owned=OwnedPaths(self.folder / "paths.json"),
            clock=self.clock,
            on_sweep=self.reporting.note,
        )
        self.desk = self.desk_on(self.database)

    def desk_on(self, database: Database, wait_s: float = 50.0) -> MediaServerDesk:
        trail = AuditTrail(database, key=KEY, clock=self.clock)
        return MediaServerDesk(database, trail=trail, clock=self.clock, wait_s=wait_s)

    async def look(self) -> Sweep | None:
        found = await self.reconciler.look_if_reachable()
        self.reporting.note(found)
        return found

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await have_worked(self.database, self.clock)
        supervisor = Supervisor(self.clock)
        supervisor.add(Service("keep", self.reporting.keep))
        supervisor.add(Service("answer", lambda: self.reporting.answer(self.reconciler)))
        try:
            yield
        finally:
            await supervisor.stop(deadline_s=10)

    async def report_where(self, desk: MediaServerDesk, **wanted: object) -> KeptReport:
        """Wait until the stored report says this."""
        found: list[KeptReport] = []

        def fits(kept: KeptReport | None) -> bool:
            return kept is not None and all(
                getattr(kept.report, name) == value for name, value in wanted.items()
            )

        async with asyncio.timeout(50):
            while True:
                kept = await desk.report()
                if kept is not None and fits(kept):
                    found.append(kept)
                    return found[0]
                await asyncio.sleep(0.01)


async def test_report_says_how_things_stand_after_the_comparison(
    database: Database, tmp_path: Path
) -> None:
    worker = Worker(database, tmp_path)
    worker.server.confs["somebody"] = {"source": "publisher"}
    worker.server.refuses = {key_of(2)}
    async with worker.running():
        await worker.look()
        kept = await worker.report_where(worker.desk, is_reachable=True)
    report = kept.report
    assert (report.kind, report.version, report.started_at) == (
        "pantau",
        "v1.20.0-pantau.1",
        START,
    )
    assert (report.desired, report.present, report.foreign) == (2, 1, ("somebody",))
    assert [(each.camera_id, each.failure.code) for each in report.troubles] == [
        (2, "media_server.refused")
    ]
    assert {(each.path, each.what) for each in report.recent} == {
        (key_of(1), "missing"),
        (key_of(2), "missing"),
    }
    assert (kept.changed_at, kept.seen_at) == (START, START)


async def test_what_stays_as_it_is_is_not_written_again(database: Database, tmp_path: Path) -> None:
    worker = Worker(database, tmp_path)
    worker.server.refuses = {key_of(2)}
    told: list[str] = []
    async with worker.running():
        await worker.look()
        before = await worker.report_where(worker.desk, desired=2)
        database.changes.on("streams", lambda: told.append("streams"))
        for _ in range(3):
            worker.clock.wind(3)
            await worker.look()
        worker.server.refuses = set()
        worker.clock.wind(3)
        await worker.look()
        after = await worker.report_where(worker.desk, present=2)
    assert told == ["streams"]
    assert after.changed_at == START + timedelta(seconds=12)
    # The camera that was refused four times is told once, and then that it is right.
    assert len(after.report.recent) == len(before.report.recent) + 1


async def test_a_server_that_is_silent_for_a_moment_is_not_gone(
    database: Database, tmp_path: Path
) -> None:
    worker = Worker(database, tmp_path)
    async with worker.running():
        await worker.look()
        await worker.report_where(worker.desk, is_reachable=True)
        worker.server.lost = True
        worker.clock.wind(60)
        await worker.look()
        await worker.look()
        worker.server.lost = False
        # A camera more, so that there is something new to be written and to wait for.
        worker.catalogue.replace([camera(1), camera(2), camera(3)])
        await worker.look()
        still = await worker.report_where(worker.desk, is_reachable=True, desired=3)
        assert still.report.since_at == START
        worker.server.lost = True
        for _ in range(20):
            worker.clock.wind(1)
            await worker.look()
        gone = await worker.report_where(worker.desk, is_reachable=False)
        # Since it was first silent, and its numbers as they last were.
        assert gone.report.since_at == START + timedelta(seconds=61)
        assert (gone.report.desired, gone.report.present) == (3, 3)
        worker.server.lost = False
        await worker.look()
        back = await worker.report_where(worker.desk, is_reachable=True)
    assert back.report.since_at == START + timedelta(seconds=80)


async def test_worker_that_begins_anew_goes_on_where_the_last_one_ended(
    database: Database, tmp_path: Path
) -> None:
    first = Worker(database, tmp_path)
    async with first.running():
        await first.look()
        await first.report_where(first.desk, desired=2)
    second = Worker(database, tmp_path, server=first.server)
    second.clock.wind(600)
    second.catalogue.replace([camera(1)])
    await second.look()
    async with second.running():
        kept = await second.report_where(second.desk, desired=1)
    assert kept.report.since_at == START
    assert [each.what for each in kept.report.recent] == ["unwanted", "missing", "missing"]


async def test_asking_compares_at_once_and_tells_what_came_of_it(
    database: Database, tmp_path: Path
) -> None:
    worker = Worker(database, tmp_path)
    async with worker.running():
        await worker.look()
        worker.server.confs.pop(key_of(1))
        worker.server.confs[key_of(2)]["source"] = "rtsp://10.0.0.9/other"
        outcome = await worker.desk.compare(is_forced=False, by=CONSOLE)
        assert (outcome.desired, outcome.added, outcome.changed) == (2, 1, 1)
        worker.server.refuses = {key_of(2)}
        outcome = await worker.desk.compare(is_forced=True, by=CONSOLE)
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 1, 0)
    assert [each.failure.code for each in outcome.troubles] == ["media_server.refused"]


async def test_asking_while_the_server_is_away_is_told_why(
    database: Database, tmp_path: Path
) -> None:
    worker = Worker(database, tmp_path)
    worker.server.lost = True
    async with worker.running():
        with pytest.raises(Unavailable) as caught:
            await worker.desk.compare(is_forced=False, by=CONSOLE)
    assert caught.value.code == "media_server.unreachable"


async def test_asking_without_a_worker_is_told_so(database: Database, tmp_path: Path) -> None:
    worker = Worker(database, tmp_path)
    with pytest.raises(Unavailable) as caught:
        await worker.desk_on(database, wait_s=0.05).compare(is_forced=False, by=CONSOLE)
    assert caught.value.code == "worker.silent"
    worker.clock.wind(11)
    async with worker.running():
        # Whoever asked has given up: nothing is compared on their behalf any more.
        await worker.desk.compare(is_forced=False, by=CONSOLE)
    assert worker.server.lists == 1


async def test_asking_is_in_the_trail_with_what_came_of_it(
    sqlite_database: Database, tmp_path: Path
) -> None:
    worker = Worker(sqlite_database, tmp_path)
    async with worker.running():
        await worker.desk.compare(is_forced=True, by=CONSOLE)
    (entry,) = (await AuditReader(sqlite_database).page(Search())).rows
    assert entry.draft.name == "media_server_synced"
    facts = facts_of(entry.draft.details)
    assert (facts["forced"], facts["added"]) == (True, 2)


async def test_another_process_can_ask_and_reads_the_report(
    database_place: Place, database: Database, tmp_path: Path
) -> None:
    worker = Worker(database, tmp_path)
    async with opened(database_place) as other, worker.running():
        supervisor = Supervisor(worker.clock)
        for each in (database, other):
            watcher = ChangeWatcher(each, clock=SystemClock())
            await watcher.begin()
            supervisor.add(Service(f"watch {id(each)}", watcher.run))
        desk = worker.desk_on(other)
        outcome = await desk.compare(is_forced=False, by=CONSOLE)
        assert outcome.added == 2
        kept = await worker.report_where(desk, present=2)
        assert kept.report.kind == "pantau"
        await supervisor.stop(deadline_s=10)


async def test_nothing_that_is_stored_holds_an_address(
    sqlite_database: Database, tmp_path: Path
) -> None:
    worker = Worker(sqlite_database, tmp_path)
    worker.server.refuses = {key_of(1)}
    async with worker.running():
        await worker.look()
        worker.server.confs[key_of(2)]["source"] = "rtsp://admin:geheim@10.0.0.1:554/old"
        await worker.desk.compare(is_forced=True, by=CONSOLE)
        await worker.report_where(worker.desk, desired=2)
    stored = ""
    async with sqlite_database.read() as reading:
        for row in (MediaServerReportRow, MediaServerRequestRow, AuditEntryRow):
            stored += str((await reading.session.execute(select(row.__table__))).all())
    assert key_of(1) in stored
    assert "geheim" not in stored
    assert "10.0.0.1" not in stored
