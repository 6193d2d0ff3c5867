"""Every text that somebody can write, hostile: no page runs it, and none is torn by it."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from playwright.sync_api import Browser, Request

from pantau.db import place as places
from tests.browser.sights import OVERFLOW
from tests.safety.house import House, open_house

_PATIENCE_S: Final = 60.0
_T = TypeVar("_T")
MARKUP: Final = "\"'`><img src=x onerror=ran(1)><script>ran(2)</script><svg onload=ran(3)>{{7*7}}"
ENDS: Final = "</title></textarea></template></script><style>*{display:none}</style><base href=//e>"
TEXT: Final = f"{MARKUP} {ENDS}"
LINE: Final = TEXT[:100]
SOLID: Final = "=Margaluyu<b>" * 7
MARKDOWN: Final = f"""{TEXT}

[a](javascript:ran(4)) [b](data:text/html,<script>ran(5)</script>) [c](//evil.example)
[d](https:\\\\evil.example) <javascript:ran(6)> ![e](https://evil.example/x)
[g](java&#115;cript:ran(7)) [f](https://a.example/"onmouseover="ran(8)) [h](&#x1;javascript:ran(9))

- <a href=javascript:ran(10) onfocus=ran(11) autofocus>x</a> {SOLID}"""
PAGE: Final = "https://town.example.org/camera/7"
HOOK: Final = "https://hooks.example/s3cret-path"
BRANDING: Final = {
    "company_name": LINE,
    "company_tagline": SOLID,
    "company_description": TEXT,
    "city_name": LINE,
    "province_name": LINE,
    "hero_title": TEXT[:200],
    "hero_subtitle": MARKDOWN,
    "footer_text": TEXT,
    "copyright_text": LINE,
    "meta_title": LINE,
    "meta_description": TEXT,
    "meta_keywords": TEXT,
    "logo_text": "'\"><b>",
    "whatsapp_number": "0812 3456 789",
    "watermark_enabled": "true",
    "watermark_text": LINE,
}
ANNOUNCEMENT: Final = {
    "title_id": TEXT[:120],
    "title_en": SOLID,
    "text_id": MARKDOWN,
    "text_en": MARKDOWN,
    "link": "https://a.example/'onmouseover='ran(12)",
}
NOTICE: Final = {
    "owner": TEXT[:200],
    "purpose": TEXT,
    "retention": LINE,
    "contact": "x'onmouseover='ran(13)@a.example",
}
SPONSOR: Final = {
    "name": LINE,
    "url": "https://a.example/'onmouseover='ran(14)",
    "contact_name": LINE,
    "contact_email": "'onmouseover='ran(15)@a.example",
    "contact_phone": MARKUP[:20],
    "notes": TEXT,
}
WRITES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("POST", "/api/areas", {"name": LINE, "description": TEXT, "kelurahan": LINE}),
    (
        "POST",
        "/api/cameras",
        {
            "name": LINE,
            "description": TEXT,
            "location": LINE,
            "area_id": 1,
            "private_rtsp_url": PAGE,
            "kind": "embed",
            "latitude": -6.9,
            "longitude": 107.6,
        },
    ),
    ("POST", "/api/cameras", {"name": SOLID, "private_rtsp_url": "rtsp://10.9.9.9/x"}),
    ("POST", "/api/branding/bulk", {"settings": BRANDING}),
    ("POST", "/api/announcements", ANNOUNCEMENT),
    ("PUT", "/api/camera-notice", NOTICE),
    ("PUT", "/api/cameras/1/notice", NOTICE),
    ("PUT", "/api/areas/1/notice", NOTICE),
    ("POST", "/api/sponsors", SPONSOR),
    ("POST", "/api/sponsors/camera/1/assign", {"sponsor_id": 1}),
    (
        "PUT",
        "/api/saweria/settings",
        {"saweria_link": "https://a.example/'onmouseover='ran(16)", "enabled": True},
    ),
    ("POST", "/api/admin/alerts/targets", {"name": LINE, "to": {"form": "webhook", "url": HOOK}}),
    ("POST", "/api/admin/alerts/rules", {"name": LINE, "target_ids": [1], "camera_ids": [1]}),
    ("POST", "/api/admin/alerts/maintenance", {"scope": "hub", "minutes": 9, "reason": TEXT[:200]}),
    ("POST", "/api/admin/api-keys", {"clientName": LINE, "description": TEXT}),
    ("POST", "/api/recordings/tokens", {"label": LINE, "scope": "all", "note": TEXT}),
    (
        "POST",
        "/api/feedback",
        {
            "message": MARKDOWN[:1000],
            "name": LINE,
            "email": "x?bcc=boss%40evil.example&'onmouseover='ran@a.example",
            "camera_id": 1,
        },
    ),
    ("PATCH", "/api/feedback/1", {"notes": TEXT}),
    ("PUT", "/api/cameras/2/cut-off", {"reason": TEXT}),
)
SETTINGS: Final = {
    "landing_hero_badge": LINE,
    "landing_section_title": LINE,
    "landing_area_coverage": MARKDOWN,
    "english.hero_subtitle": MARKDOWN,
    "english.footer_text": TEXT,
}
PUBLIC: Final = ("/", "/?lang=en", "/k/1", "/masukan?kamera=1", "/status")
ADMIN: Final = (
    "/admin",
    "/admin/health",
    "/admin/cameras",
    "/admin/cameras/1",
    "/admin/cameras/1/notice",
    "/admin/areas",
    "/admin/areas/1",
    "/admin/analytics",
    "/admin/feedback",
    "/admin/feedback/1",
    "/admin/announcements",
    "/admin/announcements/1",
    "/admin/camera-notices",
    "/admin/sponsors",
    "/admin/sponsors/1",
    "/admin/sessions",
    "/admin/api-keys",
    "/admin/playback-tokens",
    "/admin/audit",
    "/admin/settings/texts",
    "/admin/settings/looks",
    "/admin/alerts",
    "/admin/alerts/targets/1",
    "/admin/alerts/rules/1",
    "/admin/backups",
)
LINKS: Final = """() => [...document.querySelectorAll("[href], [src], [action]")]
  .flatMap((each) => ["href", "src", "action"].map((name) => each.getAttribute(name)))
  .filter((to) => to && (/^\\s*(javascript|data|vbscript):|^[\\\\/]{2}|\\\\/i.test(to)
    || /^mailto:.*[?]/.test(to)))"""
TORN: Final = """() => [
  ...document.querySelectorAll("img[src=x], [onerror], [onload], [onmouseover], [onfocus], base"),
  ...document.querySelectorAll("main style, main script:not([src])"),
].map((each) => each.outerHTML.slice(0, 200))"""


@dataclass
class Town:
    house: House
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event
    token: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.house.port}"

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE_S)

    async def furnish(self) -> None:
        """Write all of it through the API, as an admin and as visitors."""
        await self.house.add_user("siti", "admin")
        self.token = (await self.house.sign_in("siti")).access_token
        for method, path, body in WRITES:
            told = await self.house.ask(
                method, path, json=body, bearer=self.token, user_agent=f"Firefox/1 {LINE}"
            )
            assert told.status < 300, (path, told.text)
        for key, value in SETTINGS.items():
            told = await self.house.ask(
                "PUT", f"/api/settings/{key}", json={"value": value}, bearer=self.token
            )
            assert told.status == 200, (key, told.text)


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / places.FILE_NAME).write_bytes(sqlite_template.read_bytes())
    ready, held = threading.Event(), list[Town]()

    async def serve() -> None:
        async with open_house(folder, places.sqlite_place(folder / places.FILE_NAME)) as house:
            held.append(Town(house, asyncio.get_running_loop(), asyncio.Event()))
            ready.set()
            await held[0].stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(_PATIENCE_S)
    held[0].run(held[0].furnish())
    yield held[0]
    held[0].loop.call_soon_threadsafe(held[0].stop.set)
    thread.join(_PATIENCE_S)


def test_nothing_that_somebody_wrote_runs_or_tears_a_page(browser: Browser, town: Town) -> None:
    # Without our policy, which would keep it from running: the pages must not need it.
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="id-ID", bypass_csp=True
    )
    context.add_cookies([{"name": "token", "value": town.token, "url": town.address}])
    page = context.new_page()
    ran: list[object] = []

    def note(said: object) -> None:
        ran.append(said)

    # A method of a list carries no mark of the driver's.
    page.expose_function("ran", note)
    page.on("request", lambda request: _note_foreign(request, town.address, ran))
    torn: dict[str, Any] = {}
    for path in (*PUBLIC, *ADMIN):
        answer = page.goto(town.address + path)
        assert answer is not None
        assert answer.status == 200, path
        found = [page.evaluate(LINKS), page.evaluate(TORN), page.evaluate(OVERFLOW)]
        if found != [[], [], {"document": 0, "bad": []}]:
            torn[path] = found
    context.close()
    assert (ran, torn) == ([], {})


def _note_foreign(request: Request, own: str, ran: list[object]) -> None:
    if not request.url.startswith((own, PAGE, "data:image/", "blob:")):
        ran.append(request.url)
