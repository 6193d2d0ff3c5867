"""Who watches never has endpoints or operators' pages loaded; who asks for one gets it at once."""

import shutil
from pathlib import Path

import pytest

import pantau
from pantau.core.build import LOCK_NAME, build_id, is_replaced, lock_text
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


async def test_half_of_another_release_is_never_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_id()
    replaced = tmp_path / "src" / "pantau"
    shutil.copytree(Path(pantau.__file__).parent, replaced, ignore=_BYTECODE)
    (tmp_path / LOCK_NAME).parent.mkdir()
    (tmp_path / LOCK_NAME).write_text(lock_text() or "")
    async with open_house(tmp_path / "data") as house:
        monkeypatch.setattr("pantau.core.build._PACKAGE", replaced)
        assert not is_replaced()
        (replaced / "app" / "rest.py").write_text("# What the next release has there.\n")
        refused = await house.ask("GET", "/api/users/password-requirements")
        assert (refused.status, refused.code) == (503, "program.replaced")
        assert (await house.ask("GET", "/api/stream")).status == 200
        assert not house.rest.is_loaded

        shutil.rmtree(replaced)
        gone = await house.ask("GET", "/api/users/password-requirements")
        assert (gone.status, gone.code) == (503, "program.replaced")

        monkeypatch.undo()
        assert (await house.ask("GET", "/api/users/password-requirements")).status == 200


async def _refusal(house: House) -> int:
    """Return how a page of operators refuses a stranger, once what draws it is loaded."""
    told = await house.ask("GET", "/admin/users", accept="text/html")
    assert "/admin/sign-in" in told.text
    return told.status


_BYTECODE = shutil.ignore_patterns("__pycache__")
_LEAVES = frozenset({"/health/heard"})
_NOT_READY = frozenset({"/health", "/health/ready", "/api/health"})
"""Tell that no media server runs here."""
