"""No setting is inert (lesson D15): each has a reader, and setting it changes what people get."""

import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from pantau.site.values import KEYS
from tests.safety.house import House, open_house

pytestmark = pytest.mark.anyio

SOURCE: Final = Path("src/pantau")
WALL, ENGLISH = "/", "/?lang=en"
CSP: Final = "content-security-policy"
Probe = Callable[["Hub"], Awaitable[str]]


@dataclass
class Hub:
    """A running web process with an admin signed in."""

    house: House
    session: str

    async def see(self, path: str) -> str:
        told = await self.house.ask("GET", path, cookie=self.session)
        assert told.status == 200, (path, told.status)
        return told.text

    async def header(self, path: str) -> str:
        return (await self.house.ask("GET", path)).headers[CSP]

    async def put(self, name: str, value: object) -> None:
        told = await self.house.ask(
            "PUT", f"/api/settings/{name}", json={"value": value}, bearer=self.session
        )
        assert told.status == 200, (name, told.text)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def hub(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """One for the module: no test cares for what another has set."""
    async with open_house(tmp_path_factory.mktemp("keys") / "data") as house:
        await house.add_user("boss", "admin")
        yield Hub(house, (await house.sign_in("boss")).access_token)


def at(path: str) -> Probe:
    return lambda hub: hub.see(path)


def csp(hub: Hub) -> Awaitable[str]:
    return hub.header(WALL)


BRANDING: Final = at("/api/branding/public")
LANDING: Final = at("/api/settings/landing-page")
TEXTS: Final[Mapping[str, str]] = {
    "company_name": WALL, "company_tagline": WALL, "company_description": WALL, "city_name": WALL,
    "province_name": WALL, "hero_title": WALL, "hero_subtitle": WALL, "footer_text": WALL,
    "copyright_text": WALL, "meta_title": WALL, "meta_description": WALL, "meta_keywords": WALL,
}  # fmt: skip
PROBED: Final[Mapping[str, tuple[object, str, tuple[Probe, ...]]]] = {
    # key: what is set, what must be seen then and was not before, and where
    **{
        f"branding.{name}": (f"Seen {name}", f"Seen {name}", (at(path), BRANDING))
        for name, path in TEXTS.items()
    },
    **{
        f"english.{name}": (f"Read {name}", f"Read {name}", (at(ENGLISH),))
        for name in (
            "company_tagline", "company_description", "hero_title", "hero_subtitle", "footer_text",
            "meta_title", "meta_description", "area_coverage", "hero_badge", "section_title",
        )
    },
    **{
        f"landing.{name}": (f"Seen {name}", f"Seen {name}", (at(WALL), LANDING))
        for name in ("area_coverage", "hero_badge", "section_title")
    },
    "branding.logo_text": ("QX", "QX</b>", (at(WALL),)),
    "branding.primary_color": ("#cc2299", "/warna/", (at(WALL),)),
    "branding.show_powered_by": (True, "Memakai Pantau", (at(WALL),)),
    "branding.whatsapp_number": ("0812 345 678", "https://wa.me/62812345678", (at(WALL),)),
    "branding.watermark_enabled": (True, '"watermark_enabled":"true"', (BRANDING,)),
    "branding.watermark_text": ("Mine", '"watermark_text":"Mine"', (BRANDING,)),
    "branding.watermark_position": ("top-left", '"top-left"', (BRANDING,)),
    "branding.watermark_opacity": (0.25, '"0.25"', (BRANDING,)),
    "map_center": (
        {"latitude": -1.25, "longitude": 110.5, "zoom": 9, "name": "Somewhere"},
        "-1.25",
        (at("/api/settings/map-center"), at("/admin/areas/new")),
    ),
    "map.tiles": (
        "https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example",
        (csp, at("/admin/areas/new")),
    ),
    "map.credit": ("Tiles of ours", "Tiles of ours", (at("/admin/areas/new"),)),
    "community.feedback_enabled": (False, "", (at(WALL),)),
    "app.offered": (False, "", (at(WALL), at("/sw.js"))),
}  # fmt: skip
NAMES: Final = {
    "map_center": "map_default_center",
    "landing.area_coverage": "landing_area_coverage",
    "landing.hero_badge": "landing_hero_badge",
    "landing.section_title": "landing_section_title",
}
ELSEWHERE: Final[Mapping[str, str]] = {
    # Proven by tests of their own; here only that somebody reads them at all.
    "viewers.keep_addresses": "viewers",
    "viewers.address_days": "viewers",
    "viewers.history_days": "viewers",
    "community.votes_enabled": "feedback",
    "community.feedback_days": "feedback",
    "donation.enabled": "sponsors",
    "donation.link": "sponsors",
    "donation.leaderboard_link": "sponsors",
    "sharing.embed": "portal",
    "sharing.embed_origins": "site",
}
BELOW: Final = {"time.zone", "pictures.logo", "pictures.icon", "pictures.small_icon"}


def test_every_key_has_a_proof() -> None:
    assert {*PROBED, *ELSEWHERE, *BELOW} == set(KEYS)


@pytest.mark.parametrize("key", ELSEWHERE)
def test_a_setting_of_another_part_is_read_there(key: str) -> None:
    name = re.compile(rf"\.{key.partition('.')[2]}\b")
    folder = SOURCE / ELSEWHERE[key]
    assert any(name.search(path.read_text()) for path in folder.rglob("*.py")), key


async def test_setting_a_key_changes_what_people_get_at_once(hub: Hub) -> None:
    for key, (value, seen, probes) in PROBED.items():
        before = [await probe(hub) for probe in probes]
        await hub.put(NAMES.get(key, key), value)
        for probe, was in zip(probes, before, strict=True):
            now = await probe(hub)
            assert now != was, key
            assert seen in now, key
            assert not seen or seen not in was, key


async def test_the_zone_holds_without_a_restart_and_its_change_is_on_the_record(hub: Hub) -> None:
    zone = hub.house.base.site.zone
    assert '"Asia/Jakarta (WIB, UTC+7)"' in (await hub.house.ask("GET", "/health")).text
    for said, key, short in (
        ("WITA", "Asia/Makassar", "WITA"),
        ("wit", "Asia/Jayapura", "WIT"),
        ("America/St_Johns", "America/St_Johns", "NST"),
    ):
        told = await hub.house.ask(
            "PUT", "/api/admin/settings/timezone", json={"timezone": said}, bearer=hub.session
        )
        assert told.json["data"] == {"timezone": key, "shortName": short}
        assert f'"{key} (' in (await hub.house.ask("GET", "/health")).text
        assert zone().key == key
    await hub.put("landing_hero_badge", "One")
    await hub.put("landing_hero_badge", "Two")
    told = await hub.house.ask("GET", "/api/admin/audit?limit=50", bearer=hub.session)
    newest = {entry["name"]: entry for entry in reversed(told.json["data"])}
    assert newest["timezone_updated"]["details"]["after"] == {"time.zone": "America/St_Johns"}
    badge = newest["settings_updated"]
    assert (badge["username"], badge["target"]) == ("boss", "setting landing_hero_badge")
    assert badge["details"]["before"] == {"landing.hero_badge": "One"}
    assert badge["details"]["after"] == {"landing.hero_badge": "Two"}


async def test_uploaded_pictures_are_shown_and_those_before_are_gone(hub: Hub) -> None:
    kept: set[str] = set()
    for colour in ("red", "blue"):
        for name in ("logo", "icon"):
            await upload(hub, name, png(colour))
        wall, manifest = await hub.see(WALL), await hub.see("/api/config/manifest")
        logo = re.search(r'<img src="(/gambar/[0-9a-f]{32}\.webp)"', wall)
        icons = re.findall(r"/gambar/[0-9a-f]{32}\.png", manifest)
        assert logo
        assert len(icons) == 2
        assert icons[1] in wall
        assert '"sizes":"192x192"' in manifest
        assert '"sizes":"512x512"' in manifest
        for path in kept:
            assert await hub.house.ask_bytes(path) == 404
        kept = {logo[1], *icons}
        for path in kept:
            assert await hub.house.ask_bytes(path) == 200
        moved = await hub.house.ask("GET", "/favicon.ico")
        assert moved.headers["location"] == icons[1]
    for name in ("logo", "icon"):
        await upload(hub, name, None)
    assert "/gambar/" not in await hub.see(WALL)
    assert "/gambar/" not in await hub.see("/api/config/manifest")


def png(colour: str) -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (600, 300), colour).save(into, "PNG")
    return into.getvalue()


async def upload(hub: Hub, name: str, picture: bytes | None) -> None:
    house, token = hub.house, hub.house.csrf()
    edge = "0f0f"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'.encode()
    ]
    if picture is None:
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="remove"\r\n\r\n1\r\n'.encode()
        )
    else:
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n'
        parts.append(head.encode() + b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n")
    parts.append(f"--{edge}--\r\n".encode())
    url = f"http://127.0.0.1:{house.port}/admin/settings/looks/{name}"
    headers = {
        "content-type": f"multipart/form-data; boundary={edge}",
        "cookie": f"token={hub.session}; csrf_token={token}",
    }
    async with house.http.post(
        url, data=b"".join(parts), headers=headers, allow_redirects=False
    ) as answer:
        assert answer.status == 303, await answer.text()
