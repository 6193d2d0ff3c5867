"""How recurring work goes is counted where a supervisor runs it, and only there."""

import asyncio

import pytest

from pantau.core.jobs import Jobs, timed_job
from pantau.core.supervisor import Service, Supervisor
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


def fail(clock: HandWoundClock) -> None:
    with timed_job("audit.keeper", every_s=60):
        clock.wind(4)
        raise ValueError("bad")


async def test_runs_failures_and_lateness() -> None:
    clock = HandWoundClock()
    jobs = Jobs(clock)
    with jobs.here():
        with timed_job("audit.keeper", every_s=60):
            clock.wind(2)
        clock.wind(60)
        with pytest.raises(ValueError, match="bad"):
            fail(clock)
    (job,) = jobs.known
    assert (job.runs, job.failures, job.last_took_s) == (2, 1, 4)
    assert job.late_s(clock.mono_s()) == 0
    clock.wind(75)
    assert job.late_s(clock.mono_s()) == 15


async def test_a_run_that_is_under_way_is_not_late_but_told() -> None:
    clock = HandWoundClock()
    jobs = Jobs(clock)
    with jobs.timed("backups", every_s=10):
        clock.wind(500)
        (job,) = jobs.known
        assert job.running_s(clock.mono_s()) == 500
        assert job.late_s(clock.mono_s()) == 0
    assert job.running_s(clock.mono_s()) is None


async def test_work_of_services_counts_at_their_supervisor() -> None:
    supervisor, other = Supervisor(HandWoundClock()), Supervisor(HandWoundClock())

    async def work() -> None:
        with timed_job("work"):
            await asyncio.sleep(0)

    supervisor.add(Service("one", work))
    await supervisor.spawn("two", work)
    with timed_job("nobody counts"):
        pass
    assert [(job.name, job.runs) for job in supervisor.jobs.known] == [("work", 2)]
    assert other.jobs.known == ()


async def test_there_are_no_more_kinds_of_work_than_memory_is_meant_for() -> None:
    jobs = Jobs(HandWoundClock())
    for number in range(500):
        with jobs.timed(f"job {number}"):
            pass
    assert len(jobs.known) == 100
