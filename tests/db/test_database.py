import pytest
from sqlalchemy import text

from pantau.db.database import Database

pytestmark = pytest.mark.anyio


async def test_a_fresh_database_answers(database: Database) -> None:
    async with database.read() as reading:
        assert (await reading.session.execute(text("SELECT 1"))).scalar_one() == 1
