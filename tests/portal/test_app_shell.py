"""The portal as an app: two apps that nobody mistakes, icons, a worker that knows its place."""

import io
import json
import re
from dataclasses import replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from pantau.core.errors import NotFound
from pantau.portal.app.manifest import admin_manifest, portal_manifest
from pantau.portal.app.shell import NEVER, AppShell
from pantau.site.app_icons import app_icon
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts, speech_of
from pantau.ui.render import Pages
from pantau.ui.site import Site
from tests.portal.cameras import NOW
from tests.portal.hot import answer_of, request

pytestmark = pytest.mark.anyio


SITE = Site(place="Kota Tirtasari", zone=ZoneInfo("Asia/Jakarta"))
assets_of_this_build = cache(read_assets)


class Hub:
    """A shell whose site a test changes, with an operator's icon if it wants one."""

    def __init__(self, icon: bytes | None = None) -> None:
        self.site: Site = SITE
        self.icon = icon
        self.assets = assets_of_this_build()
        drawn = Pages(assets=self.assets, site=lambda: self.site, now=lambda: NOW)
        self.shell = AppShell(drawn, self.assets, self.own_icon)
        self.asked = 0

    async def own_icon(self) -> bytes | None:
        self.asked += 1
        return self.icon

    async def get(self, path: str) -> Any:
        exact, prefixes = self.shell.exact(), self.shell.prefixes()
        if path in exact:
            return await answer_of(exact[path], request(path))
        prefix = next(each for each in prefixes if path.startswith(each))
        bare = path.partition("?")[0]
        return await answer_of(prefixes[prefix], request(path, rest=bare[len(prefix) :]))

    async def text(self, path: str) -> str:
        body: bytes = (await self.get(path)).body
        return body.decode()


def picture(colour: str = "red") -> bytes:
    into = io.BytesIO()
    Image.new("RGBA", (512, 512), colour).save(into, "PNG")
    return into.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGBA")


async def test_the_two_apps_have_ids_scopes_and_icons_of_their_own() -> None:
    hub = Hub()
    portal = json.loads(await hub.text("/app.id.webmanifest"))
    admin = json.loads(await hub.text("/admin.id.webmanifest"))
    # These may never change: a browser would take it for a third app (lesson F19).
    assert (portal["id"], portal["scope"], portal["start_url"]) == ("/", "/", "/")
    assert (admin["id"], admin["scope"], admin["start_url"]) == ("/admin", "/admin", "/admin")
    assert portal["name"] != admin["name"]
    icons = [{icon["src"] for icon in each["icons"]} for each in (portal, admin)]
    assert not icons[0] & icons[1]
    for each in (portal, admin):
        kinds = {(icon["sizes"], icon["purpose"]) for icon in each["icons"]}
        assert kinds == {
            (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
        }
        for icon in each["icons"]:
            reply = await hub.get(icon["src"])
            side = int(icon["sizes"].partition("x")[0])
            assert opened(reply.body).size == (side, side)
            assert dict(reply.headers)[b"content-type"] == b"image/png"


async def test_shortcuts_lead_to_pages_of_the_portal() -> None:
    portal = json.loads(await Hub().text("/app.en.webmanifest"))
    assert [each["url"] for each in portal["shortcuts"]] == [
        "/peta", "/multi", "/?favourites=1", "/status",
    ]  # fmt: skip
    assert portal["shortcuts"][0]["name"] == "Map"
    assert portal["lang"] == "en"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Pantau", "Pantau"),
        ("CCTV Kota Tirtasari", "CCTV Kota"),
        ("Kabupatentirtasariraya", "Kabupatentir"),
        ("A" * 200, "A" * 12),
    ],
)
def test_a_short_name_ends_with_a_word_where_one_fits(name: str, short: str) -> None:
    site = replace(SITE, name=name)
    manifest = json.loads(portal_manifest(site, speech_of("id"), Texts("id"), version="1"))
    assert (manifest["name"], manifest["short_name"]) == (name, short)
    admin = json.loads(admin_manifest(site, speech_of("id"), Texts("id"), version="1"))
    assert name in admin["name"]


@pytest.mark.parametrize(
    "path",
    [
        "/app.xx.webmanifest", "/app.id.json", "/app.", "/app.id.webmanifest.x", "/admin.",
        "/ikon/portal-any-193.png", "/ikon/portal-any-999.png", "/ikon/nobody-any-192.png",
        "/ikon/", "/ikon/../secret.key", "/ikon/portal-any-192.png\x00", "/ikon/portal-any-1²2.png",
    ],
)  # fmt: skip
async def test_nothing_else_is_answered(path: str) -> None:
    with pytest.raises(NotFound):
        await Hub().get(path)


async def test_the_operators_icon_becomes_every_icon() -> None:
    hub = Hub(picture("red"))
    red = (255, 0, 0, 255)
    whole = opened((await hub.get("/ikon/portal-any-192.png")).body)
    assert whole.getpixel((2, 2)) == whole.getpixel((96, 96)) == red
    for app, ground in (("portal", (246, 248, 249, 255)), ("admin", (20, 25, 27, 255))):
        masked = opened((await hub.get(f"/ikon/{app}-maskable-512.png")).body)
        assert masked.getpixel((256, 256)) == red
        # All around is ground: a mask of any shape cuts nothing of the icon away.
        assert masked.getpixel((0, 0)) == masked.getpixel((256, 60)) == ground
        middle = 256 - 205
        assert all(masked.getpixel((x, 256)) == ground for x in (0, middle))


async def test_icons_are_drawn_once_and_again_when_the_site_changes() -> None:
    hub = Hub()
    before = (await hub.get("/ikon/portal-any-192.png")).body
    assert (await hub.get("/ikon/portal-any-192.png")).body == before
    assert hub.asked == 1
    manifest = await hub.text("/app.id.webmanifest")
    hub.site = replace(hub.site, colour="#cc2299", name="Lain")
    changed = await hub.text("/app.id.webmanifest")
    assert re.findall(r"v=\w+", changed) != re.findall(r"v=\w+", manifest)
    assert '"name":"Lain"' in changed
    assert (await hub.get("/ikon/portal-any-192.png")).body != before


def test_white_on_the_ground_of_our_mark_can_be_told_whatever_colour_was_chosen() -> None:
    for colour in ("#ffff00", "#ffffff", "#000000", "#007277"):
        icon = opened(app_icon(None, app="portal", shape="maskable", side_px=180, colour=colour))
        ground, mark = icon.getpixel((1, 1)), icon.getpixel((66, 90))
        assert isinstance(ground, tuple)
        assert isinstance(mark, tuple)
        assert max(ground[:3]) < 200
        assert min(mark[:3]) > 240


async def test_the_worker_leaves_alone_what_is_alive() -> None:
    told = await Hub().text("/sw.js")
    for path in ("/api", "/hls", "/admin", "/metrics"):
        assert path in NEVER
        assert f'"{path}"' in told
    # Nothing of others ever runs in it (lesson X06), and it never takes over by itself.
    assert "importScripts" not in told
    assert "http" not in told
    assert told.count("skipWaiting") == 1
    assert "clients.claim" not in told


async def test_a_worker_changes_with_the_build_and_with_what_its_page_says() -> None:
    hub = Hub()
    before = await hub.text("/sw.js")
    assert await hub.text("/sw.js") == before
    assert hub.assets.build in before
    assert json.loads(await hub.text("/versi.json")) == {"build": hub.assets.build}
    hub.site = replace(hub.site, name="Lain")
    assert await hub.text("/sw.js") != before
    assert "Lain" in await hub.text("/luring")


async def test_the_worker_of_an_app_that_is_not_offered_ends_the_one_before() -> None:
    hub = Hub()
    assert 'addEventListener("fetch"' in await hub.text("/sw.js")
    hub.site = replace(hub.site, has_app=False)
    told = await hub.text("/sw.js")
    assert "unregister()" in told
    assert "fetch" not in told


async def test_browsers_ask_each_time_whether_there_is_a_newer_worker() -> None:
    said = dict((await Hub().get("/sw.js")).headers)
    assert said[b"cache-control"] == b"no-cache"
    assert said[b"content-type"].startswith(b"text/javascript")


async def test_what_the_worker_keeps_beforehand_is_tiny() -> None:
    hub = Hub()
    told = json.loads((await hub.text("/sw.js")).partition("= ")[2].partition(";\n")[0])
    by_url = {asset.url: asset for asset in hub.assets.all()}
    page = len((await hub.get(told["offline"])).body)
    gzipped = sum(len(by_url[url].bodies["gzip"]) for url in told["files"])
    assert gzipped + page < 6 * 1024
