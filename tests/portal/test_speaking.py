"""Writing and voting as browsers without a script do it, and what is announced: the whole web."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from pantau.core.ids import AreaId
from pantau.db import place as places
from pantau.feedback.senders import FormStamps
from pantau.notices import repository
from pantau.notices.values import Draft
from pantau.site.values import KEYS
from tests.safety.house import House, open_house
from tests.support.database import opened
from tests.support.hub import Hub
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.anyio

TEXT = "Gambar macet sejak tadi malam."
GOOD = {"camera": "1", "vote": "good"}
BAD = {"camera": "1", "vote": "bad"}
XSS = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@dataclass(frozen=True)
class Page:
    status: int
    headers: Mapping[str, str]
    text: str

    def field(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, name
        return found[1]


@dataclass
class Visitor:
    """A browser without a script: it keeps cookies and sends forms."""

    house: House
    cookies: dict[str, str]

    async def open(self, path: str) -> Page:
        return await self._ask("GET", path)

    async def send(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Page:
        return await self._ask("POST", path, urlencode(form), headers or {})

    async def _ask(
        self, method: str, path: str, body: str = "", more: Mapping[str, str] | None = None
    ) -> Page:
        headers = {"accept": "text/html", "accept-language": "id", **(more or {})}
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            headers["content-type"] = "application/x-www-form-urlencoded"
        url = f"http://127.0.0.1:{self.house.port}{path}"
        async with self.house.http.request(
            method, url, data=body or None, headers=headers, allow_redirects=False
        ) as answer:
            for cookie in answer.headers.getall("set-cookie", ()):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Page(
                answer.status,
                {name.lower(): value for name, value in answer.headers.items()},
                await answer.text(),
            )

    async def sees(self, path: str, words: str) -> None:
        """Wait until a page says so."""
        async with asyncio.timeout(PATIENCE_S):
            while words not in (await self.open(path)).text:
                continue

    async def write(self, page: Page, **form: str) -> Page:
        """Send the form of a page after a while, as people do."""
        self.house.clock.ahead_s += FormStamps.LEAST_S + 1
        hidden = {name: page.field(name) for name in ("csrf_token", "opened")}
        return await self.send("/masukan", {"message": TEXT, "website": "", **hidden, **form})


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running(
    anyio_backend: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("town")
    shutil.copy(sqlite_template, folder / places.FILE_NAME)
    place = places.sqlite_place(folder / places.FILE_NAME)
    async with opened(place) as database:
        hub = Hub(database, folder)
        await hub.add_area(1, "Wanasari")
        await hub.add_camera(1, name=f"Simpang {XSS}", area_id=AreaId(1))
        await hub.add_camera(2, name="Tertutup", enabled=False)
    async with open_house(folder, place) as house:
        yield house


@pytest.fixture
async def house(running: House) -> House:
    """The one house of this module: nobody wrote or voted, everything is as at first."""
    site = running.base.site
    async with running.base.database.write() as writing:
        await writing.session.execute(text("DELETE FROM feedbacks"))
        await site.forget(writing, KEYS)
    await until(lambda: site.now() == site.defaults)
    # No limit knows of what the test before has sent.
    running.clock.ahead_s += 3600
    return running


@pytest.fixture
def visitor(house: House) -> Visitor:
    return Visitor(house, {})


async def messages(house: House) -> list[dict[str, object]]:
    async with house.base.database.read() as reading:
        found = await reading.session.execute(text("SELECT * FROM feedbacks ORDER BY id"))
        return [dict(row) for row in found.mappings()]


async def test_a_message_without_a_script(house: House, visitor: Visitor) -> None:
    page = await visitor.open("/masukan?kamera=1&t=2026-03-01T07:30:15Z")
    assert page.status == 200
    assert page.headers["cache-control"] == "private, no-store"
    assert "<script>alert" not in page.text
    assert page.field("camera_id") == "1"
    assert 'value="2026-03-01T14:30:15"' in page.text
    wrong = await visitor.write(page, message=XSS[:9], email="x", camera_id="1")
    assert wrong.status == 400
    assert wrong.text.count('class="sorry small"') == 2
    assert "<script>alert" not in wrong.text
    sent = await visitor.write(wrong, camera_id="1", when="2026-03-01T14:30:15", name="Ani")
    assert (sent.status, sent.headers["location"]) == (303, "/masukan/terima-kasih")
    assert (await visitor.open(sent.headers["location"])).status == 200
    (one,) = await messages(house)
    assert (one["message"], one["name"], one["is_spam"]) == (TEXT, "Ani", 0)
    assert str(one["incident_at"]).startswith("2026-03-01 07:30:15")
    forged = {"message": TEXT, "csrf_token": "0" * 64}
    assert (await visitor.send("/masukan", forged)).status == 403


async def test_a_message_that_cannot_be_kept_just_now_stays_in_the_form(
    house: House, visitor: Visitor
) -> None:
    page = await visitor.open("/masukan")
    file = house.base.settings.data_dir / places.FILE_NAME
    other = await asyncio.to_thread(
        sqlite3.connect, file, isolation_level=None, check_same_thread=False
    )
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    try:
        refused = await visitor.write(page)
    finally:
        await asyncio.to_thread(other.execute, "ROLLBACK")
        await asyncio.to_thread(other.close)
    assert refused.status == 503
    assert "Pesan belum bisa disimpan saat ini." in refused.text
    assert "database." not in refused.text
    assert TEXT in refused.text
    assert (await visitor.write(refused)).status == 303


async def test_programs_are_told_the_same_and_sorted_out(house: House, visitor: Visitor) -> None:
    page = await visitor.open("/masukan")
    hidden = {name: page.field(name) for name in ("csrf_token", "opened")}
    hasty = await visitor.send("/masukan", {"message": TEXT, **hidden})
    trapped = await visitor.write(page, website="http://beli.example")
    stamped = await visitor.write(page, opened="123.abc")
    assert [each.status for each in (hasty, trapped, stamped)] == [303, 303, 303]
    assert [one["is_spam"] for one in await messages(house)] == [1, 1, 1]
    for _ in range(2):
        assert (await visitor.write(page)).status == 303
    refused = await visitor.write(page)
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 3000
    assert TEXT in refused.text


async def test_where_it_is_switched_off_there_is_no_form(house: House, visitor: Visitor) -> None:
    assert 'href="/masukan"' in (await visitor.open("/")).text
    off = {"community.feedback_enabled": False, "community.votes_enabled": False}
    async with house.base.database.write() as writing:
        await house.base.site.put(writing, off, updated_by=None)
    await until(lambda: not house.base.site.now().community.votes_enabled)
    closed = await visitor.open("/masukan")
    assert (closed.status, "<form" in closed.text) == (404, False)
    watch = (await visitor.open("/kamera/1-camera-1")).text
    assert "/masukan" not in watch
    assert "/suara" not in watch
    assert (await visitor.send("/suara", GOOD)).status == 404


async def test_votes_without_a_script(house: House, visitor: Visitor) -> None:
    path = "/kamera/1-camera-1"
    assert '<b data-part="good">0</b>' in (await visitor.open(path)).text
    voted = await visitor.send("/suara", GOOD)
    assert (voted.status, voted.headers["location"]) == (303, f"{path}#suara")
    assert "pantau_voter" in visitor.cookies
    again = await visitor.send("/suara", BAD)
    assert again.status == 303
    page = (await Visitor(house, {}).open(path)).text
    assert '<b data-part="good">0</b>' in page
    assert '<b data-part="bad">1</b>' in page
    script = await visitor.send("/suara", GOOD, {"accept": "application/json"})
    assert script.text == '{"good": 1, "bad": 0}'
    foreign = {"origin": "https://jahat.example", "sec-fetch-site": "cross-site"}
    assert (await visitor.send("/suara", BAD, foreign)).status == 403
    wrong: tuple[dict[str, str], ...] = ({**GOOD, "camera": "2"}, {**GOOD, "camera": "x"}, {})
    for form in wrong:
        assert (await visitor.send("/suara", form)).status in {400, 404}


async def test_announcements_come_and_go_by_the_clock(house: House, visitor: Visitor) -> None:
    now = house.clock.now()
    everywhere = Draft(
        title_id=f"Ditutup {XSS}",
        text_id=f"**Minggu** {XSS} [x](javascript:alert(1))",
        from_at=now + timedelta(hours=1),
        to_at=now + timedelta(hours=2),
    )
    of_area = Draft(title_id="Hanya Wanasari", target="area", area_id=1, on_watch=False)
    async with house.base.database.write() as writing:
        for draft in (everywhere, of_area):
            await repository.add(writing, draft, at=now)
    await visitor.sees("/wilayah/1-wanasari", "Hanya Wanasari")
    assert 'href="/wilayah/1-wanasari">Wanasari</a>' in (await visitor.open("/")).text
    paths = ("/", "/kamera/1-camera-1")
    for ahead_s, is_shown in ((0, False), (3601, True), (3600, False)):
        house.clock.ahead_s += ahead_s
        for path in paths:
            page = (await visitor.open(path)).text
            assert ("Ditutup" in page) is is_shown
            assert "<script>alert" not in page
            assert '="javascript:' not in page
        active = await house.ask("GET", "/api/announcements/active")
        assert ("Ditutup" in active.text) is is_shown
