"""A deploy whose deployer is killed leaves a hub that works, and is continued or taken back."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.operations.release_steps.state import Deployment, Outcome, Phase, read_state
from tests.support.deployed_hub import DeployedHub, deployed
from tests.support.planted_releases import make_release
from tests.support.waiting import until_in_thread

LATER = ("installed", "backed_up", "rehearsed", "measured", "migrated", "switched", "renewed")

EACH = (*(phase.value for phase in Phase if phase is not Phase.RETURNING), "deployed")
"""What a deploy writes down, in order."""
CUT = """
import os, signal
from pantau.cli import main
from pantau.operations.release_steps.deploying import Deployer
note = Deployer._note
def cut(self, deployment, **changes):
    name = changes.get("phase") or changes.get("outcome") or "begun"
    if name == "{name}" and "{moment}" == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    noted = note(self, deployment, **changes)
    if name == "{name}":
        os.kill(os.getpid(), signal.SIGKILL)
    return noted
Deployer._note = cut
main()
"""


def killed(hub: DeployedHub, name: str, moment: str, *arguments: str) -> Deployment:
    """Run a command that is killed before or after it writes something down."""
    python = Path(hub.program[0]).with_name("python")
    done = subprocess.run(
        [python, "-c", CUT.format(name=name, moment=moment), "release", *arguments],
        cwd=hub.folder,
        env=hub.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    assert hub.get("/api/cameras/active")[0] == 200
    return hub.last()


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
@pytest.mark.timeout(600)
def test_a_deploy_that_is_killed_around_each_phase_is_continued_each_time(
    hub: DeployedHub, tmp_path: Path
) -> None:
    fresh = make_release(tmp_path / "fresh", version="0.1.1")
    media = hub.pid_of("media")
    asked: tuple[str, ...] = ("deploy", str(fresh), "--gate", "2")
    for name in EACH:
        for moment in ("before", "after"):
            if (name, moment) in {("begun", "before"), ("deployed", "after")}:
                continue  # Nothing began yet; nothing is left.
            last = killed(hub, name, moment, *asked)
            reached = EACH.index(name) - (moment == "before")
            assert last.outcome is Outcome.UNDER_WAY
            assert last.phase.value == EACH[min(reached, EACH.index("verified"))]
            asked = ("deploy", "--resume")

    done = hub.command("release", *asked)

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    last = hub.last()
    assert last.outcome is Outcome.DEPLOYED, last.sentence
    assert len(read_state(hub.releases).deployments) == 1
    hub.until_only(last.after.build)
    assert (hub.releases / "current").resolve() == last.after.environment
    assert last.backup is not None
    assert last.backup.exists()
    assert hub.pid_of("media") == media
    assert hub.refusals() == {}, hub.logs


@pytest.mark.fault
@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_deploy_that_is_killed_after_each_phase_is_taken_back_each_time(
    hub: DeployedHub, tmp_path: Path
) -> None:
    fresh = make_release(tmp_path / "fresh", version="0.1.1")
    media = hub.pid_of("media")
    for name in EACH[:-1]:
        last = killed(hub, name, "after", "deploy", str(fresh), "--gate", "2")
        assert last.before is not None
        # The way back may be cut off too, before it began and when all but its end is done.
        killed(hub, "returning", "after", "rollback")
        last = killed(hub, "rolled_back", "before", "deploy", "--resume")
        assert last.phase is Phase.RETURNING
        back = hub.command("release", "rollback", program=fresh / "bin" / "pantau")
        assert back.returncode == 0, back.stdout + back.stderr
        last = hub.last()
        assert last.outcome is Outcome.ROLLED_BACK, last.sentence
        assert last.before is not None
        hub.until_only(last.before.build)
        assert (hub.releases / "current").resolve() == last.before.environment
    assert hub.pid_of("media") == media
    assert hub.refusals() == {}, hub.logs


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
