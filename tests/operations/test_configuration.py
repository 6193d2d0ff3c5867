"""What clients ask for first: answered from what the operator wrote, never from what they sent."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from pantau import __version__
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from pantau.operations.configuration import AppLooks, ConfigurationRoutes, looks_of
from pantau.site.service import SiteService
from pantau.site.values import defaults_for
from pantau.web.response_cache import ResponseCache
from tests.support.clock import HandWoundClock
from tests.web.http_peer import Visitor, serving, visiting

pytestmark = pytest.mark.anyio

LOOKS = AppLooks(
    name="Pantau Kalitidu",
    short_name="Kalitidu",
    description="Kamera jalan",
    theme_color="#00626d",
    background_color="#f6f8f9",
    icon_url="/assets/logo.svg",
)


class Site:
    def __init__(self, public_url: str = "") -> None:
        self.looks = LOOKS
        clock = HandWoundClock()
        self.cache = ResponseCache(
            clock=clock, spawn=Supervisor(clock).spawn, most_entries=10, most_bytes=2**20
        )
        self.routes = ConfigurationRoutes(
            self.cache, looks=self._looks, public_url=public_url, clock=clock
        ).exact()

    async def _looks(self) -> AppLooks:
        return self.looks


@pytest.fixture
async def site() -> Site:
    return Site()


@pytest.fixture
async def visitor(site: Site) -> AsyncIterator[Visitor]:
    async with serving(exact=site.routes) as port, visiting(port) as one:
        yield one


async def data(visitor: Visitor, path: str, **headers: str) -> Any:
    answer = await visitor.ask(path, **headers)
    body = json.loads(answer.body)
    assert (answer.status, body["success"]) == (200, True)
    return body["data"]


@pytest.mark.parametrize("name", ["public", "version", "manifest"])
async def test_defect_73_configuration_addresses_exist(visitor: Visitor, name: str) -> None:
    path = f"/api/config/{name}"
    assert (await visitor.ask(path)).header("x-cache") == "MISS"
    assert (await visitor.ask(path)).header("x-cache") == "HIT"
    head = await visitor.ask(path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    tag = head.header("etag")
    assert (await visitor.ask(path, if_none_match=tag)).status == 304


async def test_version_names_the_hub_and_its_build(visitor: Visitor) -> None:
    version = await data(visitor, "/api/config/version")
    assert version == {
        "name": "Pantau Kalitidu",
        "version": __version__,
        "environment": "production",
        "timestamp": "2026-03-01T08:00:00.000Z",
    }


async def test_manifest_is_what_browsers_install(visitor: Visitor) -> None:
    answer = await visitor.ask("/api/config/manifest")
    assert answer.header("content-type") == "application/manifest+json"
    assert answer.header("cache-control") == "public, max-age=3600"
    manifest = json.loads(answer.body)
    assert (manifest["lang"], manifest["name"], manifest["short_name"]) == (
        "id",
        "Pantau Kalitidu",
        "Kalitidu",
    )
    assert (manifest["theme_color"], manifest["background_color"]) == ("#00626d", "#f6f8f9")
    assert manifest["icons"][0]["src"] == "/assets/logo.svg"


async def test_renamed_hub_is_told_at_once(site: Site, visitor: Visitor) -> None:
    await visitor.ask("/api/config/manifest")
    site.looks = replace(LOOKS, name="Pantau Bojonegoro")
    site.cache.invalidate_tag("site")
    answer = await visitor.ask("/api/config/manifest")
    assert json.loads(answer.body)["name"] == "Pantau Bojonegoro"


async def test_manifest_shows_what_the_operator_set(database: Database) -> None:
    clock = HandWoundClock()
    site = SiteService(database, clock=clock, defaults=defaults_for("Pantau Kalitidu", "Kalitidu"))
    ask = looks_of(site, icon_url="/assets/logo.svg")
    before = await ask()
    assert (before.name, before.short_name, before.theme_color) == (
        "Pantau Kalitidu",
        "Pantau Kalit",
        "#007277",
    )
    async with database.write() as work:
        await site.put(
            work,
            {"branding.primary_color": "#aa3300", "branding.company_name": "CCTV Kalitidu"},
            updated_by=None,
        )
    after = await ask()
    assert (after.name, after.short_name, after.theme_color) == (
        "CCTV Kalitidu",
        "CCTV Kalitid",
        "#aa3300",
    )


@pytest.mark.parametrize(
    ("public_url", "told"),
    [
        ("", ("", "", "", "", "http", "ws")),
        (
            "https://cctv.example.org",
            ("https://cctv.example.org", "cctv.example.org", "", "443", "https", "wss"),
        ),
        ("http://10.1.2.3:800", ("http://10.1.2.3:800", "", "10.1.2.3", "800", "http", "ws")),
        (
            "https://[2001:db8::1]:8443",
            ("https://[2001:db8::1]:8443", "", "2001:db8::1", "8443", "https", "wss"),
        ),
    ],
)
async def test_address_is_the_one_that_the_operator_wrote(
    public_url: str, told: tuple[str, ...]
) -> None:
    async with serving(exact=Site(public_url).routes) as port, visiting(port) as visitor:
        found = await data(visitor, "/api/config/public")
    assert tuple(found[name] for name in list(found)[:-1]) == told


async def test_visitor_cannot_have_another_address_told_to_everybody(visitor: Visitor) -> None:
    await data(visitor, "/api/config/public", host="evil.example", x_forwarded_proto="https")
    answer = await visitor.ask("/api/config/public?apiUrl=https://evil.example")
    assert b"evil" not in answer.body
    assert b"https" not in answer.body
