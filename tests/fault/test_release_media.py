"""Media is restarted where somebody asked for it, also on the way back; else never."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.core.clock import SystemClock
from pantau.operations.release_steps.renewing import look
from pantau.operations.release_steps.state import Outcome
from tests.support.deployed_hub import DeployedHub, deployed
from tests.support.planted_releases import CRASH_AFTER_START, make_release
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[DeployedHub]:
    with deployed(tmp_path) as hub:
        yield hub


def builds_of_media(hub: DeployedHub) -> set[str]:
    """Return what media says of itself."""
    seen = look(hub.sockets_dir, now=SystemClock().now()).processes
    return {each.build for each in seen if each.name == "media"}


def pieces(hub: DeployedHub) -> int:
    return len(list((hub.folder / "data" / "recordings" / "1").glob("*/*.idx")))


def test_media_that_was_asked_for_is_of_the_new_release_and_of_the_old_one_again(
    hub: DeployedHub, tmp_path: Path
) -> None:
    fresh = make_release(tmp_path / "fresh", version="0.1.1")
    hub.until_recording(1)
    first = hub.pid_of("media")

    code, last, said = hub.deploy(fresh, "--with-media")

    assert code in {0, 3}, said
    assert last.outcome is Outcome.DEPLOYED, said
    assert last.before is not None
    second = hub.pid_of("media")
    assert second != first
    assert builds_of_media(hub) == {last.after.build}
    hub.until_only(last.after.build)
    hub.until_recording(pieces(hub) + 1)

    back = hub.command("release", "rollback")
    assert back.returncode == 0, back.stdout + back.stderr
    assert hub.pid_of("media") != second
    assert builds_of_media(hub) == {last.before.build}
    hub.until_only(last.before.build)
    hub.until_recording(pieces(hub) + 1)
    assert hub.refusals() == {}, hub.logs


def test_a_bad_release_leaves_with_its_media(hub: DeployedHub, tmp_path: Path) -> None:
    plant = CRASH_AFTER_START.format(after_s=15)
    bad = make_release(tmp_path / "bad", version="0.1.1", plant=plant)
    code, last, said = hub.deploy(bad, "--with-media", "--gate", "60")
    assert (code, last.outcome) == (1, Outcome.ROLLED_BACK), said
    assert last.before is not None
    hub.until_only(last.before.build)
    until_in_thread(
        lambda: builds_of_media(hub) == {last.before.build if last.before else ""},
        timeout_s=60,
        what="media of the release before",
    )
