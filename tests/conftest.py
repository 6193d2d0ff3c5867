"""What every test gets: asyncio as the only back end, and no network but loopback."""

import gc

import pytest
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
)
"""Modules are handed out whole, in this order: a long one at the end would keep one worker busy
while the others have nothing left to do."""

pytest_plugins = [
    "tests.support.database",
    "tests.support.object_store",
    "tests.support.passwords",
    "tests.support.servers",
]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("pantau", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pantau")


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
