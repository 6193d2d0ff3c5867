"""Writing, voting and putting an announcement away in a real browser, with and without a script."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from pantau.core.clock import SystemClock
from pantau.db import place as places
from pantau.feedback.senders import FormStamps
from pantau.notices import repository
from pantau.notices.values import Draft
from tests.browser.sights import OVERFLOW, SMALL_TARGETS, open_page, read_by_everybody
from tests.safety.house import House, open_house
from tests.support.database import opened
from tests.support.hub import Hub

_PATIENCE_S = 45.0
_T = TypeVar("_T")
TEXT = "Ada pohon tumbang di depan pasar."
LONG = "SimpangEmpatJalanRayaPangeranKusumadilagaTerminalLamaMargaluyu"
CAMERA = "/kamera/1-camera-1"


@dataclass
class Town:
    house: House
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.house.port}"

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Have the server's loop do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE_S)

    async def announce(self, draft: Draft) -> None:
        async with self.house.base.database.write() as writing:
            await repository.add(writing, draft, at=SystemClock().now())

    async def messages(self) -> list[tuple[str, bool]]:
        async with self.house.base.database.read() as reading:
            found = await reading.session.execute(text("SELECT message, is_spam FROM feedbacks"))
            return [(message, bool(is_spam)) for message, is_spam in found]


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    file = folder / places.FILE_NAME
    file.write_bytes(sqlite_template.read_bytes())
    ready, held = threading.Event(), list[Town]()

    async def serve() -> None:
        place = places.sqlite_place(file)
        async with opened(place) as database:
            await Hub(database, folder).add_camera(1, name=LONG)
        async with open_house(folder, place) as house:
            held.append(Town(house, asyncio.get_running_loop(), asyncio.Event()))
            ready.set()
            await held[0].stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(_PATIENCE_S)
    yield held[0]
    held[0].loop.call_soon_threadsafe(held[0].stop.set)
    thread.join(_PATIENCE_S)


def fill_in(town: Town, page: Page) -> None:
    page.goto(f"{town.address}{CAMERA}")
    page.get_by_role("link", name="Laporkan masalah").click()
    page.get_by_label("Lokasi: kecelakaan").check()
    page.get_by_label("Pesan Anda").fill(TEXT)
    # People take their time; the server's clock is told so.
    town.house.clock.ahead_s += FormStamps.LEAST_S + 1


@pytest.mark.parametrize("has_script", [True, False])
def test_somebody_reports_a_problem(browser: Browser, town: Town, has_script: bool) -> None:
    before = town.run(town.messages())
    with open_page(browser, width=360, has_script=has_script) as page:
        fill_in(town, page)
        if has_script:
            assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}
            assert page.evaluate(SMALL_TARGETS) == []
            # Half covered by the bar that stays, a link is no target for axe.
            page.evaluate("scrollTo(0, 0)")
            read_by_everybody(page, "masukan")
            assert page.get_by_text("33 tertulis").is_visible()
        page.get_by_role("button", name="Kirim").click()
        expect(page.get_by_role("heading", name="Terima kasih")).to_be_visible()
    assert town.run(town.messages()) == [*before, (TEXT, False)]


def test_a_tap_is_a_vote_and_a_second_one_takes_it_back(browser: Browser, town: Town) -> None:
    with open_page(browser, width=360) as page:
        page.goto(f"{town.address}{CAMERA}")
        good, count = page.locator("button[value=good]"), page.locator("[data-part=good]")
        good.click()
        expect(count).to_have_text("1")
        expect(good).to_have_attribute("aria-pressed", "true")
        page.reload()
        expect(good).to_have_attribute("aria-pressed", "true")
        good.click()
        expect(count).to_have_text("0")
        expect(good).to_have_attribute("aria-pressed", "false")
        page.get_by_text("Tentang kamera ini").click()
        assert page.evaluate(OVERFLOW)["document"] == 0
        read_by_everybody(page, "kamera")


def test_a_banner_appears_can_be_put_away_and_ends(browser: Browser, town: Town) -> None:
    ends_at = town.house.clock.now() + timedelta(hours=1)
    town.run(town.announce(Draft(title_id=LONG, text_id="**Hati-hati**", to_at=ends_at)))
    with open_page(browser, width=360) as page, open_page(browser, width=360) as other:
        page.goto(town.address)
        banner = page.get_by_role("region", name="Pengumuman")
        # The process that draws hears of it within a second.
        for _ in range(400):
            if banner.count():
                break
            page.reload()
        expect(banner).to_be_visible()
        assert page.evaluate(OVERFLOW)["document"] == 0
        read_by_everybody(page, "wall")
        page.get_by_role("button", name="Tutup").click()
        expect(banner).to_be_hidden()
        page.goto(f"{town.address}{CAMERA}")
        expect(page.get_by_text("Hati-hati")).to_be_hidden()
        other.goto(f"{town.address}{CAMERA}")
        expect(other.get_by_text("Hati-hati")).to_be_visible()
        town.house.clock.ahead_s += 3601
        other.reload()
        assert other.get_by_text("Hati-hati").count() == 0
