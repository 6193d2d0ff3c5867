"""What every test gets: asyncio as the only back end, and no network but loopback."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

LONGEST_FIRST = (
    "tests/safety/test_described.py",
    "tests/boot/",
    "tests/fault/",
    "tests/safety/test_every_route.py",
    "tests/media/sources/test_rtsp_source.py",
    "tests/media/sources/test_rtsp_faults.py",
    "tests/media/test_engine_sessions.py",
    "tests/safety/",
    "tests/mediaserver/",
    "tests/media/",
    "tests/contract/",
    "tests/browser/test_fit_for_everybody.py",
    "tests/browser/test_admin_look.py",
    "tests/browser/test_keyboard.py",
    "tests/browser/test_playback_page.py",
    "tests/browser/test_journeys.py",
    "tests/browser/test_contrast.py",
    "tests/browser/test_player_faults.py",
    "tests/browser/test_admin_recordings.py",
    "tests/browser/test_playback_ranges.py",
    "tests/browser/test_admin_cameras.py",
)
"""Modules are handed out whole, in this order: a long one at the end would keep one worker busy
while the others have nothing left to do."""

pytest_plugins = [
    "tests.support.database",
    "tests.support.object_store",
    "tests.support.passwords",
    "tests.support.servers",
]

# How long an example takes says something about the machine, not about the code.  A change is
# judged by the same examples everywhere; `make fault` looks for new ones.
settings.register_profile(
    "pantau",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("searching", settings.get_profile("pantau"), derandomize=False)
settings.load_profile(os.environ.get("PANTAU_TEST_EXAMPLES", "pantau"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down what failed, for `tools/suite.sh`; workers report to the one that started them."""
    named = os.environ.get("PANTAU_TEST_FAILED")
    if named and report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        written = Path(named)
        known = written.read_text().splitlines()
        if report.nodeid not in known:
            written.write_text("\n".join([*known, report.nodeid]) + "\n")


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """A test that opens a process's log leaves it closed: the next one's lines would vanish."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""

    def rank(item: pytest.Item) -> int:
        starts = (at for at, path in enumerate(LONGEST_FIRST) if item.nodeid.startswith(path))
        return next(starts, len(LONGEST_FIRST))

    items.sort(key=rank)


def pytest_sessionstart() -> None:
    """Reading thousands of tests leaves no garbage worth looking for."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the collector look at what tests make, and not at all of the code again each time.

    It would take a third of what a test house costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
