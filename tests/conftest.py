"""What every test gets: asyncio as the only back end, and no network but loopback."""

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.support.database",
    "tests.support.object_store",
    "tests.support.servers",
]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("pantau", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pantau")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
