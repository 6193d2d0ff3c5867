"""What the site says: neutral until an operator says otherwise, plain text, and never broken."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pantau.core.clock import SystemClock
from pantau.core.errors import Invalid, NotFound
from pantau.core.pictures import Picture
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.site.api import BRANDING, LANDING, MAP_CENTER, site_routes
from pantau.site.pictures import PREFIX, PictureRoute, drop, keep, picture_path
from pantau.site.service import SiteService
from pantau.site.values import KEYS, English, SiteValues, defaults_for
from pantau.web.exchange import Reply
from tests.support.hub import Hub, response_cache
from tests.support.requests import hot
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


def service(hub: Hub) -> SiteService:
    defaults = defaults_for("Kota Kita", "Tirtasari")
    return SiteService(hub.database, clock=hub.clock, defaults=defaults)


async def put(hub: Hub, values: dict[str, object]) -> None:
    async with hub.database.write() as writing:
        await service(hub).put(writing, values, updated_by=3)


async def answers(hub: Hub) -> dict[str, Any]:
    async with response_cache(hub) as cache:
        told = {}
        for path, route in site_routes(service(hub), cache).items():
            answer = route.handler(hot(path))
            reply = await answer if inspect.isawaitable(answer) else answer
            assert isinstance(reply, Reply)
            body = json.loads(reply.body)
            assert body.keys() == {"success", "data"}
            told[path] = body["data"]
        return told


async def test_neutral_values_hold_until_something_is_set(
    database: Database, tmp_path: Path
) -> None:
    told = await answers(Hub(database, tmp_path))
    assert told[BRANDING] == {
        "company_name": "Kota Kita",
        "company_tagline": "",
        "company_description": "",
        "city_name": "Tirtasari",
        "province_name": "",
        "hero_title": "Kota Kita",
        "hero_subtitle": "",
        "footer_text": "",
        "copyright_text": "",
        "meta_title": "Kota Kita",
        "meta_description": "",
        "meta_keywords": "",
        "logo_text": "K",
        "primary_color": "#007277",
        "show_powered_by": "false",
        "whatsapp_number": "",
        "watermark_enabled": "false",
        "watermark_text": "",
        "watermark_position": "bottom-right",
        "watermark_opacity": "0.9",
    }
    assert told[MAP_CENTER].keys() == {"latitude", "longitude", "zoom", "name"}
    assert told[LANDING] == {"area_coverage": "", "hero_badge": "", "section_title": ""}


async def test_what_was_set_is_told_at_once(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    async with response_cache(hub) as cache:
        route = site_routes(service(hub), cache)[BRANDING]
        for name in ("Kota “Lain”", "門"):
            await put(hub, {"branding.company_name": name, "branding.watermark_enabled": True})
            answer = route.handler(hot(BRANDING))
            reply = await answer if inspect.isawaitable(answer) else answer
            assert isinstance(reply, Reply)
            branding = json.loads(reply.body)["data"]
            assert (branding["company_name"], branding["watermark_enabled"]) == (name, "true")


async def test_markup_is_text_to_clients_that_read_html(database: Database, tmp_path: Path) -> None:
    # Defect 28: stored texts ran as scripts on the first page.
    hub = Hub(database, tmp_path)
    await put(hub, {"landing.area_coverage": "RW 1 & 2 <script>alert(1)</script>"})
    told = await answers(hub)
    assert told[LANDING]["area_coverage"] == (
        "<p>RW 1 &amp; 2 &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )
    assert (await service(hub).values()).landing.area_coverage.startswith("RW 1 & 2 <script>")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("donation.link", "javascript:alert(1)"),
        ("donation.link", "https://"),
        ("donation.link", "javascript://host.example/%0aalert(1)"),
        ("branding.primary_color", "red;background:url(x)"),
        ("branding.whatsapp_number", "<b>"),
        ("branding.watermark_opacity", 2),
        ("branding.watermark_position", "middle"),
        ("branding.company_name", "a\x00b"),
        ("branding.company_name", None),
        ("branding.company_name", "x" * 201),
        ("map_center", {"latitude": 91, "longitude": 0, "zoom": 5, "name": ""}),
        ("map_center", {"latitude": 1, "longitude": 0, "zoom": 5, "name": "", "more": 1}),
        ("map_center", "[1,2]"),
    ],
)
async def test_value_that_its_rules_refuse_is_not_stored(
    sqlite_database: Database, tmp_path: Path, key: str, value: object
) -> None:
    hub = Hub(sqlite_database, tmp_path)
    with pytest.raises(Invalid) as refused:
        await put(hub, {"landing.hero_badge": "good", key: value})
    assert refused.value.field == key
    assert await service(hub).values() == defaults_for("Kota Kita", "Tirtasari")


@pytest.mark.parametrize(
    "key", ["telegram_bot_token", "branding.x", "branding", "", "map_center.x"]
)
async def test_key_that_nothing_reads_is_refused(
    sqlite_database: Database, tmp_path: Path, key: str
) -> None:
    with pytest.raises(NotFound):
        await put(Hub(sqlite_database, tmp_path), {key: "x"})


async def test_damaged_value_counts_as_not_set(database: Database, tmp_path: Path) -> None:
    # The reference answered 500 for one corrupt value.
    hub = Hub(database, tmp_path)
    await put(hub, {"map_center": {"latitude": 1, "longitude": 2, "zoom": 3, "name": "x"}})
    assert (await answers(hub))[MAP_CENTER]["zoom"] == 3
    async with database.write() as writing:
        await writing.session.execute(text("UPDATE site_values SET value = '\"{broken\"'"))
    assert (await answers(hub))[MAP_CENTER]["zoom"] == 5


async def test_every_key_can_be_stored_and_read_back(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    other = SiteValues.model_validate(
        {
            "branding": {
                "company_name": "A", "company_tagline": "B", "company_description": "C",
                "city_name": "D", "province_name": "E", "hero_title": "F", "hero_subtitle": "G",
                "footer_text": "H", "copyright_text": "I", "meta_title": "J",
                "meta_description": "K", "meta_keywords": "L", "logo_text": "M",
                "primary_color": "#000000", "show_powered_by": True, "whatsapp_number": "+62 812-1",
                "watermark_enabled": True, "watermark_text": "N", "watermark_position": "top-left",
                "watermark_opacity": 0.5,
            },
            "pictures": {"logo": "a" * 32, "icon": "b" * 32, "small_icon": "c" * 32},
            "english": {name: f"E {name}" for name in English.model_fields},
            "map": {"tiles": "https://{s}.tiles.example/{z}/{x}/{y}.png", "credit": "S"},
            "time": {"zone": "Asia/Jayapura"},
            "viewers": {"keep_addresses": True, "address_days": 1, "history_days": 2},
            "community": {
                "feedback_enabled": False, "votes_enabled": False, "feedback_days": 3,
            },
            "landing": {"area_coverage": "O", "hero_badge": "P", "section_title": "Q"},
            "map_center": {"latitude": 1, "longitude": 2, "zoom": 3, "name": "R"},
            "donation": {
                "enabled": True, "link": "https://a.example/x", "leaderboard_link": "https://b.example",
            },
        }
    )  # fmt: skip
    written = other.model_dump()
    for key in KEYS:
        group, _, name = key.partition(".")
        await put(hub, {key: written[group][name] if name else written[group]})
    assert await service(hub).values() == other


async def test_another_process_knows_within_moments_and_tells_its_pages(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    here, heard = service(hub), []
    here.on_change(lambda: heard.append(here.now().landing.hero_badge))
    supervisor = Supervisor(SystemClock())
    supervisor.add(Service("site.values", here.follow))
    try:
        assert here.now() == defaults_for("Kota Kita", "Tirtasari")
        # Somebody else of the same database: what they set comes here through the topic alone.
        await put(hub, {"landing.hero_badge": "New", "time.zone": "wita"})
        await until(lambda: heard == ["New"])
        assert (here.now().time.zone, here.zone().key) == ("Asia/Makassar", "Asia/Makassar")
        await put(hub, {"landing.hero_badge": "New"})
        await put(hub, {"landing.hero_badge": "Newer"})
        await until(lambda: "Newer" in heard)
        assert heard == ["New", "Newer"]
    finally:
        await supervisor.stop(deadline_s=5.0)


async def test_pictures_are_kept_for_ever_until_they_are_dropped(database: Database) -> None:
    route = PictureRoute(database)

    async def ask(rest: str) -> Reply:
        request = hot(f"{PREFIX}{rest}")
        request.rest = rest
        answer = route.handle(request)
        reply = await answer if inspect.isawaitable(answer) else answer
        assert isinstance(reply, Reply)
        return reply

    async with database.write() as writing:
        key = await keep(writing, Picture(data=b"RIFF", width_px=3, height_px=2))
    assert picture_path(key) == f"/gambar/{key}.webp"
    for _ in range(2):
        reply = await ask(f"{key}.webp")
        assert reply.body == b"RIFF"
        assert (b"cache-control", b"public, max-age=31536000, immutable") in reply.headers
    for other in (f"{key}.png", f"{key}", "x.webp", f"{'0' * 32}.webp", f"{key}.webp/"):
        with pytest.raises(NotFound):
            await ask(other)
    async with database.write() as writing:
        await drop(writing, key)
    with pytest.raises(NotFound):
        await ask(f"{key}.webp")
