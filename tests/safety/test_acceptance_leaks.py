"""Acceptance: nothing that the public can read holds a secret, a camera's address or a path."""

import base64
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urldefrag

import aiohttp
import pytest
from yarl import URL

import pantau
from pantau.web.endpoints import rules_of
from tests.safety.house import PASSWORD, House, open_house
from tests.safety.outsider import CAMERA_HOST, CAMERA_PASSWORD, add_cameras, page

pytestmark = pytest.mark.anyio

STARTS: Final = (
    "/api/stream/1",
    "/api/stream/3",
    "/api/stream/1/token",
    "/api/thumbnails/1.jpg",
    "/kamera/1",
    "/kamera/3",
    "/k/1",
    "/api/cameras",
    "/api/cameras/1",
    "/api/sponsors/active",
    "/api/sponsors/cameras",
    "/api/settings",
    "/api/settings/telegram_config",
    "/api/users",
    "/api/auth/verify",
    "/admin",
    "/admin/sign-in",
    "/admin/welcome?token=x",
    "/metrics",
    "/nowhere",
    "/assets/../pantau.toml",
    "/pantau.toml",
    "/.env",
    "/api/backup/export",
    "/api/admin/backup/export",
    "/?lang=en",
    "/?lang=id",
)
_PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
WORDS: Final = (
    "rtsp://",
    "operator:g",
    CAMERA_PASSWORD,
    CAMERA_HOST,
    PASSWORD,
    "argon2",
    "$2b$",
    "Traceback",
    "site-packages",
    "sqlite",
    "postgres",
    "secret.key",
    "sealing.keys",
    "Hidden",
)
MOST_VARIANTS: Final = 8
_ADDRESS: Final = re.compile(rb"""["'(](/[^"'()\s<>\\]*)""")


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as house:
        await house.add_user("boss", "admin")
        await add_cameras(house)
        yield house


async def secrets_of(house: House) -> dict[str, str]:
    """Return everything that must not be read, by what it is."""
    session = await house.sign_in("boss")
    secret = house.base.secret
    places = {
        "data folder": str(house.base.settings.data_dir),
        "sockets": str(house.base.settings.sockets_dir),
        "source": str(Path(pantau.__file__).parent),
    }
    return {
        **{word: word for word in WORDS},
        **places,
        "access token": session.access_token,
        "refresh token": session.refresh_token,
        "device token": session.device_token,
        "API key": await house.add_key("metrics:read"),
        "secret": secret.hex(),
        "secret as base64": base64.b64encode(secret).decode().rstrip("="),
    }


async def test_nothing_public_holds_a_secret(house: House) -> None:
    secrets = await secrets_of(house)
    starts = [*STARTS, *house.lane._exact]
    starts += [path for method, path, _ in rules_of(await house.application()) if method == "GET"]
    found, seen = [], {}
    async for path, status, text in _crawl(house, starts):
        seen[path] = status
        found += [f"{path} ({status}): {what}" for what, word in secrets.items() if word in text]
    assert found == []
    assert len(seen) > 60
    assert {seen["/api/stream"], seen["/"], seen["/api/openapi.json"]} == {200}
    assert seen["/api/stream/3"] == seen["/kamera/3"] == 404


async def test_defect_08_nobody_gets_the_address_of_a_camera_with_its_password(
    house: House,
) -> None:
    """Not even people who are signed in: those who run cameras read the address without it."""
    await house.add_user("eve", "viewer")
    nobody = (CAMERA_PASSWORD, "argon2")
    for name, words in (("boss", nobody), ("eve", (*nobody, "rtsp://", CAMERA_HOST))):
        token = (await house.sign_in(name)).access_token
        starts = [
            path for method, path, _ in rules_of(await house.application()) if method == "GET"
        ]
        async for path, status, text in _crawl(house, [*STARTS, *starts], token=token):
            if path.startswith("/assets/"):
                continue
            for word in (*words, token):
                assert word not in text, f"{name}: {path} ({status}): {word}"


async def test_refusals_repeat_nothing_that_was_typed(house: House) -> None:
    typed = "Typed-Kettle-Secret-9"
    bodies = (
        {"username": typed, "password": typed, "unknown": typed},
        {"username": 1, "password": [typed]},
        {"username": "boss", "password": typed},
    )
    async with page(house) as visitor:
        await visitor.load()
        for body in bodies:
            answer = await visitor.ask("POST", "/api/auth/login", body)
            assert answer.status in {400, 401}
            assert typed not in answer.text
        refused = await visitor.ask("GET", "/api/users", authorization=f"Bearer {typed}")
        assert typed not in refused.text + str(refused.headers)


async def _crawl(
    house: House, starts: list[str], *, token: str = ""
) -> AsyncIterator[tuple[str, int, str]]:
    """Yield every address that can be reached from `starts`, as programs and as people get it."""
    waiting, seen = list(dict.fromkeys(starts)), set(starts)
    variants: Counter[str] = Counter()
    cookies = {"token": token} if token else {}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        while waiting:
            path = waiting.pop()
            url = URL(f"http://127.0.0.1:{house.port}{path}", encoded=True)
            for accept in ("text/html", "application/json"):
                headers = {"accept": accept, "x-forwarded-for": "203.0.113.5"}
                async with http.get(
                    url, headers=headers, cookies=cookies, allow_redirects=False
                ) as answer:
                    body = await answer.read()
                    told = "".join(f"{name}: {text}\n" for name, text in answer.headers.items())
                yield path, answer.status, told + body.decode("utf-8", "replace")
                # What looks like an address inside of a picture is none.
                links = b"" if answer.content_type in _PICTURES else body
                fresh = set(_addresses(links, answer.headers.get("location", ""))) - seen
                # Lists can be narrowed and sorted in many ways that all show the same rows.
                wanted = [path for path in sorted(fresh) if _is_news(path, variants)]
                seen |= fresh
                waiting += wanted
                assert len(variants) < 500, "the crawl has no end"


def _is_news(path: str, variants: Counter[str]) -> bool:
    page = path.partition("?")[0]
    variants[page] += 1
    return variants[page] <= MOST_VARIANTS


def _addresses(body: bytes, location: str) -> Iterator[str]:
    for found in (*_ADDRESS.findall(body), location.encode()):
        path = urldefrag(found.decode("utf-8", "replace").replace("&amp;", "&"))[0]
        # Templates of addresses, and other hosts, are not ours to visit.
        if path.startswith("/") and not path.startswith("//") and not set(path) & set("{}$*"):
            yield path
