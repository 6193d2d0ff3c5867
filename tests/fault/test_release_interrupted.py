"""A deploy whose deployer is killed leaves a hub that works, and is continued or taken back."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.operations.release_steps.state import Outcome, read_state
from tests.support.deployed_hub import DeployedHub, deployed
from tests.support.planted_releases import make_release
from tests.support.waiting import until_in_thread

LATER = ("installed", "backed_up", "rehearsed", "measured", "migrated", "switched", "renewed")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[DeployedHub]:
    with deployed(tmp_path) as hub:
        yield hub


@pytest.mark.fault
@pytest.mark.long  # tests/operations/release_steps cuts off every step, and tests/app one of them
@pytest.mark.timeout(600)
@pytest.mark.parametrize("goes_on", ["resume", "rollback", "rollback_by_the_new_one"])
@pytest.mark.parametrize("phase", ["begun", "backed_up", "measured", "switched", "renewed"])
def test_a_killed_deployer_leaves_a_hub_that_works_and_a_deploy_that_ends(
    hub: DeployedHub, tmp_path: Path, phase: str, goes_on: str
) -> None:
    fresh = make_release(tmp_path / "fresh", version="0.1.1")
    media = hub.pid_of("media")
    deployer = hub.started("release", "deploy", str(fresh), "--gate", "5")
    try:
        phases = LATER[LATER.index(phase) :] if phase in LATER else ("begun", *LATER)
        hub.until_interrupted_in(*phases)
    finally:
        os.kill(deployer.pid, signal.SIGKILL)
        deployer.wait(30)
    assert hub.get("/api/cameras/active")[0] == 200
    interrupted = read_state(hub.releases).interrupted
    assert interrupted is not None
    assert interrupted.before is not None

    refused = hub.command("release", "deploy", str(fresh))
    assert refused.returncode == 1
    assert "--resume" in refused.stderr

    if goes_on == "resume":
        done = hub.command("release", "deploy", "--resume")
        wanted, outcome = interrupted.after, Outcome.DEPLOYED
    else:
        by = fresh / "bin" / "pantau" if goes_on != "rollback" else None
        done = hub.command("release", "rollback", program=by)
        wanted, outcome = interrupted.before, Outcome.ROLLED_BACK
    last = read_state(hub.releases).last
    assert last is not None
    assert last.outcome is outcome, done.stdout + done.stderr
    assert done.returncode in {0, 3}, done.stdout + done.stderr
    until_in_thread(
        lambda: hub.builds() == {"worker": {wanted.build}, "web": {wanted.build}},
        timeout_s=60,
        what="one build in worker and web",
    )
    assert (hub.releases / "current").resolve() == wanted.environment
    assert hub.pid_of("media") == media
    hub.leave()
    refusals = {asked: count for asked, count in hub.asked.items() if not asked.endswith("200")}
    assert refusals == {}, hub.logs


@pytest.mark.fault
@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_good_release_goes_in_and_out_again_and_no_viewer_is_refused(
    hub: DeployedHub, tmp_path: Path
) -> None:
    fresh = make_release(tmp_path / "fresh", version="0.1.1")
    media = hub.pid_of("media")
    code, last, said = hub.deploy(fresh)
    assert code in {0, 3}, said
    assert last.outcome is Outcome.DEPLOYED
    assert hub.builds() == {"worker": {last.after.build}, "web": {last.after.build}}

    again = hub.command("release", "deploy", str(fresh))
    assert again.returncode == 0
    assert "nothing was done" in again.stdout

    back = hub.command("release", "rollback", program=hub.releases / "previous" / "bin" / "pantau")
    assert back.returncode == 0, back.stderr
    assert last.before is not None
    assert hub.builds() == {"worker": {last.before.build}, "web": {last.before.build}}
    assert hub.pid_of("media") == media
    hub.leave()
    refusals = {asked: count for asked, count in hub.asked.items() if not asked.endswith("200")}
    assert refusals == {}, hub.logs
