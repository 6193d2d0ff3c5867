"""An admin with one admin in it, for everybody in this folder."""

from collections.abc import AsyncIterator

import pytest

from pantau.db.database import Database
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[AdminHouse]:
    """A served admin; `rini` is its admin."""
    async with admin_house(sqlite_database) as house:
        await house.add("rini", "admin")
        yield house


@pytest.fixture
def person(house: AdminHouse) -> Person:
    """Somebody who is not signed in."""
    return Person(house)


@pytest.fixture
async def rini(house: AdminHouse, person: Person) -> Person:
    """The admin, signed in."""
    await person.sign_in("rini")
    assert person.path == "/admin"
    return person
