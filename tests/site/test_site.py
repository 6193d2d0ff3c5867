"""What the site says: neutral until an operator says otherwise, plain text, and never broken."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pantau.core.errors import Invalid, NotFound
from pantau.db.database import Database
from pantau.site.api import BRANDING, LANDING, MAP_CENTER, site_routes
from pantau.site.service import SiteService
from pantau.site.values import KEYS, SiteValues, defaults_for
from pantau.web.exchange import Reply
from tests.support.hub import Hub, response_cache
from tests.support.requests import hot

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
    assert told[LANDING]["area_coverage"] == ("RW 1 &amp; 2 &lt;script&gt;alert(1)&lt;/script&gt;")
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
            "landing": {"area_coverage": "O", "hero_badge": "P", "section_title": "Q"},
            "map_center": {"latitude": 1, "longitude": 2, "zoom": 3, "name": "R"},
            "donation": {
                "enabled": True, "link": "https://a.example/x", "leaderboard_link": "http://b.example",
            },
        }
    )  # fmt: skip
    written = other.model_dump()
    for key in KEYS:
        group, _, name = key.partition(".")
        await put(hub, {key: written[group][name] if name else written[group]})
    assert await service(hub).values() == other
