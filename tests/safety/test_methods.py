"""Methods that an address does not have: 405, and `Allow` says which it has."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.app.description import describe
from tests.safety.house import House, open_house
from tests.safety.rows import HOT

pytestmark = pytest.mark.anyio

WRITES: Final = {"POST", "PUT", "PATCH", "DELETE"}
ALWAYS: Final = {"OPTIONS"}


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    limits = {f"{kind}_per_minute": 10**6 for kind in ("public", "auth", "admin", "reads")}
    async with open_house(tmp_path / "data", limits=limits) as house:
        yield house


def addresses() -> Iterator[tuple[str, set[str]]]:
    """Yield an address of every path, and the methods of all paths that it fits."""
    paths: dict[str, dict[str, Any]] = describe()["paths"]
    for path in paths:
        address = path.replace("{id}.jpg", "1.jpg")
        address = re.sub(r"\{\w+\}", "1", address)
        methods = {
            method.upper()
            for other, operations in paths.items()
            # What the fast lane answers never gets as far as the paths that it would fit.
            if other == path or (path not in HOT and _fits(other, address))
            for method in operations
        }
        yield address, methods | ({"HEAD"} if "GET" in methods else set()) | ALWAYS


def _fits(path: str, address: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)), address))


async def test_other_methods_are_refused_and_allow_tells_which_are_not(house: House) -> None:
    await house.add_user("admin-a", "admin")
    token = (await house.sign_in("admin-a")).access_token
    wrong = []
    for address, methods in addresses():
        for method in sorted((WRITES | {"GET"}) - methods):
            answer = await house.ask(method, address, bearer=token)
            allowed = set(answer.headers.get("allow", "").split(", "))
            if (answer.status, allowed) != (405, methods):
                wrong.append((method, address, answer.status, sorted(allowed ^ methods)))
    assert wrong == []


async def test_options_tell_the_methods(house: House) -> None:
    wrong = []
    for address, methods in addresses():
        answer = await house.ask("OPTIONS", address)
        allowed = set(answer.headers.get("allow", "").split(", "))
        if (answer.status, allowed) != (204, methods):
            wrong.append((address, answer.status, sorted(allowed ^ methods)))
    assert wrong == []
