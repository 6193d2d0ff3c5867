"""nginx and Caddy before a real hub: what they keep, what they pass on, what they never do."""

import gzip
import json
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pantau.operations.vitals import read_vitals
from tests.boot.installation import Installation, free_port
from tests.boot.test_accounts import first_link
from tests.boot.test_managed_cameras import Operator
from tests.proxies.proxying import PATIENCE_S, Heard, Kind, Proxy, need, proxy, site_of
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

KEPT_S = 2.0
"""How long a cut-off may take; what caches keep is good for one second."""
STRANGER = "127.0.0.2"
SETTINGS = """
trusted_proxies = ["127.0.0.1/32"]
client_address_header = "CF-Connecting-IP"
[media]
allowed_networks = ["127.0.0.0/8"]
"""
CAMERA = """
[[cameras]]
name = "{name}"
source = "{url}"
on_demand = false
"""
KINDS: tuple[Kind, ...] = ("nginx", "caddy")


@dataclass(frozen=True)
class House:
    """A hub with its first admin, and both proxies before it."""

    hub: Installation
    admin: Operator
    proxies: dict[str, Proxy]

    def camera(self, name: str) -> dict[str, Any]:
        return self.hub.streams()[name]

    def pieces(self, name: str) -> list[str]:
        """Return the addresses of a camera's segments, oldest first."""
        key = self.camera(name)["stream_key"]
        _, _, text = self.hub.get(f"/hls/{key}/index.m3u8")
        names = [line for line in text.decode().splitlines() if line and line[0] != "#"]
        return [f"/hls/{key}/{name}" for name in names]

    def streams_served(self) -> dict[str, int]:
        """Return the hub's own count of answers for streams, by status, as of now."""
        asked_at = datetime.now(UTC)

        def told() -> list[dict[str, int]]:
            found = read_vitals(self.hub.folder / "data" / "run", now=datetime.now(UTC))
            return [
                each.requests.get("streams", {})
                for each in found
                if each.process == "web" and each.at > asked_at
            ]

        until_in_thread(told, timeout_s=PATIENCE_S, what="vitals of the web process")
        return told()[0]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    for kind in KINDS:
        need(kind)
    with ExitStack() as stack:
        farm = stack.enter_context(FarmInThread())
        toml = SETTINGS
        for name in ("Open", "Cut", "Gated"):
            farm.add(name)
            toml += CAMERA.format(name=name, url=farm.url(name))
        hub = stack.enter_context(Installation(tmp_path_factory.mktemp("hub"), toml))
        hub.until_ready()
        admin = Operator(hub)
        assert first_link(hub)
        proxies: dict[str, Proxy] = {}
        for kind in KINDS:
            folder = tmp_path_factory.mktemp(kind)
            site = site_of(folder, hub.port, kind=kind)
            proxies[kind] = stack.enter_context(proxy(kind, site, folder))
        for name in ("Open", "Cut", "Gated"):
            hub.until_live(name)
        yield House(hub, admin, proxies)


@pytest.fixture
def nginx(house: House) -> Proxy:
    return house.proxies["nginx"]


@pytest.fixture(params=KINDS)
def either(request: pytest.FixtureRequest, house: House) -> Proxy:
    return house.proxies[request.param]


def token_of(house: House) -> dict[str, str]:
    """Return a header that shows the admin."""
    token = next(cookie.value for cookie in house.admin.browser.cookies if cookie.name == "token")
    return {"Authorization": f"Bearer {token}"}


def test_twenty_viewers_cost_the_hub_one_segment(house: House, nginx: Proxy) -> None:
    target = house.pieces("Open")[-1]
    before = house.streams_served()
    with ThreadPoolExecutor(20) as pool:
        heard = list(pool.map(nginx.ask, [target] * 20))
    after = house.streams_served()
    assert {each.status for each in heard} == {200}
    assert len({each.body for each in heard}) == 1
    told = [each.headers["x-cache-status"] for each in heard]
    assert told.count("MISS") == 1, told
    assert set(told) <= {"MISS", "HIT", "UPDATING", "REVALIDATED", "EXPIRED"}
    assert after["200"] - before["200"] == 1
    assert heard[0].headers["cache-control"] == "public, max-age=120, s-maxage=1, immutable"
    assert not any(name.startswith("x-accel") for name in heard[0].headers)


@pytest.mark.long
def test_what_is_kept_is_asked_for_again_without_its_bytes(house: House, nginx: Proxy) -> None:
    target = house.pieces("Open")[-1]
    first = nginx.ask(target)
    before = house.streams_served()
    again: list[Heard] = []

    def is_revalidated() -> bool:
        again.append(nginx.ask(target))
        return again[-1].headers["x-cache-status"] == "REVALIDATED"

    until_in_thread(is_revalidated, timeout_s=PATIENCE_S, what="nginx asking again")
    after = house.streams_served()
    assert {each.body for each in again} == {first.body}
    assert after.get("200") == before.get("200")
    assert after["304"] > before.get("304", 0)


def test_parts_of_a_kept_segment_come_from_the_cache(house: House, nginx: Proxy) -> None:
    target = house.pieces("Open")[-1]
    whole = nginx.ask(target)
    part = nginx.ask(target, headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, whole.body[10:20])


@pytest.mark.long
def test_playlists_are_never_kept(house: House, nginx: Proxy) -> None:
    target = f"/hls/{house.camera('Open')['stream_key']}/index.m3u8"
    before = house.streams_served()
    for _ in range(3):
        heard = nginx.ask(target)
        assert heard.status == 200
        assert "x-cache-status" not in heard.headers
    after = house.streams_served()
    assert sum(after.values()) - sum(before.values()) == 3


def test_a_cut_off_reaches_everybody_behind_the_cache(house: House, nginx: Proxy) -> None:
    target, camera_id = house.pieces("Cut")[-1], house.camera("Cut")["id"]
    assert nginx.ask(target).status == 200
    assert nginx.ask(target).status == 200
    status, _ = house.admin.ask("PUT", f"/api/cameras/{camera_id}/cut-off", {"reason": "fire"})
    assert status == 200
    until_in_thread(lambda: house.hub.get(target)[0] == 404, what="the hub refusing it")
    refused_mono = time.monotonic()
    shown_until_mono = refused_mono
    until_mono = refused_mono + KEPT_S + 1.0
    while (now_mono := time.monotonic()) < until_mono:
        if nginx.ask(target).status == 200:
            shown_until_mono = now_mono
    assert shown_until_mono - refused_mono <= KEPT_S
    assert nginx.ask(target).status == 404


def test_what_is_gated_is_kept_for_nobody(house: House, nginx: Proxy) -> None:
    camera = house.camera("Gated")
    target = house.pieces("Gated")[-1]
    status, _ = house.admin.ask("PUT", f"/api/cameras/{camera['id']}", {"visibility": "private"})
    assert status == 200
    until_in_thread(lambda: house.hub.get(target)[0] == 404, what="the hub refusing strangers")
    for _ in range(2):
        shown = nginx.ask(target, headers=token_of(house))
        assert (shown.status, shown.headers["x-cache-status"]) == (200, "BYPASS")
        assert shown.headers["cache-control"] == "private, no-store"
        assert nginx.ask(target).status == 404
        assert nginx.ask(f"{target}?token=a.b.c").status in {401, 403, 404}


def test_a_token_in_the_address_goes_past_the_cache_and_the_log(
    house: House, either: Proxy
) -> None:
    secret = "geheim-7g2k"
    target = f"{house.pieces('Open')[-1]}?token={secret}"
    heard = [either.ask(target) for _ in range(2)]
    assert [each.headers.get("x-cache-status", "BYPASS") for each in heard] == ["BYPASS"] * 2
    until_in_thread(lambda: "/hls/" in either.log, what="a line in the log")
    assert secret not in either.log
    assert secret not in (either.folder / f"{either.kind}.out").read_text(encoding="utf-8")


def test_nobody_chooses_the_address_that_is_noted(house: House, either: Proxy) -> None:
    who = f"somebody-at-{either.kind}"
    body = json.dumps({"username": who, "password": "wrong-Password-1"}).encode()
    chosen = dict.fromkeys(
        ("X-Forwarded-For", "CF-Connecting-IP", "X-Real-IP", "Forwarded", "True-Client-IP"),
        "203.0.113.9",
    )
    heard = either.ask(
        "/api/auth/login",
        "POST",
        body=body,
        headers={
            **chosen,
            "Content-Type": "application/json",
            "Origin": f"https://{either.host}",
        },
        source=STRANGER,
    )
    assert heard.status in {401, 403}, heard.body

    def noted() -> set[str]:
        with closing(sqlite3.connect(house.hub.folder / "data" / "pantau.db")) as database:
            query = "SELECT address FROM audit_entries WHERE username = ? OR details LIKE ?"
            return {address for (address,) in database.execute(query, (who, f"%{who}%"))}

    until_in_thread(noted, timeout_s=PATIENCE_S, what="the attempt in the trail")
    assert noted() == {STRANGER}


def test_pictures_of_the_api_are_the_apis(house: House, either: Proxy) -> None:
    target = f"/api/thumbnails/{house.camera('Open')['id']}.jpg"
    until_in_thread(lambda: house.hub.get(target)[0] == 200, timeout_s=PATIENCE_S, what="a still")
    heard = either.ask(target)
    assert (heard.status, heard.headers["content-type"]) == (200, "image/jpeg")


def test_what_is_named_by_its_content_is_kept_and_what_is_not_is_not(
    house: House, nginx: Proxy
) -> None:
    page = nginx.ask("/").body.decode()
    asset = next(word for word in page.split('"') if word.startswith("/assets/"))
    heard = [nginx.ask(asset) for _ in range(2)]
    assert [each.headers["x-cache-status"] for each in heard] == ["MISS", "HIT"]
    assert "immutable" in heard[1].headers["cache-control"]
    for target in ("/sw.js", "/versi.json", "/"):
        answer = nginx.ask(target)
        assert answer.status == 200
        assert "x-cache-status" not in answer.headers
        assert "immutable" not in answer.headers["cache-control"]


def test_nothing_is_compressed_twice(house: House, either: Proxy) -> None:
    heard = either.ask("/api/stream", headers={"Accept-Encoding": "gzip"})
    assert heard.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(heard.body))["success"] is True
    assert "content-encoding" not in either.ask("/api/stream").headers


@pytest.mark.parametrize(
    ("target", "size_bytes", "is_passed_on"),
    [
        ("/api/auth/login", 900_000, True),
        ("/api/auth/login", 1_100_000, False),
        ("/api/admin/camera-imports", 20 * 1024 * 1024, True),
        ("/api/admin/camera-imports", 22 * 1024 * 1024, False),
        ("/admin/backups/restore", 4 * 1024**3, True),
        ("/admin/backups/restore", 4 * 1024**3 + 64 * 1024 * 1024, False),
    ],
)
def test_bodies_may_be_as_large_as_the_hub_takes_them(
    house: House, nginx: Proxy, target: str, size_bytes: int, is_passed_on: bool
) -> None:
    # Of large ones the head alone shows who answers: nothing is held back until it is whole.
    with closing(nginx.connect()) as connection:
        connection.putrequest("POST", target, skip_host=True)
        for name, text in (
            ("Host", nginx.host),
            ("Content-Type", "application/json"),
            ("Content-Length", str(size_bytes)),
            ("Origin", f"https://{nginx.host}"),
            ("Authorization", "Bearer none"),
        ):
            connection.putheader(name, text)
        connection.endheaders()
        if size_bytes <= 1_000_000:
            connection.send(b'{"username":"' + b"a" * (size_bytes - 15) + b'"}')
        answer = connection.getresponse()
        answer.read()
    if is_passed_on:
        assert answer.status in {400, 401, 403, 415, 422}
    else:
        assert answer.status == 413


def test_a_refused_upload_is_told_why_while_it_is_sent(house: House, nginx: Proxy) -> None:
    heard = nginx.ask(
        "/api/admin/camera-imports",
        "POST",
        headers={"Content-Type": "application/json", "Origin": f"https://{nginx.host}"},
        body=b"x" * 8_000_000,
    )
    assert heard.status in {401, 403}, heard.body


def test_events_come_when_they_happen(house: House, either: Proxy) -> None:
    with closing(either.connect()) as connection:
        headers = {"Host": either.host, "Accept": "text/event-stream", **token_of(house)}
        connection.request("GET", "/api/admin/analytics/realtime", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.readline().strip()
        # The answer goes on: whoever held it back would have nothing yet.
        assert not answer.isclosed()


def test_tls_brings_http_2_and_strict_transport(house: House, either: Proxy) -> None:
    with closing(either.speak_tls("127.0.0.1", "h2", "http/1.1")) as agreed:
        assert agreed.selected_alpn_protocol() == "h2"
    assert "max-age=" in either.ask("/").headers["strict-transport-security"]
    assert "strict-transport-security" not in house.hub.get("/")[1]


@pytest.mark.parametrize("target", ["/.git/config", "/.env", "/assets/.htpasswd"])
def test_hidden_files_are_not_there(either: Proxy, target: str) -> None:
    assert either.ask(target).status == 404


@pytest.mark.parametrize("target", ["/health", "/health/live", "/health/ready"])
def test_a_balancer_finds_the_hubs_health(either: Proxy, target: str) -> None:
    assert either.ask(target).status == 200


@pytest.mark.parametrize("kind", ["nginx", pytest.param("caddy", marks=pytest.mark.long)])
def test_while_the_hub_is_away_visitors_are_told_so(kind: Kind, tmp_path: Path) -> None:
    need(kind)
    with proxy(kind, site_of(tmp_path, free_port()), tmp_path) as away:
        page = away.ask("/", headers={"Accept": "text/html"})
        data = away.ask("/api/stream")
        written = away.ask("/api/auth/login", "POST", body=b"{}")
    for heard in (page, data, written):
        assert (heard.status, heard.headers["retry-after"]) == (503, "5")
        assert heard.headers["cache-control"] == "no-store"
    assert b"Layanan" in page.body
    assert data.json()["success"] is False
