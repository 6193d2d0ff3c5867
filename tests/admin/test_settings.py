"""The pages of settings: every field goes round, mistakes stand beside their fields, roles hold."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

import pytest

from pantau.admin.pages import MakePages
from pantau.admin.settings import SettingsPages
from pantau.admin.settings_fields import SECTIONS, Asked, groups_of
from pantau.db.database import Database
from pantau.site.editing import SiteEditing
from pantau.site.service import SiteService
from pantau.site.values import KEYS, MAP_CENTER, defaults_for, value_of
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person

pytestmark = pytest.mark.anyio

PAGE: Final = "/admin/settings"
EVIL: Final = "\"'><script>alert(1)</script>"
TYPED: Final[Mapping[str, str]] = {
    "branding.primary_color": "#cc2299", "branding.whatsapp_number": "+62 812 345",
    "branding.watermark_position": "top-left", "branding.watermark_opacity": "0,25",
    "branding.logo_text": "<b>", "map.tiles": "https://tiles.example/{z}/{x}/{y}.png?a=1&b=2",
    "time.zone": "Europe/Berlin", "sharing.embed": "listed",
    "sharing.embed_origins": "https://a.example\nhttps://*.b.example",
}  # fmt: skip
KEPT: Final[Mapping[str, object]] = {"branding.watermark_opacity": 0.25}
WRONG: Final[Mapping[str, str]] = {
    "colour": "red;", "choice": "middle", "zone": "Mars/Base", "number": "many", "line": "x" * 600,
    "lines": "x" * 2001, "markdown": "x" * 2001,
}  # fmt: skip
ELSEWHERE: Final = {"pictures", "donation"}


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[AdminHouse]:
    async with admin_house(sqlite_database, more=pages_on) as house:
        await house.add("rini", "admin")
        yield house


def site_on(house: AdminHouse) -> SiteService:
    defaults = defaults_for("Pantau", "Kota")
    return SiteService(house.database, clock=house.clock, defaults=defaults)


def pages_on(house: AdminHouse) -> tuple[MakePages, ...]:
    editing = SiteEditing(house.database, site_on(house), trail=house.trail)
    return (lambda frame: SettingsPages(frame, editing),)


def fields(section: str) -> list[Asked]:
    return [asked for group in groups_of(section, str) for asked in group.fields]


def typed_for(asked: Asked) -> str:
    if asked.kind == "flag":
        return "1"
    return TYPED.get(asked.key, "5" if asked.kind == "number" else EVIL)


def test_every_key_has_a_field() -> None:
    asked = {each.key for section in SECTIONS for each in fields(section)}
    others = {key for key in KEYS if key.partition(".")[0] in ELSEWHERE}
    assert asked | others | {MAP_CENTER} == set(KEYS)


async def test_every_field_goes_round_and_none_becomes_markup(
    house: AdminHouse, rini: Person
) -> None:
    site = site_on(house)
    for section in SECTIONS:
        sent: dict[str, object] = {asked.key: typed_for(asked) for asked in fields(section)}
        if section == "map":
            sent |= {"latitude": "-6.9, 110.4", "longitude": "", "zoom": "12", "center_name": EVIL}
        if section == "community":
            del sent["community.votes_enabled"]
        await rini.get(f"{PAGE}/{section}")
        await rini.send(f"{PAGE}/{section}", sent)
        assert "Saved." in rini.text
        assert "<script>alert" not in rini.page
        values = await site.values()
        for asked in fields(section):
            kept = value_of(values, asked.key)
            if asked.kind == "flag":
                assert kept == (asked.key != "community.votes_enabled"), asked.key
            elif asked.kind == "number":
                assert kept == KEPT.get(asked.key, 5), asked.key
            else:
                assert kept == typed_for(asked), asked.key
    center = (await site.values()).map_center
    assert (center.latitude, center.longitude, center.zoom, center.name) == (-6.9, 110.4, 12, EVIL)


async def test_a_mistake_stands_beside_its_field_and_saves_nothing(
    house: AdminHouse, rini: Person
) -> None:
    site = site_on(house)
    before = await site.values()
    for section in SECTIONS:
        asked_here = [asked for asked in fields(section) if asked.kind != "flag"]
        sent: dict[str, object] = {asked.key: WRONG[asked.kind] for asked in asked_here}
        await rini.get(f"{PAGE}/{section}")
        answer = await rini.post(f"{PAGE}/{section}", sent)
        assert answer.status == 400, section
        for asked in asked_here:
            assert asked.wrong in rini.text, asked.key
            assert f'aria-describedby="f-{asked.key}-hint"' in rini.page, asked.key
    for wrong in ({"latitude": "91"}, {"zoom": "0"}, {"zoom": "x"}, {"longitude": "NaN"}):
        good = {"latitude": "1", "longitude": "2", "zoom": "3", "center_name": "", "map.tiles": ""}
        answer = await rini.post(f"{PAGE}/map", {**good, **wrong})
        assert answer.status == 400
        assert "This is no place" in rini.text
    assert await site.values() == before


async def test_a_preview_shows_how_it_looks_and_saves_nothing(
    house: AdminHouse, rini: Person
) -> None:
    before = await site_on(house).values()
    await rini.get(f"{PAGE}/texts")
    sent: dict[str, object] = {asked.key: "" for asked in fields("texts")}
    sent |= {"branding.hero_subtitle": f"**Bold** {EVIL}", "preview": "1"}
    await rini.send(f"{PAGE}/texts", sent)
    assert "<strong>Bold</strong>" in rini.page
    assert "<script>alert" not in rini.page
    looks: dict[str, object] = {asked.key: typed_for(asked) for asked in fields("looks")}
    looks["preview"] = "1"
    looks["branding.primary_color"] = "#ffee00"
    await rini.send(f"{PAGE}/looks", looks)
    assert 'href="/warna/' in rini.page
    assert "would be hard to read on white (1.2 to 1" in rini.text
    assert await site_on(house).values() == before


async def test_a_section_goes_back_to_its_defaults_after_a_question(
    house: AdminHouse, rini: Person
) -> None:
    site = site_on(house)
    await rini.get(f"{PAGE}/map")
    sent = {"map.tiles": TYPED["map.tiles"], "map.credit": "Us"}
    place = {"latitude": "1", "longitude": "2", "zoom": "3", "center_name": "X"}
    await rini.send(f"{PAGE}/map", {**sent, **place})
    assert (await site.values()).map_center.name == "X"
    await rini.get(f"{PAGE}/map/reset")
    assert "Back to the defaults?" in rini.text
    await rini.send(f"{PAGE}/map/reset", {})
    assert await site.values() == site.defaults


async def test_whoever_is_no_admin_looks_and_changes_nothing(house: AdminHouse) -> None:
    await house.add("mata", "viewer")
    mata = Person(house)
    await mata.sign_in("mata")
    for section in SECTIONS:
        await mata.get(f"{PAGE}/{section}")
        assert "You can look here" in mata.text
        assert 'class="save"' not in mata.page
    answer = await mata.post(f"{PAGE}/time", {"time.zone": "WIT"})
    assert answer.status == 403
    assert (await mata.get(f"{PAGE}/nothing")).status == 404
