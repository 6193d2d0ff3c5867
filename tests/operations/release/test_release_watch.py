"""A watch of a release: judged again and again, by one owner, whoever that is."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pantau.core.clock import SystemClock
from pantau.core.family_file import ChildState, Exit, FamilyState, file_name, write_family
from pantau.core.supervisor import Service, Supervisor
from pantau.operations.release.evidence import Baseline
from pantau.operations.release.gathering import Hub, read_baseline, record_baseline, write_private
from pantau.operations.release.kept_watch import (
    History,
    Noted,
    Watch,
    begin_watch,
    end_watch,
    note_verdict,
    owning_watch,
    passed_s,
    read_history,
    read_watch,
    write_watch,
)
from pantau.operations.release.rules import TIMED, Rules
from pantau.operations.release.verdict import Action, Verdict
from pantau.operations.release.verifying import verify
from pantau.operations.release.watching import watch
from pantau.operations.release_steps.state import alone
from pantau.operations.vitals import Vitals, VitalsFile, process_facts
from tests.operations.release.found import NEW, NOW, OLD, evidence, row, verdict
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

QUICK = Rules().model_copy(
    update={
        **{f"{name}_ms": 60_000.0 for name in TIMED},
        "watch_for_s": 0.5,
        "watch_every_s": 0.1,
    }
)


@asynccontextmanager
async def hub(folder: Path, **changes: Any) -> AsyncIterator[Hub]:
    """A hub that answers, and two processes of it that tell how they are (both are this one)."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/api/stream":
            return web.json_response({"data": []})
        return web.json_response({"down": []}, headers={"X-Cache": "HIT"})

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    clock = SystemClock()

    async def keep_telling() -> None:
        while True:
            _tell(folder, clock, changes)
            await clock.sleep(0.05)

    supervisor = Supervisor(clock)
    _tell(folder, clock, changes)
    supervisor.add(Service("vitals", keep_telling))
    try:
        yield Hub(address=f"http://127.0.0.1:{port}", sockets_dir=folder, build=NEW)
    finally:
        await supervisor.stop(deadline_s=2)
        await runner.cleanup()


def _tell(folder: Path, clock: SystemClock, changes: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("web", "worker"):
        told: dict[str, Any] = {
            "process": name,
            "pid": os.getpid(),
            "version": "1.1.0",
            "build": NEW,
            "started_at": NOW,
            "ready_at": NOW,
            "at": clock.now(),
            **process_facts(),
        }
        VitalsFile(folder, name, os.getpid()).write(Vitals(**told | changes))


def ask(folder: Path, found: Hub, **changes: Any) -> Watch:
    asked = begin_watch(
        folder,
        hub=found,
        baseline_file=None,
        rules=QUICK,
        clock=SystemClock(),
        rolls_back=changes.get("rolls_back", False),
    )
    write_watch(folder, asked.model_copy(update=changes))
    return asked.model_copy(update=changes)


async def test_a_watch_judges_until_its_time_is_over(tmp_path: Path) -> None:
    async with hub(tmp_path / "run") as found:
        ask(tmp_path, found)
        lines: list[str] = []

        last = await watch(tmp_path, QUICK, clock=SystemClock(), tell=lines.append)

    after = read_watch(tmp_path)
    assert last is not None
    assert last.action is Action.KEEP
    assert after is not None
    assert after.is_over
    assert after.was_rolled_back is None
    assert [each.verdict.action for each in read_history(tmp_path)] == [Action.KEEP] * len(lines)


async def test_a_release_is_taken_back_once_where_that_was_asked_for(tmp_path: Path) -> None:
    calls: list[Verdict] = []

    async def roll_back(told: Verdict) -> bool:
        calls.append(told)
        return True

    async with hub(tmp_path / "run", build=OLD) as found:
        ask(tmp_path, found, rolls_back=True)
        await watch(tmp_path, QUICK, clock=SystemClock(), roll_back=roll_back)

    after = read_watch(tmp_path)
    assert [row(each, "build").action for each in calls] == [Action.ROLL_BACK]
    assert after is not None
    assert (after.is_over, after.was_rolled_back) == (True, True)


async def test_nothing_is_judged_while_somebody_deploys(tmp_path: Path) -> None:
    """What is replaced at that moment is neither ready nor of the build that is meant."""
    async with hub(tmp_path / "run", build=OLD) as found:
        ask(tmp_path, found, rolls_back=True)
        with alone(tmp_path):
            last = await watch(tmp_path, QUICK, clock=SystemClock())
    assert last is None
    assert read_history(tmp_path) == ()


async def test_a_watch_that_was_replaced_while_it_asked_takes_nothing_back(tmp_path: Path) -> None:
    """A deploy ended in between: its build is not that of the watch, and is no fault."""
    later: list[Watch] = []

    async def roll_back(_: Verdict) -> bool:
        raise AssertionError("it judged a release that it was not asked to watch")

    class Deployed(SystemClock):
        async def sleep(self, seconds: float) -> None:
            if not later:
                later.append(ask(tmp_path, found, id="later"))
            await super().sleep(seconds)

    async with hub(tmp_path / "run", build=OLD) as found:
        ask(tmp_path, found, rolls_back=True, ran_s=1.0)
        await watch(tmp_path, QUICK, clock=Deployed(), roll_back=roll_back)

    now = read_watch(tmp_path)
    assert now is not None
    assert (now.id, now.was_rolled_back) == (later[0].id, None)
    assert read_history(tmp_path) == ()


async def test_without_being_told_to_it_only_says_so(tmp_path: Path) -> None:
    async def roll_back(_: Verdict) -> bool:
        raise AssertionError("nobody asked for it")

    async with hub(tmp_path / "run", build=OLD) as found:
        ask(tmp_path, found)
        last = await watch(tmp_path, QUICK, clock=SystemClock(), roll_back=roll_back)

    assert last is not None
    assert last.action is Action.ROLL_BACK


async def test_a_crash_while_nobody_watched_is_known_to_whoever_goes_on(tmp_path: Path) -> None:
    """The worker that carries the watch out may be the one that crashed."""
    run = tmp_path / "run"
    async with hub(run) as found:
        ask(tmp_path, found, restarts={"worker": 0}, ran_s=30.0)
        keep = ChildState(
            pid=os.getpid(),
            is_ready=True,
            started_at="",
            python="",
            build=NEW,
            restarts=1,
            last_exit=Exit(at="", pid=1, how="SIGSEGV", ran_s=67.0),
        )
        write_family(
            run / file_name(None), FamilyState(parents=(os.getpid(),), children={"worker": keep})
        )
        await watch(tmp_path, QUICK, clock=SystemClock())

    first = read_history(tmp_path)[0].verdict
    assert row(first, "stable").action is Action.ROLL_BACK
    assert "SIGSEGV" in str(row(first, "stable").measured.facts["told"])


async def test_who_comes_second_follows_and_does_not_judge(tmp_path: Path) -> None:
    async with hub(tmp_path / "run") as found:
        asked = ask(tmp_path, found)
        note_verdict(tmp_path, Noted(watch=asked.id, verdict=verdict(evidence())))
        lines: list[str] = []

        def tell(line: str) -> None:
            lines.append(line)
            end_watch(tmp_path)

        with owning_watch(tmp_path) as is_ours:
            last = await watch(tmp_path, QUICK, clock=SystemClock(), tell=tell)

    assert is_ours
    assert last == verdict(evidence())
    assert len(lines) == 2
    assert len(read_history(tmp_path)) == 1


def test_a_watch_counts_its_time_by_a_clock_that_nobody_sets(tmp_path: Path) -> None:
    clock = HandWoundClock()
    found = Hub(address="http://127.0.0.1:1", sockets_dir=tmp_path, build=NEW)
    asked = begin_watch(
        tmp_path, hub=found, baseline_file=None, rules=Rules(), clock=clock, rolls_back=False
    )
    clock.wind(60)
    clock.set_wall_back(86_400)

    assert passed_s(asked, clock) == pytest.approx(60)
    assert passed_s(asked.model_copy(update={"boot": "another"}), clock) == 0


def test_the_history_is_bounded_and_what_is_torn_is_nothing(tmp_path: Path) -> None:
    many = [
        Noted(watch="", verdict=verdict(evidence(running_s=float(number)))) for number in range(103)
    ]
    write_private(tmp_path / "verdicts.json", History(verdicts=tuple(many[:102])).model_dump_json())
    note_verdict(tmp_path, many[102])

    kept = read_history(tmp_path)
    assert [kept[0].verdict.running_s, kept[-1].verdict.running_s, len(kept)] == [3, 102, 100]

    (tmp_path / "verdicts.json").write_text('{"verdicts": [')
    (tmp_path / "watch.json").write_text("[]")
    assert read_history(tmp_path) == ()
    assert read_watch(tmp_path) is None


async def test_a_baseline_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "baselines" / "one.json"
    async with hub(tmp_path / "run", requests={"api": {"200": 70}}) as found:
        told = await record_baseline(found, file, clock=SystemClock(), for_s=0.3)

    assert isinstance(read_baseline(file), Baseline)
    assert read_baseline(file) == told
    assert file.stat().st_mode & 0o777 == 0o600
    assert told.measured.requests == 140
    assert told.measured.probes["list"].count > 0
    assert told.is_serving
    assert read_baseline(tmp_path / "none.json") is None


async def test_a_hub_that_answers_nothing_is_evidence(tmp_path: Path) -> None:
    dead = Hub(address="http://127.0.0.1:9", sockets_dir=tmp_path, build="", wanted=())

    verified = await verify(dead, None, Rules(), clock=SystemClock(), for_s=0.2)

    told = row(verified.verdict, "starts")
    assert told.action is Action.ROLL_BACK
    assert told.measured.facts["names"] == "no answer"
