"""Who watches never has endpoints or operators' pages loaded; who asks for one gets it at once."""

from pathlib import Path

import pytest

from tests.safety.house import House, open_house
from tests.safety.rows import HOT

pytestmark = pytest.mark.anyio

STRANGE = ("/wp-login.php", "/.env", "/api/v1/users", "/api", "/cgi-bin/x", "/admin.php")


async def test_visitors_load_nothing_of_it(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        seen = {path: (await house.ask("GET", path)).status for path in sorted(HOT - _LEAVES)}
        lost = {path: (await house.ask("GET", path)).status for path in STRANGE}
        beat = await house.ask("POST", "/api/viewer/heartbeat", json={"sessionId": "none"})

        assert {seen["/"], seen["/api/stream"], seen["/status"], seen["/peta"]} == {200}
        assert max(status for path, status in seen.items() if path not in _NOT_READY) < 500
        assert set(lost.values()) == {404}
        assert beat.status == 200
        assert not house.rest.is_loaded


async def test_the_first_who_asks_has_it_loaded_and_an_answer(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        page = await house.ask("GET", "/admin/sign-in", accept="text/html")
        assert page.status == 200
        assert "username" in page.text
        assert house.rest.is_loaded
        assert await _refusal(house) == 401


async def _refusal(house: House) -> int:
    """Return how a page of operators refuses a stranger, once what draws it is loaded."""
    told = await house.ask("GET", "/admin/users", accept="text/html")
    assert "/admin/sign-in" in told.text
    return told.status


_LEAVES = frozenset({"/health/heard"})
_NOT_READY = frozenset({"/health", "/health/ready", "/api/health"})
"""Tell that no media server runs here."""
