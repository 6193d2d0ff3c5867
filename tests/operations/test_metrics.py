"""What /metrics tells is what really happened in this process."""

import asyncio
import os
import platform
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pantau import __version__
from pantau.audit.events import Action, SecurityEvent
from pantau.cameras.models import LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.build import build_id
from pantau.core.family_file import FamilyState, file_name, write_family
from pantau.core.ids import CameraId
from pantau.core.metrics import Exposition
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.health.monitor import Finding, Monitor, Part
from pantau.operations.metrics import Measuring, Sources
from pantau.operations.processes import Processes
from pantau.operations.vitals import (
    JobVitals,
    PoolVitals,
    ShardVitals,
    Vitals,
    VitalsFile,
    process_facts,
    with_process_facts,
)
from pantau.recordings.keeping_values import Alarm, AlarmKind, Storage
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.viewers.presence import Presence
from pantau.viewers.visitors import Salted
from pantau.web.traffic import Traffic
from tests.operations.house import ADMIN, at_home, house_on
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.support.database import opened
from tests.support.requests import hot
from tests.viewers.people import poll
from tests.web.caching import House as CacheHouse
from tests.web.caching import ask

pytestmark = pytest.mark.anyio


class Events:
    def __init__(self) -> None:
        self.seen: dict[str, int] = {
            Action.LOGIN: 4,
            SecurityEvent.AUTH_FAILURE: 2,
            SecurityEvent.CSRF_INVALID: 1,
        }
        self.dropped = 9


class Pieces:
    fetched = 5
    held_bytes = 4096


NOWHERE = Path("/nonexistent")


class Process:
    def __init__(self, database: Database, folder: Path = NOWHERE) -> None:
        self.clock = HandWoundClock()
        self.caching = CacheHouse()
        self.traffic = Traffic()
        self.catalogue = Catalogue(
            [camera(1), camera(2), camera(3, enabled=False)], clock=self.clock
        )
        self.presence = Presence(self.clock, salted=Salted(b"salt", "2026-03-01"))
        self.monitor = Monitor([Part("disk", self._full, essential=False)], clock=self.clock)
        self.recorders: dict[int, RecorderState] = {}
        self.measuring = Measuring(
            Sources(
                cache=self.caching.cache,
                pool=database.stats,
                traffic=self.traffic,
                catalogue=self.catalogue,
                presence=self.presence,
                edge=Pieces(),
                monitor=self.monitor,
                events=Events(),
                recorders=lambda: self.recorders,
                storage=self._storage,
                machine=lambda: None,
                processes=Processes(folder, self.clock),
                clock=self.clock,
            )
        )
        self.exposition = Exposition(self.measuring, prepare=self.measuring.prepare)

    @staticmethod
    async def _full() -> Finding:
        return Finding(ok=False, message="full")

    async def _storage(self) -> Storage:
        return Storage(
            disks=(),
            alarms=(Alarm(AlarmKind.SILENT, "", 0.0),),
            seen_at=None,
        )

    def told(self) -> dict[str, dict[tuple[str, ...], float]]:
        return told(self.exposition.text().decode())


def told(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        family.name: {tuple(s.labels.values()): s.value for s in family.samples}
        for family in text_string_to_metric_families(text)
    }


async def test_every_source_is_told(sqlite_database: Database) -> None:
    process = Process(sqlite_database)
    route = process.caching.route()
    for _ in range(3):
        await ask(route)
    process.traffic.note(hot("/api/areas/public"), 200, 0.0045)
    process.traffic.note(hot("/api/areas/public"), 200, 0.2)
    process.presence.touch(1, poll())
    process.clock.wind(6)
    process.presence.touch(1, poll())
    process.catalogue.observe({CameraId(1): Observation(LiveState.LIVE, START, START, "h264")})
    await process.monitor.look()
    async with sqlite_database.read():
        found: Any = process.told()
    assert found["pantau_build_info"] == {(build_id(), platform.python_version(), __version__): 1}
    assert found["pantau_requests"] == {("api", "200"): 2}
    assert found["pantau_cache_hits"] == {("/api/areas/public",): 2}
    assert found["pantau_cache_misses"] == {("/api/areas/public",): 1}
    assert found["pantau_viewers"] == {("1",): 1}
    assert found["pantau_cameras"][("live",)] == 1
    assert found["pantau_cameras"][("unknown",)] == 1
    assert found["pantau_cameras"][("offline",)] == 0
    assert found["pantau_part_up"] == {("disk",): 0}
    assert found["pantau_pool_read_connections"][("in_use",)] == 1
    assert found["pantau_logins"] == {("success",): 4, ("failure",): 2, ("lockout",): 0}
    assert found["pantau_audit_entries"][("CSRF_INVALID",)] == 1
    assert found["pantau_edge_fetches"] == {(): 5}
    assert found["pantau_audit_dropped"] == {(): 9}


async def test_answers_are_told_as_a_histogram_that_prometheus_reads(
    sqlite_database: Database,
) -> None:
    process = Process(sqlite_database)
    for took_s in (0.0045, 0.0046, 0.2, 70.0):
        process.traffic.note(hot("/api/cameras/active"), 200, took_s)
    text = process.exposition.text().decode()
    (family,) = (
        each
        for each in text_string_to_metric_families(text)
        if each.name == "pantau_request_duration_seconds"
    )
    assert family.type == "histogram"
    told_of = {
        (sample.name, sample.labels.get("le", "")): sample.value
        for sample in family.samples
        if sample.labels["endpoint"] == "list"
    }
    name = family.name
    assert told_of[f"{name}_bucket", "0.003"] == 0
    assert told_of[f"{name}_bucket", "0.005"] == 2
    assert told_of[f"{name}_bucket", "10.0"] == 3
    assert told_of[f"{name}_bucket", "+Inf"] == told_of[f"{name}_count", ""] == 4
    assert told_of[f"{name}_sum", ""] == pytest.approx(70.2091)


async def test_other_processes_are_told_with_their_names(
    sqlite_database: Database, tmp_path: Path
) -> None:
    process = Process(sqlite_database, tmp_path)
    worker = Vitals(
        process="worker",
        pid=os.getpid(),
        version="1",
        started_at=START,
        at=START,
        memory_bytes=5,
        unhandled_errors=2,
        lines={"warning": 3},
        pool=PoolVitals(slow_statements=4),
        jobs=(JobVitals(name="audit.witness", runs=7, failures=1, late_s=9.0),),
        figures={"last_backup_unix_s": START.timestamp() - 3600, "audit_chain_ok": 1.0},
        namespace=str(process_facts()["namespace"]),
    )
    VitalsFile(tmp_path, "worker", os.getpid()).write(worker)
    process.recorders[3] = RecorderState(
        camera_id=3,
        status=RecorderStatus.STALLED,
        since_at=START,
        seen_at=START,
        last_segment_ms=int(START.timestamp() * 1000) - 90_000,
    )
    found = told((await process.exposition.prepared_text()).decode())
    assert found["pantau_processes"] == {("worker",): 1}
    assert found["pantau_process_memory_bytes"] == {("worker",): 5}
    assert found["pantau_unhandled_errors"] == {("worker",): 2}
    assert found["pantau_log_lines"] == {("warning", "worker"): 3}
    assert found["pantau_slow_statements"] == {("worker",): 4}
    assert found["pantau_job_runs"] == {("worker", "audit.witness"): 7}
    assert found["pantau_job_late_seconds"] == {("worker", "audit.witness"): 9}
    assert found["pantau_backup_age_seconds"] == {(): 3600}
    assert found["pantau_audit_chain_ok"] == {(): 1}
    assert found["pantau_notifications_waiting"] == {}
    assert found["pantau_recorders"][("stalled",)] == 1
    assert found["pantau_recorders_wanted"] == {(): 1}
    assert found["pantau_newest_segment_age_seconds"] == {("3",): 90}
    assert found["pantau_storage_alarms"] == {("silent",): 1}


async def test_parts_of_the_engine_and_the_parent_are_told_and_a_worker_inside_web_is_not(
    sqlite_database: Database, tmp_path: Path
) -> None:
    process = Process(sqlite_database, tmp_path)
    me = os.getpid()
    shards = (
        with_process_facts(ShardVitals(name="shard-1", pid=me, restarts=3)),
        with_process_facts(ShardVitals(name="shard-2", restarts=1)),
    )
    for name, more in (
        ("web", {"memory_bytes": 7, "cpu_s": 2.0}),
        ("worker", {"is_part": True}),
        ("media", {"memory_bytes": 5, "cpu_s": 1.0, "shards": shards}),
    ):
        told_now = {
            "process": name,
            "pid": me,
            "version": "1",
            "started_at": START,
            "at": START,
            "namespace": process_facts()["namespace"],
        }
        VitalsFile(tmp_path, name, me).write(Vitals.model_validate(told_now | more))
    write_family(tmp_path / file_name(None), FamilyState(parents=(me,)))

    found = told((await process.exposition.prepared_text()).decode())

    memory, cpu = found["pantau_process_memory_bytes"], found["pantau_process_cpu_seconds"]
    assert set(memory) == set(cpu) == {("web",), ("media",), ("parent",)}
    assert (memory["web",], memory["media",]) == (7, 5)
    assert memory["parent",] > 2**20
    assert cpu["parent",] > 0
    assert found["pantau_shard_restarts"] == {("shard-1",): 3, ("shard-2",): 1}
    assert set(found["pantau_shard_memory_bytes"]) == {("shard-1",)}
    assert found["pantau_shard_memory_bytes"]["shard-1",] > 2**20
    assert found["pantau_shard_cpu_seconds"]["shard-1",] > 0


async def test_short_waits_are_no_exhaustion_and_nobody_is_let_past_it(sqlite_place: Place) -> None:
    async with opened(sqlite_place, readers=1) as database:
        process = Process(database)
        assert process.told()["pantau_pool_exhausted"] == {(): 0}

        async def read() -> None:
            async with database.read():
                await asyncio.sleep(0)

        await asyncio.gather(*(read() for _ in range(4)))
        found = process.told()
    assert found["pantau_pool_exhausted"] == {(): 0}, "nobody noticed"
    assert database.stats().pool_waits_total == 3
    assert sum(found["pantau_pool_read_connections"].values()) <= 1


async def test_metrics_and_pool_statistics_come_over_http(sqlite_database: Database) -> None:
    house = house_on(sqlite_database, Process(sqlite_database).exposition)
    house.who = ADMIN
    async with at_home(house) as visitor:
        answer = await visitor.ask("/metrics")
        pool = await visitor.ask("/api/admin/database/stats")
    assert answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    assert told(answer.body.decode())["pantau_pool_exhausted"] == {(): 0}
    for field in (
        "readHits", "readMisses", "writeHits", "writeMisses", "totalQueries", "readPoolSize",
        "readPoolInUse", "readPoolAvailable", "writeConnectionActive", "hitRate",
        "pool_exhausted_total",
    ):  # fmt: skip
        assert f'"{field}"'.encode() in pool.body
