"""What the admin says where something does not answer: what became of what was sent, and again."""

from collections.abc import AsyncIterator

import pytest
from fastapi import Request, Response

from pantau.admin.frame import HIDDEN
from pantau.core.errors import Unavailable
from pantau.db.database import Database
from pantau.web.access import viewers
from pantau.web.endpoints import Endpoints
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person

pytestmark = pytest.mark.anyio
PATH = "/admin/away"


class AwayPages:
    """A page of a part that does not answer."""

    def declare(self, add: Endpoints) -> None:
        """Declare the page."""
        add.get("/away", access=viewers(), **HIDDEN)(self.show)
        add.post("/away", access=viewers(), **HIDDEN)(self.show)

    async def show(self, request: Request) -> Response:
        """Have nothing to show."""
        raise Unavailable("part.away", "It does not answer.", retry_after_s=2, url=request.url.path)


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[AdminHouse]:
    async with admin_house(sqlite_database, more=lambda _: (lambda _: AwayPages(),)) as house:
        await house.add("rini", "admin")
        yield house


@pytest.fixture
async def rini(house: AdminHouse) -> Person:
    person = Person(house)
    await person.sign_in("rini")
    return person


async def test_who_reads_can_ask_for_the_same_page_again(rini: Person) -> None:
    answer = await rini.get(f"{PATH}?q=x&page=2")
    assert (answer.status, answer.header("retry-after")) == (503, "2")
    assert "Too busy right now Please try again in a moment." in rini.text
    assert f'<a class="btn btn--main" href="{PATH}?q=x&amp;page=2">' in rini.page


async def test_who_sent_something_is_told_that_it_was_not_saved(rini: Person) -> None:
    await rini.get("/admin")
    assert (await rini.post(PATH, {"name": "x"})).status == 503
    assert "What you just sent was not saved. Please try again in a moment." in rini.text
    assert 'class="btn btn--main"' not in rini.page
