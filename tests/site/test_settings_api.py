"""Settings through the API: typed, all or nothing, round trip, on the record, for admins only."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest

from pantau.site.named import BRAND_KEYS, KEY_OF
from pantau.site.values import KEYS
from tests.safety.house import House, Told, open_house
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

EVIL: Final = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' {{7*7}}"
OTHER: Final[Mapping[str, object]] = {
    "branding.primary_color": "#123abc", "branding.show_powered_by": True,
    "branding.whatsapp_number": "+62 812 345", "branding.watermark_enabled": True,
    "branding.watermark_position": "top-left", "branding.watermark_opacity": 0.0,
    "branding.logo_text": "XY", "map_default_center":
        {"latitude": 0.0, "longitude": -0.5, "zoom": 1, "name": ""},
    "map.tiles": "http://{s}.tiles.example:8080/{z}/{x}/{y}.png", "time.zone": "Europe/Berlin",
    "viewers.keep_addresses": True, "viewers.address_days": 1, "viewers.history_days": 3650,
    "community.feedback_enabled": False, "community.votes_enabled": False,
    "community.feedback_days": 30, "donation.enabled": True,
    "donation.link": "https://give.example/us", "donation.leaderboard_link": "https://b.example/",
    "app.offered": False, "sharing.embed": "listed", "sharing.embed_origins": "https://a.example",
}  # fmt: skip
REFUSED: Final = (
    ("map_default_center", {"latitude": 1e999, "longitude": 1, "zoom": 3, "name": ""}),
    ("map_default_center", {"latitude": 10**400, "longitude": 1, "zoom": 3, "name": ""}),
    ("map_default_center", "{broken"),
    ("map_default_center", [1, 2]),
    ("landing_hero_badge", None),
    ("landing_hero_badge", {"a": 1}),
    ("landing_hero_badge", "nul\x00"),
    ("landing_hero_badge", "half \ud800"),
    ("landing_hero_badge", "two\nlines"),
    ("landing_section_title", "x" * 201),
    ("time.zone", "Asia"),
    ("time.zone", "../../etc/passwd"),
    ("map.tiles", "https://a;script-src *;@tiles.example/{z}/{x}/{y}"),
    ("map.tiles", "javascript:alert({z}{x}{y})"),
    ("viewers.address_days", 0),
    ("viewers.history_days", 1e400),
    ("community.feedback_enabled", "perhaps"),
    ("branding.watermark_opacity", "NaN"),
)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("settings") / "data") as house:
        await house.add_user("boss", "admin")
        yield house


@pytest.fixture
async def hub(running: House) -> tuple[House, str]:
    """The one house of this module, with nothing set, and its admin's session."""
    site = running.base.site
    async with running.base.database.write() as writing:
        await site.forget(writing, KEYS)
    await until(lambda: site.now() == site.defaults)
    return running, (await running.sign_in("boss")).access_token


async def put(house: House, session: str, name: str, value: object, **more: str) -> Told:
    body = {"value": value, **more}
    return await house.ask("PUT", f"/api/settings/{name}", json=body, bearer=session)


async def test_every_setting_comes_back_as_it_was_sent(hub: tuple[House, str]) -> None:
    house, session = hub
    for name in KEY_OF:
        value = OTHER.get(name, f"Said & kept: {name}")
        told = await put(house, session, name, value, description=f"About {name}")
        assert told.status == 200, (name, told.text)
        one = (await house.ask("GET", f"/api/settings/{name}", bearer=session)).json["data"]
        shown = f"<p>Said &amp; kept: {name}</p>" if "coverage" in name else value
        expected = value if name == "english.area_coverage" else shown
        assert one == {
            "key": name, "value": expected, "description": f"About {name}", "is_set": True,
        }  # fmt: skip
    everything = (await house.ask("GET", "/api/settings", bearer=session)).json["data"]
    assert everything.keys() == KEY_OF.keys()
    assert not [name for name in everything if "token" in name or "secret" in name]
    # What is read can be sent back, also by clients that know HTML and texts only.
    for name, value in everything.items():
        sent = json.dumps(value) if name == "map_default_center" else value
        assert (await put(house, session, name, sent)).status == 200
    assert (await house.ask("GET", "/api/settings", bearer=session)).json["data"] == everything


async def test_what_is_refused_changes_nothing_and_names_the_field(hub: tuple[House, str]) -> None:
    house, session = hub
    before = (await house.ask("GET", "/api/settings", bearer=session)).json
    for name, value in REFUSED:
        told = await put(house, session, name, value)
        assert (told.status, told.json["errors"][0]["field"]) == (400, "value"), (name, value)
    for about in ("nul\x00", "x" * 501):
        told = await put(house, session, "time.zone", "WIB", description=about)
        assert (told.status, told.json["errors"][0]["field"]) == (400, "description")
    for name in ("telegram_config", "branding", "pictures.logo", "a/b", "x" * 99):
        assert (await put(house, session, name, "x")).status == 404, name
    for body in ({}, {"value": 1, "more": 2}):
        path = "/api/settings/landing_hero_badge"
        assert (await house.ask("PUT", path, json=body, bearer=session)).status == 400
    for zone in ("Asia", "", "x" * 65, 7):
        path = "/api/admin/settings/timezone"
        told = await house.ask("PUT", path, json={"timezone": zone}, bearer=session)
        assert (told.status, told.json["errors"][0]["field"]) == (400, "timezone")
    assert (await house.ask("GET", "/api/settings", bearer=session)).json == before


async def test_branding_speaks_as_existing_clients_do(hub: tuple[House, str]) -> None:
    house, session = hub

    async def ask(method: str, path: str, body: Any = None) -> Told:
        return await house.ask(method, f"/api/branding/{path}", json=body, bearer=session)

    rows = (await ask("GET", "admin")).json["data"]
    assert [row["key"] for row in rows] == list(BRAND_KEYS)
    assert all(isinstance(row["value"], str) for row in rows)
    sent = {row["key"]: row["value"] for row in rows}
    sent |= {"show_powered_by": "true", "watermark_opacity": "0.5", "company_name": EVIL}
    told = await ask("POST", "bulk", {"settings": sent})
    assert told.json["data"] == {"updated_count": 20}
    after = {row["key"]: row for row in (await ask("GET", "admin")).json["data"]}
    assert {key: row["value"] for key, row in after.items()} == sent
    assert after["company_name"]["updated_by_username"] == "boss"
    assert (await house.ask("GET", "/api/branding/public")).json["data"] == sent
    for wrong in ({"company_name": "A", "primary_color": "red"}, {"nope": "x"}):
        told = await ask("POST", "bulk", {"settings": wrong})
        field = f"settings.{list(wrong)[-1]}"
        assert (told.status, told.json["errors"][0]["field"]) == (400, field)
    assert (await ask("PUT", "nope", {"value": "x"})).status == 404
    told = await ask("PUT", "watermark_text", {"value": "Mine"})
    assert told.json["data"]["value"] == "Mine"
    assert (await ask("POST", "reset")).status == 200
    public = (await house.ask("GET", "/api/branding/public")).json["data"]
    assert (public["company_name"], public["show_powered_by"]) == ("Pantau", "false")
    assert (public["watermark_text"], public["watermark_opacity"]) == ("Mine", "0.5")


async def test_no_text_becomes_markup_on_any_page(hub: tuple[House, str]) -> None:
    house, session = hub
    for name in KEY_OF:
        await put(house, session, name, EVIL)
    evil_markdown = "[x](javascript:alert(1)) ![i](https://x/y.png) <b onclick=alert(3)>q</b>"
    await put(house, session, "branding.hero_subtitle", evil_markdown)
    for path in ("/", "/?lang=en", "/status", "/nowhere", "/admin", "/admin/settings/texts"):
        page = (await house.ask("GET", path, cookie=session)).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert 'href="javascript' not in page, path
        assert "<b onclick" not in page, path
        assert "49" not in page.partition("<title>")[2].partition("</title>")[0], path
