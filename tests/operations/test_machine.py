"""The machine as it really is, and as it is when it cannot be read or does not answer."""

import asyncio
import os
import threading
from pathlib import Path

import psutil
import pytest

from pantau.core.clock import SystemClock
from pantau.operations import machine
from pantau.operations.machine import (
    CpuTimes,
    MachineFacts,
    Memory,
    Process,
    Reading,
    Room,
    Traffic,
)
from pantau.operations.machine_watch import Asking, MachineWatch
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

FACTS = MachineFacts(platform="linux", arch="x64", cpus=2, cpu_model=None)
NOTHING = Reading(cpu=None, load=None, memory=None, traffic=None, booted_unix_s=None)


def asking(*readings: Reading, room: Room | None = None) -> Asking:
    """Return a machine that says these one after the other, the last one again and again."""
    left = list(readings)

    def next_reading() -> Reading:
        return left.pop(0) if len(left) > 1 else left[0]

    return Asking(
        facts=lambda: FACTS,
        machine=next_reading,
        room=lambda _: room,
        family=lambda: [Process("web", 1, 1_000)],
    )


def reading(*, busy_s: float, all_s: float, received: int = 0, sent: int = 0) -> Reading:
    return Reading(
        cpu=CpuTimes(busy_s, all_s),
        load=(1.0, 0.5, 0.25),
        memory=Memory(1_000, 400),
        traffic=Traffic(received, sent),
        booted_unix_s=0.0,
    )


async def test_this_machine_can_be_read(tmp_path: Path) -> None:
    watch = MachineWatch(SystemClock(), folders={"data": tmp_path, "gone": tmp_path / "no"})
    await watch.look()
    first = watch.now()
    assert first is not None
    assert first.cpu_percent is None
    await watch.look()
    seen = watch.now()
    assert seen is not None
    assert seen.facts.cpus == os.cpu_count()
    assert seen.memory is not None
    assert 0 < seen.memory.used_bytes < seen.memory.total_bytes
    assert seen.cpu_percent is None or 0 <= seen.cpu_percent <= 100
    assert seen.up_s is not None
    assert seen.up_s > 0
    room = seen.rooms["data"]
    assert room is not None
    assert 0 <= room.free_bytes <= room.total_bytes
    assert seen.rooms["gone"] is None
    own = next(each for each in seen.processes if each.part in {"web", "serve"})
    assert own.memory_bytes > 1_000_000
    assert own.memory_bytes < psutil.Process().memory_info().rss, "libraries are not ours alone"
    assert [each.cpu_percent for each in watch.last_hour()] == [None, seen.cpu_percent]


async def test_what_cannot_be_read_is_not_known_and_never_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("/proc is not for us")

    for name in ("cpu_times", "getloadavg", "virtual_memory", "net_io_counters", "boot_time"):
        monkeypatch.setattr(psutil, name, refuse)
    monkeypatch.setattr(psutil, "Process", refuse)
    assert machine.read_machine() == NOTHING
    assert machine.read_family() == ()
    watch = MachineWatch(HandWoundClock(), folders={}, asking=asking(NOTHING))
    await watch.look()
    await watch.look()
    seen = watch.now()
    assert seen is not None
    told = (seen.cpu_percent, seen.load, seen.memory, seen.sent_bytes_per_s, seen.up_s)
    assert told == (None,) * 5
    assert watch.last_hour()[-1].memory_percent is None


async def test_rates_come_from_two_looks_and_not_from_a_counter_that_fell() -> None:
    clock = HandWoundClock()
    watch = MachineWatch(
        clock,
        folders={},
        viewers=lambda: 7,
        asking=asking(
            reading(busy_s=10, all_s=100, received=1_000, sent=5_000),
            reading(busy_s=15, all_s=120, received=2_000, sent=25_000),
            reading(busy_s=14, all_s=110, received=10, sent=26_000),
        ),
    )
    await watch.look()
    clock.wind(10)
    await watch.look()
    seen = watch.now()
    assert seen is not None
    assert (seen.cpu_percent, seen.received_bytes_per_s, seen.sent_bytes_per_s) == (25, 100, 2_000)
    clock.wind(10)
    await watch.look()
    seen = watch.now()
    assert seen is not None
    assert (seen.cpu_percent, seen.received_bytes_per_s, seen.sent_bytes_per_s) == (None,) * 3
    assert [each.viewers for each in watch.last_hour()] == [7, 7, 7]


async def test_an_hour_is_remembered_and_no_more() -> None:
    clock = HandWoundClock()
    watch = MachineWatch(clock, folders={}, asking=asking(reading(busy_s=1, all_s=2)))
    for _ in range(800):
        await watch.look()
        clock.wind(5)
    assert 718 <= len(watch.last_hour()) <= 720
    clock.wind(7_200)
    assert watch.last_hour() == []


async def test_a_silent_disk_is_asked_once_and_does_not_hold_up_the_rest() -> None:
    answers, asked = threading.Event(), []

    def room(folder: Path) -> Room:
        asked.append(folder)
        answers.wait(30)
        return Room(100, 50)

    async def three_looks() -> None:
        for _ in range(3):
            await watch.look()

    quick = asking(reading(busy_s=1, all_s=2))
    watch = MachineWatch(
        SystemClock(),
        folders={"nfs": Path("/nfs")},
        asking=Asking(facts=quick.facts, machine=quick.machine, room=room, family=quick.family),
        answer_s=0.2,
    )
    try:
        async with asyncio.timeout(30):
            await three_looks()
            await three_looks()
        seen = watch.now()
        assert seen is not None
        assert seen.rooms == {"nfs": None}
        assert len(asked) == 1
    finally:
        answers.set()

    async with asyncio.timeout(45):
        while seen.rooms["nfs"] is None:
            await three_looks()
            seen = watch.now()
            assert seen is not None
    assert seen.rooms == {"nfs": Room(100, 50)}
