"""What is seen of a hub that runs, and what is believed of processes that are replaced."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.core.errors import Unavailable
from pantau.core.family_file import ChildState, FamilyState, file_name, write_family
from pantau.operations.release_steps.renewing import look, renew, restart_media
from pantau.operations.vitals import Vitals, VitalsFile, process_facts
from tests.support.clock import HandWoundClock

OLD, NEW = "a" * 12, "b" * 12
PYTHON = "/srv/releases/1-a/bin/python"


class SoonClock(HandWoundClock):
    """Whoever sleeps has slept at once."""

    async def sleep(self, duration_s: float) -> None:
        await self.advance(duration_s)


class Hub:
    """A folder of sockets with a keeper that hears what it is asked, and what processes say."""

    def __init__(self, folder: Path, keeper: int) -> None:
        self.folder, self.keeper, self.clock = folder, keeper, SoonClock()
        for name in ("worker", "web"):
            self.keeps(name)
            self.says(name, OLD)

    def says(self, name: str, build: str, *, is_ready: bool = True, **more: object) -> None:
        """Have the process of a name say what it is."""
        now = self.clock.now()
        facts = {**process_facts(), "kernel_start": 0}
        told = {"process": name, "pid": os.getpid(), "version": "1", "build": build, **facts}
        vitals = Vitals.model_validate(
            {**told, **more, "started_at": now, "ready_at": now if is_ready else None, "at": now}
        )
        VitalsFile(self.folder, name, os.getpid()).write(vitals)

    def keeps(self, name: str, *, renewals: int = 0) -> None:
        """Have the keeper say how often a child was replaced."""
        child = ChildState(
            pid=os.getpid(),
            is_ready=True,
            started_at="",
            python=PYTHON,
            build="",
            renewals=renewals,
        )
        state = FamilyState(parents=(self.keeper,), children={name: child})
        write_family(self.folder / file_name(name), state)

    def renew(self) -> bool:
        def heard(_: str) -> None:
            for name in ("worker", "web"):
                self.keeps(name, renewals=1)

        return asyncio.run(renew(self.folder, build=NEW, clock=self.clock, tell=heard))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A keeper that lives, and does nothing about SIGHUP."""
    code = "import signal,time;signal.signal(1,signal.SIG_IGN);print(flush=True);time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        keeper.stdout.readline()
        yield Hub(tmp_path, keeper.pid)
        keeper.kill()


def test_a_process_is_seen_in_the_environment_that_it_was_started_from(hub: Hub) -> None:
    """Vitals tell the version of Python alone; `adopt` and pruning need the place."""
    seen = look(hub.folder, now=hub.clock.now()).processes
    assert [each.python for each in seen] == [PYTHON, PYTHON]


@pytest.mark.parametrize(
    ("build", "is_ready", "runs"), [(NEW, True, True), (NEW, False, False), (OLD, True, False)]
)
def test_only_who_is_ready_and_of_the_build_runs_it(
    hub: Hub, build: str, *, is_ready: bool, runs: bool
) -> None:
    hub.says("web", build, is_ready=is_ready)
    assert look(hub.folder, now=hub.clock.now()).runs("web", NEW) is runs


def test_that_something_else_was_started_is_no_proof(hub: Hub) -> None:
    with pytest.raises(Unavailable, match=f"says that it is build {OLD}, and {NEW} was meant"):
        hub.renew()


def test_worker_inside_the_new_web_process_that_fails_is_not_waited_for(hub: Hub) -> None:
    (hub.folder / file_name("worker")).unlink()
    failure = {"kind": "database.too_new", "sentence": "Deploy the newer release."}
    hub.says("web", NEW, part_failures=1, part_failure=failure)
    began_mono = hub.clock.mono_s()
    with pytest.raises(Unavailable, match="does not work: Deploy the newer release"):
        hub.renew()
    assert hub.clock.mono_s() - began_mono < 5


def test_media_of_another_release_is_left_alone_on_the_way_back(hub: Hub) -> None:
    """It would end this very process."""
    hub.says("media", "c" * 12)
    asyncio.run(restart_media(hub.folder, build=OLD, clock=hub.clock, left=NEW))
    hub.says("media", NEW)
    asyncio.run(restart_media(hub.folder, build=NEW, clock=hub.clock))
