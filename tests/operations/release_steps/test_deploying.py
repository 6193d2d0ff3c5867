"""A deploy that is cut off at any point is continued or taken back; a failure goes back alone."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pantau.core.errors import Conflict, Unavailable
from pantau.operations.release_steps.deploying import Changes, Deployer, GateError
from pantau.operations.release_steps.state import (
    Deployment,
    Outcome,
    Phase,
    Release,
    State,
    alone,
    is_deploying,
    read_state,
    write_state,
)
from tests.support.clock import HandWoundClock

WORK = ("install", "back_up", "rehearse", "measure", "migrate", "switch", "renew", "verify")


class PowerCutError(BaseException):
    """Nothing can be done about it any more: no code of ours catches it."""


def release(build: str) -> Release:
    return Release(
        version="1", build=build, engine="e", step="0018", environment=Path(f"/releases/1-{build}")
    )


OLD, NEW = release("old"), release("new")


@dataclass
class FakeSteps:
    """A hub on paper: what is current, what runs, and what was done to it in order."""

    current: str = "old"
    running: str = "old"
    done: list[str] = field(default_factory=list)
    cut_before: str = ""
    cut_after: str = ""
    fails: dict[str, Exception] = field(default_factory=dict)

    async def install(self, deployment: Deployment) -> Changes:
        return self._do("install")

    async def back_up(self, deployment: Deployment) -> Changes:
        return self._do("back_up", backup=Path("/snapshots/one"))

    async def rehearse(self, deployment: Deployment) -> Changes:
        return self._do("rehearse")

    async def measure(self, deployment: Deployment) -> Changes:
        return self._do("measure")

    async def migrate(self, deployment: Deployment) -> Changes:
        return self._do("migrate")

    async def switch(self, deployment: Deployment) -> Changes:
        self._before("switch")
        self.current = deployment.after.build
        return self._after("switch")

    async def renew(self, deployment: Deployment) -> Changes:
        self._before("renew")
        self.running = deployment.after.build
        return self._after("renew", renewed_at=deployment.started_at)

    async def verify(self, deployment: Deployment) -> Changes:
        return self._do("verify", verdict="keep")

    async def hand_over(self, deployment: Deployment) -> None:
        self._do("hand_over")

    async def stop_watching(self) -> None:
        self._do("stop_watching")

    async def turn_back(self, release: Release) -> None:
        self._before("turn_back")
        self.current = release.build
        self._after("turn_back")

    async def restore_database(self, deployment: Deployment, choice: str) -> str:
        self._do(f"database {choice}")
        return ""

    async def renew_back(self, deployment: Deployment, before: Release) -> bool:
        self._before("renew_back")
        self.running = before.build
        self._after("renew_back")
        return True

    def is_current(self, release: Release) -> bool:
        return self.current == release.build

    def _do(self, name: str, **changes: Any) -> Changes:
        self._before(name)
        return self._after(name, **changes)

    def _before(self, name: str) -> None:
        if self.cut_before == name:
            raise PowerCutError
        if name in self.fails:
            raise self.fails[name]

    def _after(self, name: str, **changes: Any) -> Changes:
        self.done.append(name)
        if self.cut_after == name:
            raise PowerCutError
        return changes


def begun(
    clock: HandWoundClock, before: Release | None = OLD, *, keeps: bool = False
) -> Deployment:
    now = clock.now()
    return Deployment(
        id="one", by="op", started_at=now, changed_at=now, before=before, after=NEW, keeps=keeps
    )


@dataclass
class Bench:
    folder: Path
    steps: FakeSteps
    clock: HandWoundClock

    def run(self, work: Coroutine[Any, Any, Deployment]) -> Deployment:
        return asyncio.run(work)

    @property
    def deployer(self) -> Deployer:
        return Deployer(self.folder, self.steps, self.clock, lambda _: None)

    @property
    def last(self) -> Deployment:
        last = read_state(self.folder).last
        assert last is not None
        return last


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, FakeSteps(), HandWoundClock())


def test_all_phases_run_in_order_and_the_backup_is_before_every_change(bench: Bench) -> None:
    done = bench.run(bench.deployer.deploy(begun(bench.clock)))
    assert tuple(bench.steps.done) == (*WORK, "hand_over")
    assert (done.outcome, done.phase, done.verdict) == (Outcome.DEPLOYED, Phase.VERIFIED, "keep")
    assert bench.last == done
    assert done.backup is not None


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("work", [*WORK, "hand_over"])
def test_a_power_cut_at_any_point_is_continued(bench: Bench, work: str, moment: str) -> None:
    setattr(bench.steps, f"cut_{moment}", work)
    with pytest.raises(PowerCutError):
        bench.run(bench.deployer.deploy(begun(bench.clock)))
    interrupted = read_state(bench.folder).interrupted
    assert interrupted is not None
    bench.steps.cut_before = bench.steps.cut_after = ""
    done = bench.run(bench.deployer.deploy(interrupted))
    assert done.outcome is Outcome.DEPLOYED
    assert (bench.steps.current, bench.steps.running) == ("new", "new")
    assert len(read_state(bench.folder).deployments) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("work", WORK)
def test_a_power_cut_at_any_point_is_taken_back(bench: Bench, work: str, moment: str) -> None:
    setattr(bench.steps, f"cut_{moment}", work)
    with pytest.raises(PowerCutError):
        bench.run(bench.deployer.deploy(begun(bench.clock)))
    bench.steps.cut_before = bench.steps.cut_after = ""
    done = bench.run(bench.deployer.roll_back(bench.last))
    assert done.outcome is Outcome.ROLLED_BACK
    assert (bench.steps.current, bench.steps.running) == ("old", "old")


@pytest.mark.parametrize("work", ["stop_watching", "turn_back", "database auto", "renew_back"])
def test_a_way_back_that_is_cut_off_is_gone_to_its_end(bench: Bench, work: str) -> None:
    bench.steps.fails["verify"] = GateError("release.gate", "Too slow.")
    bench.steps.cut_after = work
    with pytest.raises(PowerCutError):
        bench.run(bench.deployer.deploy(begun(bench.clock)))
    bench.steps.cut_after = ""
    assert bench.last.phase is Phase.RETURNING
    done = bench.run(bench.deployer.deploy(bench.last))
    assert done.outcome is Outcome.ROLLED_BACK
    assert (bench.steps.current, bench.steps.running) == ("old", "old")
    assert "Too slow." in done.sentence


def test_a_way_back_of_people_that_is_cut_off_is_known_and_goes_on_as_they_asked(
    bench: Bench,
) -> None:
    stayed = bench.run(bench.deployer.deploy(begun(bench.clock)))
    bench.steps.cut_before = "database keep"
    with pytest.raises(PowerCutError):
        bench.run(bench.deployer.roll_back(stayed, database="keep"))
    bench.steps.cut_before = ""
    interrupted = read_state(bench.deployer.folder).interrupted
    assert interrupted is not None, "the next deploy must not begin in the middle of it"
    done = bench.run(bench.deployer.deploy(interrupted))
    assert done.outcome is Outcome.ROLLED_BACK
    assert (bench.steps.current, bench.steps.running) == ("old", "old")
    assert "database keep" in bench.steps.done


@pytest.mark.parametrize("work", ["install", "back_up", "rehearse", "measure", "migrate"])
def test_a_failure_before_the_switch_changes_nothing_that_runs(bench: Bench, work: str) -> None:
    bench.steps.fails[work] = Unavailable("x", "It broke.")
    done = bench.run(bench.deployer.deploy(begun(bench.clock)))
    assert done.outcome is Outcome.GIVEN_UP
    assert (bench.steps.current, bench.steps.running) == ("old", "old")
    assert "renew_back" not in bench.steps.done
    assert done.sentence.startswith("It broke. Nothing that runs was changed.")


@pytest.mark.parametrize("work", ["renew", "verify"])
def test_a_failure_after_the_switch_goes_back_and_says_why(bench: Bench, work: str) -> None:
    bench.steps.fails[work] = Unavailable("x", "It broke.")
    done = bench.run(bench.deployer.deploy(begun(bench.clock)))
    assert done.outcome is Outcome.ROLLED_BACK
    assert (bench.steps.current, bench.steps.running) == ("old", "old")
    assert done.sentence == "It broke. Pantau 1 (build old) runs again."


def test_who_goes_back_later_is_not_told_that_the_release_runs(bench: Bench) -> None:
    stayed = bench.run(bench.deployer.deploy(begun(bench.clock)))
    gone = bench.run(bench.deployer.roll_back(stayed))
    assert stayed.sentence
    assert stayed.sentence not in gone.sentence


def test_a_good_release_stays_when_nobody_can_watch_it(bench: Bench) -> None:
    bench.steps.fails["hand_over"] = Unavailable("x", "No room.")
    done = bench.run(bench.deployer.deploy(begun(bench.clock)))
    assert done.outcome is Outcome.DEPLOYED
    assert "not watched: No room." in done.sentence


def test_who_keeps_it_keeps_it_and_is_told_the_way_back(bench: Bench) -> None:
    bench.steps.fails["verify"] = GateError("release.gate", "Too slow.")
    done = bench.run(bench.deployer.deploy(begun(bench.clock, keeps=True)))
    assert done.outcome is Outcome.FAILED
    assert (bench.steps.current, bench.steps.running) == ("new", "new")
    assert "pantau release rollback" in done.sentence


def test_a_way_back_that_fails_says_so_and_may_be_tried_again(bench: Bench) -> None:
    bench.steps.fails = {
        "verify": GateError("release.gate", "Too slow."),
        "renew_back": Unavailable("x", "No memory."),
    }
    done = bench.run(bench.deployer.deploy(begun(bench.clock)))
    assert done.outcome is Outcome.FAILED
    assert "No memory." in done.sentence
    bench.steps.fails = {}
    assert bench.run(bench.deployer.roll_back(done)).outcome is Outcome.ROLLED_BACK


def test_the_first_release_has_nothing_to_go_back_to(bench: Bench) -> None:
    bench.steps.fails["verify"] = GateError("release.gate", "Too slow.")
    done = bench.run(bench.deployer.deploy(begun(bench.clock, before=None)))
    assert done.outcome is Outcome.FAILED
    with pytest.raises(Conflict):
        bench.run(bench.deployer.roll_back(done))


def test_a_full_disk_for_the_state_is_a_sentence(bench: Bench) -> None:
    bench.folder.rmdir()
    with pytest.raises(Unavailable, match="cannot be written"):
        bench.run(bench.deployer.deploy(begun(bench.clock)))
    assert bench.steps.done == []


def test_a_second_deploy_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    assert not is_deploying(tmp_path)
    with alone(tmp_path):
        assert is_deploying(tmp_path)
        with pytest.raises(Conflict, match="under way"), alone(tmp_path):
            pass
    assert not is_deploying(tmp_path)


def test_the_state_remembers_twenty_deploys(bench: Bench) -> None:
    state = State()
    for number in range(30):
        state = state.with_deployment(begun(bench.clock).model_copy(update={"id": str(number)}))
    write_state(bench.folder, state)
    assert [each.id for each in read_state(bench.folder).deployments] == [
        str(number) for number in range(10, 30)
    ]


def test_a_state_of_a_later_release_is_read(bench: Bench) -> None:
    write_state(bench.folder, State(deployments=(begun(bench.clock),)))
    file = bench.folder / "state.json"
    file.write_text(file.read_text().replace('"by"', '"from_the_future": 1, "by"'))
    assert bench.last.id == "one"


def test_a_state_that_is_rubbish_is_a_sentence(bench: Bench) -> None:
    (bench.folder / "state.json").write_text("{")
    with pytest.raises(Unavailable, match="Move it away"):
        read_state(bench.folder)
