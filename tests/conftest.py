"""What every test gets: asyncio as the only back end, and no network but loopback."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
