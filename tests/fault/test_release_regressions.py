"""A bad release is caught by the gate and taken back, and nobody's data goes with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.operations.release_steps.state import Outcome
from tests.support.deployed_hub import JUDGED_BY_TIMES, DeployedHub, deployed
from tests.support.planted_releases import (
    COLD_CACHE,
    CRASH_AFTER_START,
    ERROR_BURST,
    NEVER_READY,
    POOL_STARVATION,
    SLOW_ENDPOINT,
    WRONG_BUILD,
    make_release,
)
from tests.support.waiting import until_in_thread

LONG = pytest.mark.long
PLANTS = [
    pytest.param(WRONG_BUILD, "says that it is build ffffffffffff", id="wrong_build", marks=LONG),
    pytest.param(CRASH_AFTER_START.format(after_s=3), "exit code 3", id="crash_after_start"),
    pytest.param(SLOW_ENDPOINT, "Time of the camera list", id="slow_endpoint", marks=LONG),
    pytest.param(ERROR_BURST, "Critical errors", id="error_burst", marks=LONG),
    pytest.param(COLD_CACHE, "The cache answers at once", id="cold_cache", marks=LONG),
    pytest.param(
        POOL_STARVATION, "Waits for a database connection", id="pool_starvation", marks=LONG
    ),
    pytest.param(NEVER_READY, "did not get ready", id="never_ready", marks=LONG),
]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[DeployedHub]:
    """Run the release 0.1.0 with footage, an operator, and viewers."""
    with deployed(tmp_path, JUDGED_BY_TIMES) as hub:
        yield hub


@pytest.mark.fault
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("plant", "why"), PLANTS)
def test_a_bad_release_is_caught_and_taken_back_with_all_data_there(
    hub: DeployedHub, tmp_path: Path, plant: str, why: str
) -> None:
    added = hub.command(
        "users", "add", "siti", "--role", "operator", stdin="Pasar-Minggu-27-kopi\n"
    )
    assert added.returncode == 0, added.stderr
    hub.until_recording(1)
    before = hub.counts()
    media = hub.pid_of("media")
    bad = make_release(tmp_path / "bad", version="0.1.1", plant=plant)

    code, last, said = hub.deploy(bad)

    assert code == 1, said
    assert last.outcome is Outcome.ROLLED_BACK, said
    assert why in last.sentence, said
    assert last.before is not None
    good = last.before.build
    assert last.after.build != good
    assert (hub.releases / "current").resolve() == last.before.environment
    until_in_thread(
        lambda: hub.builds() == {"worker": {good}, "web": {good}},
        timeout_s=60,
        what="worker and web of the release before",
    )
    assert hub.get("/api/cameras/active")[0] == 200
    after = hub.counts()
    assert all(after[table] >= before[table] for table in before), (before, after)
    assert after["users"] == before["users"]
    assert hub.pid_of("media") == media
    assert last.backup is not None
    assert last.backup.exists()
