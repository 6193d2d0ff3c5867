"""The wizard and the API in a running web process: upload, rows, writing, undo, export."""

import html
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy
from typing import Any

import aiohttp
import pytest

from pantau.cameras.importing.candidates import MOST_BYTES
from pantau.core.clock import SystemClock
from pantau.db.place import FILE_NAME
from tests.cameras.importing import catalogues
from tests.cameras.importing.catalogues import PLAIN, as_bytes
from tests.safety.house import House, Told, open_house

pytestmark = pytest.mark.anyio

IMPORTS = "/api/admin/camera-imports"
CITY = as_bytes([*PLAIN, catalogues.GRESIK, {"name": "rusak"}])


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One loop for all tests of this file, which share their house."""
    return "asyncio"


@pytest.fixture(scope="module")
async def house(
    anyio_backend: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """For many tests: each takes back what it imported."""
    folder = tmp_path_factory.mktemp("imports")
    copy(sqlite_template, folder / FILE_NAME)
    async with open_house(folder) as house:
        await house.add_user("rini", "admin")
        yield house


async def send(
    house: House, path: str, fields: list[tuple[str, Any]], **headers: str
) -> tuple[int, str, str]:
    """Send a form with a file; return status, body and where it sends."""
    form = aiohttp.FormData()
    for name, value in fields:
        if isinstance(value, bytes):
            file = io.BytesIO(value)
            form.add_field(name, file, filename="kota.json", content_type="application/json")
        else:
            form.add_field(name, value)
    url = f"http://127.0.0.1:{house.port}{path}"
    async with house.http.post(url, data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("location", "")


async def until_done(house: House, path: str, **who: str) -> dict[str, Any]:
    clock = SystemClock()
    for _ in range(3_000):
        told = await house.ask("GET", path, **who)
        data: dict[str, Any] = told.json["data"]
        if data["state"] != "preview":
            return data
        await clock.sleep(0.01)
    raise AssertionError("it was never written")


async def test_a_program_imports_looks_and_takes_back(house: House) -> None:
    bearer = (await house.sign_in("rini")).access_token
    status, body, _ = await send(
        house, IMPORTS, [("file", CITY), ("profile", "generic")], authorization=f"Bearer {bearer}"
    )
    made = json.loads(body)["data"]
    assert (status, made["state"], made["summary"]) == (
        201,
        "preview",
        {"create": 3, "update": 0, "skip": 0, "refuse": 1},
    )
    one = f"{IMPORTS}/{made['id']}"
    page = (await house.ask("GET", f"{one}/rows?limit=3", bearer=bearer)).json
    assert [row["decision"] for row in page["data"]] == ["create"] * 3
    assert page["pagination"] == {"limit": 3, "next_cursor": "3"}
    assert "rahasia" not in str(page)
    rest = (await house.ask("GET", f"{one}/rows?cursor=3", bearer=bearer)).json
    assert [row["name"] for row in rest["data"]] == ["rusak"]
    choices = {**made["options"], "area_rule": "one", "area": "Wanasari"}
    assert (await house.ask("PUT", f"{one}/options", json=choices, bearer=bearer)).status == 200
    assert (await house.ask("POST", f"{one}/undo", bearer=bearer)).status == 409
    assert (await house.ask("POST", f"{one}/apply", bearer=bearer)).status == 202
    begun = (await house.ask("GET", one, bearer=bearer)).json["data"]
    assert begun["state"] == "applied" or begun["progress"]["phase"] != "idle"
    data = await until_done(house, one, bearer=bearer)
    assert data["state"] == "applied"
    assert (await house.ask("POST", f"{one}/apply", bearer=bearer)).status == 409
    listed = (await house.ask("GET", "/api/cameras", bearer=bearer)).json
    assert {camera["area_name"] for camera in listed["data"]} == {"Wanasari"}
    export = "/api/admin/cameras/export"
    assert "rahasia" not in (await house.ask("GET", export, bearer=bearer)).text
    secret = await house.ask("GET", f"{export}?with_secrets=true", bearer=bearer)
    assert "rahasia" in secret.text
    assert secret.headers["cache-control"] == "no-store"
    key = await house.add_key("cameras:write")
    assert (await house.ask("GET", f"{export}?with_secrets=true", key=key)).status == 403
    undone = await house.ask("POST", f"{one}/undo", bearer=bearer)
    assert undone.json["data"] == {"deleted": 3, "restored": 0, "kept": 0}


async def test_what_cannot_be_read_is_refused_with_its_field(house: House) -> None:
    bearer = f"Bearer {(await house.sign_in('rini')).access_token}"
    cases: list[tuple[list[tuple[str, Any]], int, str]] = [
        ([("file", b"[{]")], 400, "file"),
        ([("text", "")], 400, "file"),
        ([("text", "[]")], 400, "file"),
        ([("file", CITY), ("profile", "nonsense")], 400, "profile"),
        ([("file", CITY), ("area_rule", "nonsense")], 400, "area_rule"),
    ]
    for fields, expected, field in cases:
        status, body, _ = await send(house, IMPORTS, fields, authorization=bearer)
        assert (status, json.loads(body)["errors"][0]["field"]) == (expected, field), body
    large = b" " * (MOST_BYTES + 10)
    status, body, _ = await send(house, IMPORTS, [("file", large)], authorization=bearer)
    assert status == 413, body


async def test_the_wizard_works_without_a_script(house: House) -> None:
    cookie = (await house.sign_in("rini")).access_token
    token = house.csrf()
    jar = f"token={cookie}; csrf_token={token}; pantau_language=en"

    async def page(path: str) -> str:
        told: Told = await house.ask("GET", path, Cookie=jar)
        assert told.status == 200, path
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", told.text)).split())

    assert "Nothing is written yet" in await page("/admin/cameras/import")
    begin = [("csrf_token", token)]
    path = "/admin/cameras/import"
    assert (await send(house, path, [("file", CITY), *begin], cookie=jar))[0] == 403
    status, body, _ = await send(house, path, [*begin, ("text", "[{]")], cookie=jar)
    assert (status, "line 1, column 3" in body) == (400, True)
    status, _, here = await send(
        house, path, [*begin, ("area_rule", "fields"), ("file", CITY)], cookie=jar
    )
    number = here.removeprefix("/admin/cameras/import/")
    assert (status, number.isdigit()) == (303, True)
    text = await page(here)
    assert "Write 3 cameras" in text
    assert "The row has no address of a stream." in text
    assert "rtsp://admin:***@10.9.8.7:554/ch1" in text
    assert "Refused" in await page(f"{here}?decision=refuse")

    async def press(action: str, **fields: str) -> int:
        form = {"csrf_token": token, **fields}
        url = f"http://127.0.0.1:{house.port}{here}/{action}"
        async with house.http.post(
            url, data=form, headers={"cookie": jar}, allow_redirects=False
        ) as answer:
            return answer.status

    assert await press("options", profile="private-rtsp", area_rule="none") == 303
    assert "Write 1 camera" in await page(here)
    assert await press("apply") == 303
    await until_done(house, f"{IMPORTS}/{number}", Cookie=jar)
    assert "Take the whole import back" in await page(here)
    assert await press("undo") == 303
    assert "deleted again" in await page(here)
    assert "kota.json" in await page(path)
    assert "Export cameras" in await page("/admin/cameras/export")
    assert "ONVIF devices" in await page(f"{path}/search")


async def test_the_public_learns_nothing_of_where_imported_cameras_come_from(
    house: House,
) -> None:
    bearer = (await house.sign_in("rini")).access_token
    rows = as_bytes(
        [
            {**catalogues.SUMEDANG_RAW, "source_site": "https://s.cctv.example/lokasi"},
            {**catalogues.GRESIK, "description": "rtsp://admin:rahasia@10.9.8.7:554/ch1"},
            catalogues.JOMBANG,
        ]
    )
    _, body, _ = await send(house, IMPORTS, [("file", rows)], authorization=f"Bearer {bearer}")
    one = f"{IMPORTS}/{json.loads(body)['data']['id']}"
    await house.ask("POST", f"{one}/apply", bearer=bearer)
    await until_done(house, one, bearer=bearer)
    public = ""
    clock = SystemClock()
    for _ in range(1_000):
        public = (await house.ask("GET", "/api/cameras/active")).text
        if "Terminal Ciakar" in public:
            break
        await clock.sleep(0.01)
    public += (await house.ask("GET", "/api/stream")).text
    public += (await house.ask("GET", "/", accept="text/html")).text
    assert "Terminal Ciakar" in public
    for secret in ("s.cctv.example", "rahasia", "10.9.8.7", "zm.cctv.example", "AAA111"):
        assert secret not in public
    assert (await house.ask("POST", f"{one}/undo", bearer=bearer)).status == 200
