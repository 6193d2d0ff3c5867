"""The worker's part of a web process fails again and again: it says so, and leaves nothing open."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import pantau.app.worker
from pantau.app.foundation import SEALING_FILE
from pantau.app.running import Running, prepare_folders
from pantau.app.together import work_beside
from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.core.log import Output
from pantau.core.supervisor import Service, Supervisor
from pantau.health import probes
from pantau.settings import CameraSettings, Settings
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

TRIES = 30
Works = Callable[[], Awaitable[None]]


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Running]:
    """A web process that is ready, with a camera to work for."""
    camera = CameraSettings(name="Gate", source="testcard:", on_demand=False)
    settings = Settings(data_dir=tmp_path / "data", cameras=(camera,))
    prepare_folders(settings)
    clock = SystemClock()
    running = Running(
        name="web",
        settings=settings,
        clock=clock,
        supervisor=Supervisor(clock),
        stopping=asyncio.Event(),
        output=Output(calm=StringIO(), urgent=StringIO(), is_held=False),
        link=None,
        is_standby=False,
        stop_within_s=10,
        started_at=clock.now(),
        ready_at=clock.now(),
    )
    yield running
    await running.supervisor.stop(deadline_s=5)


def held() -> dict[str, int]:
    """Count what a process can hold for ever."""
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
    }


async def tried(web: Running) -> None:
    with pytest.raises((RuntimeError, Unavailable)):
        await work_beside(web, demo=())


def broken_keys(web: Running, _: pytest.MonkeyPatch) -> None:
    (web.settings.data_dir / SEALING_FILE).write_text("nonsense\n")


def no_room(web: Running, patch: pytest.MonkeyPatch) -> None:
    """Fail where the database and its services are open."""

    async def synchronise(*_: object, **__: object) -> None:
        raise Unavailable("planted.half_way", "It is planted half-way.")

    patch.setattr(pantau.app.worker, "synchronise_configured", synchronise)


def late_bug(web: Running, patch: pytest.MonkeyPatch) -> None:
    """Fail where everything is open and every service runs."""

    def start(*_: object) -> None:
        raise RuntimeError("planted")

    patch.setattr(pantau.app.worker, "start_release_watch", start)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (broken_keys, "FoundationError"),
        (no_room, "planted.half_way"),
        (late_bug, "RuntimeError"),
    ],
)
async def test_a_part_that_fails_at_its_start_leaves_nothing_open(
    web: Running,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Running, pytest.MonkeyPatch], None],
    kind: str,
) -> None:
    harm(web, monkeypatch)
    for _ in range(4):
        # Threads of the loop are begun as they are needed, and stay.
        await tried(web)
    before = held()
    for _ in range(TRIES):
        await tried(web)
    gc.collect()
    after = held()
    assert after["descriptors"] <= before["descriptors"]
    assert after["threads"] <= before["threads"] + 2
    assert after["tasks"] <= before["tasks"]
    assert web.part_failures == TRIES + 4
    assert web.part_failure is not None
    assert web.part_failure.kind == kind
    finding = await probes.worker(web.settings.sockets_dir, web.clock)()
    assert not finding.ok
    assert finding.facts == {"reason": kind}


async def test_a_foreseen_failure_is_said_once_with_what_to_do(
    web: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = web.settings.data_dir / SEALING_FILE
    keys.write_text("nonsense\n")
    web.supervisor.backoff = type(web.supervisor.backoff)(first_s=0.01, most_s=0.05)
    web.supervisor.add(Service("worker", lambda: work_beside(web, demo=())))
    await until(lambda: web.part_failures > 5, what="some tries")
    assert web.part_failure is not None
    assert "Restore it from a backup" in web.part_failure.sentence
    # Somebody mends it: nobody need start anything again.
    keys.unlink()
    await until(lambda: web.part_failure is None, timeout_s=20, what="a part that works")
    assert (await probes.worker(web.settings.sockets_dir, web.clock)()).ok
    web.stopping.set()
    said = capsys.readouterr()
    lines = (said.out + said.err).splitlines()
    assert len([line for line in lines if "worker_does_not_work" in line]) == 1
    assert not [line for line in lines if "service_crashed" in line or "Traceback" in line]


@pytest.mark.timeout(120)
async def test_a_part_that_fails_while_it_works_begins_anew_and_leaves_nothing_open(
    web: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, works, fail = pantau.app.worker.run_worker, asyncio.Event(), asyncio.Event()

    async def failing(running: Running, **more: Any) -> None:
        """Work, until somebody wants a failure out of it."""

        async def until_told() -> None:
            await until(lambda: running.ready_at is not None, what="a part that is ready")
            works.set()
            await fail.wait()
            raise RuntimeError("planted")

        async with asyncio.TaskGroup() as both:
            both.create_task(real(running, **more))
            both.create_task(until_told())

    monkeypatch.setattr(pantau.app.worker, "run_worker", failing)
    web.supervisor.backoff = type(web.supervisor.backoff)(first_s=0.01, most_s=0.02)
    web.supervisor.add(Service("worker", lambda: work_beside(web, demo=())))
    counts = []
    for _ in range(8):
        await until(works.is_set, timeout_s=20, what="a part that works")
        await until(lambda: web.part_failure is None, timeout_s=5, what="its word")
        counts.append(held())
        works.clear()
        fail.set()
        await until(lambda: web.part_failure is not None, timeout_s=20, what="a failure")
        fail.clear()
    assert web.part_failures == 8
    # The first two make what stays: threads of the loop.
    assert counts[-1]["descriptors"] <= counts[2]["descriptors"] + 2
    assert counts[-1]["threads"] <= counts[2]["threads"] + 2
    assert counts[-1]["tasks"] <= counts[2]["tasks"] + 2
