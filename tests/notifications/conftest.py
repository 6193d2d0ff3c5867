"""A house of alarms with ten cameras, one target and one rule about everything."""

from pathlib import Path

import pytest

from pantau.core.sealing import Sealer, keyring
from pantau.db.database import Database
from tests.notifications.alarm_house import AlarmHouse, wall


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer(keyring(tmp_path / "sealing.keys"))


@pytest.fixture
async def house(sqlite_database: Database, sealer: Sealer) -> AlarmHouse:
    house = AlarmHouse(sqlite_database, sealer, cameras=wall(10, area_name="Kota"))
    await house.add_target()
    await house.add_rule()
    await house.up(*range(1, 11))
    # What was so before a rule is its baseline: let a moment pass.
    await house.clock.advance(1)
    await house.tick()
    return house
