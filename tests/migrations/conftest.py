"""Places without any table."""

from collections.abc import Iterator

import pytest

from pantau.db.place import Place
from tests.support.database import empty_postgresql


@pytest.fixture
def empty_server_place(postgresql_server: str) -> Iterator[Place]:
    """A PostgreSQL database without any table."""
    yield from empty_postgresql(postgresql_server)
