"""Acceptance: whatever the whole web process answers carries the headers that protect."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.safety.house import WIDE, House, Told, open_house
from tests.safety.outsider import add_cameras

pytestmark = pytest.mark.anyio

FRIEND: Final = "https://friend.example"
STRANGER: Final = "https://stranger.example"
HTML: Final = {"accept": "text/html,*/*;q=0.8"}
ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "0",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
}
KINDS: Final[tuple[tuple[str, str, str, int, dict[str, Any]], ...]] = (
    ("hot list", "GET", "/api/stream", 200, {}),
    ("hot list, asked for its head", "HEAD", "/api/stream", 200, {}),
    ("cached answer", "GET", "/api/areas/public", 200, {}),
    ("health", "GET", "/health/live", 200, {}),
    ("public page", "GET", "/", 200, HTML),
    ("camera page", "GET", "/kamera/1-gate", 200, HTML),
    ("redirect to the page's own address", "GET", "/kamera/1", 308, HTML),
    ("page that is not there", "GET", "/kamera/999", 404, HTML),
    ("missing still", "GET", "/api/thumbnails/999.jpg", 404, {}),
    ("missing stream", "GET", "/hls/nothing/index.m3u8", 404, {}),
    ("missing asset", "GET", "/assets/nothing.js", 404, {}),
    ("no such endpoint", "GET", "/api/nowhere", 404, {}),
    ("no such page", "GET", "/nowhere", 404, HTML),
    ("other method, hot", "DELETE", "/api/stream", 405, {}),
    ("other method, framework", "PATCH", "/api/auth/login", 405, {}),
    ("framework's endpoint", "GET", "/api/users/password-requirements", 200, {}),
    ("description", "GET", "/api/openapi.json", 200, {}),
    ("not signed in", "GET", "/api/users", 401, {}),
    ("not signed in, page", "GET", "/admin", 401, HTML),
    ("sign-in page", "GET", "/admin/sign-in", 200, HTML),
    ("bad credential", "GET", "/api/users", 401, {"bearer": "a.b.c"}),
    ("bad input", "POST", "/api/auth/login", 400, {"json": {"username": 1}}),
    ("no JSON", "POST", "/api/auth/login", 415, {"content_type": "image/png", "json": {}}),
    ("no token", "POST", "/api/cache/clear", 403, {"x_csrf_token": "0" * 64}),
    ("other site", "GET", "/api/users", 403, {"origin": STRANGER}),
    ("other site's preflight", "OPTIONS", "/api/users", 403, {"origin": STRANGER}),
    ("friend's preflight", "OPTIONS", "/api/users", 204, {"origin": FRIEND}),
    ("preflight of a hot list", "OPTIONS", "/api/stream", 204, {"origin": STRANGER}),
    ("malformed target", "GET", "/hls/..%2f..%2fetc", 400, {}),
    ("metrics without a session", "GET", "/metrics", 401, {}),
    ("slash too many", "GET", "/api/users/", 307, {}),
)


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    limits = {**WIDE, "key_per_minute": 1}
    async with open_house(tmp_path / "data", allowed_origins=(FRIEND,), limits=limits) as house:
        await add_cameras(house)
        yield house


def faults(name: str, answer: Told) -> list[str]:
    """Return what an answer lacks, or says that it should not."""
    got, found = answer.headers, []
    found += [f"{each}: {got.get(each)}" for each, text in ALWAYS.items() if got.get(each) != text]
    found += [
        f"no {each}"
        for each in ("permissions-policy", "content-security-policy", "cache-control", "date")
        if not got.get(each)
    ]
    policy = got.get("content-security-policy", "")
    if "frame-ancestors 'none'" not in policy or "unsafe" in policy or "default-src" not in policy:
        found.append(f"policy {policy}")
    found += [f"{each} is told" for each in ("server", "x-powered-by") if each in got]
    if not got.get("x-request-id"):
        found.append("no request id")
    if "strict-transport-security" in got:
        found.append("HSTS without TLS")
    return [f"{name} ({answer.status}): {each}" for each in found]


async def test_every_kind_of_answer_carries_the_security_headers(house: House) -> None:
    wrong = []
    for name, method, path, status, more in KINDS:
        answer = await house.ask(method, path, **more)
        if answer.status != status:
            wrong.append(f"{name}: {answer.status} instead of {status}")
        wrong += faults(name, answer)
        if status >= 400 and method != "HEAD" and "accept" not in more:
            if path.startswith("/hls/") and answer.json is None:
                continue
            if not answer.json or answer.json["success"] is not False or not answer.json["message"]:
                wrong.append(f"{name}: no envelope: {answer.text[:80]}")
    assert "\n".join(wrong) == ""


async def test_answers_to_people_who_are_signed_in_carry_them_and_are_kept_by_nobody(
    house: House,
) -> None:
    await house.add_user("rini", "admin")
    token = (await house.sign_in("rini")).access_token
    wrong = []
    asked: tuple[tuple[str, int, dict[str, Any]], ...] = (
        ("/api/users", 200, {}),
        ("/api/admin/audit", 200, {}),
        ("/api/admin/audit.csv", 200, {}),
        ("/api/cache/stats", 200, {}),
        ("/metrics", 200, {}),
        ("/admin", 200, HTML),
        ("/admin/users", 200, HTML),
        ("/admin/users/99", 404, HTML),
        ("/api/users/99", 404, {}),
        ("/api/users/x", 400, {}),
    )
    for path, status, more in asked:
        answer = await house.ask("GET", path, cookie=token, **more)
        if answer.status != status:
            wrong.append(f"{path}: {answer.status}")
        wrong += faults(path, answer)
        if "no-store" not in answer.headers["cache-control"]:
            wrong.append(f"{path}: {answer.headers['cache-control']}")
    assert "\n".join(wrong) == ""


async def test_unchanged_and_refused_answers_carry_them_too(house: House) -> None:
    tag = (await house.ask("GET", "/api/stream")).headers["etag"]
    unchanged = await house.ask("GET", "/api/stream", if_none_match=tag)
    key = await house.add_key("metrics:read")
    first = await house.ask("GET", "/metrics", key=key)
    often = await house.ask("GET", "/metrics", key=key)
    large = await _say(
        house.port,
        b"POST /api/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        b"content-length: 2000000\r\n\r\n{",
    )
    stylesheet = await _first_asset(house)
    assert (unchanged.status, first.status, often.status, large.status, stylesheet.status) == (
        304,
        200,
        429,
        413,
        200,
    )
    answers = {"unchanged": unchanged, "429": often, "413": large, "asset": stylesheet}
    assert [each for name, answer in answers.items() for each in faults(name, answer)] == []


async def test_what_is_no_request_gets_an_answer_with_them(house: House) -> None:
    wrong = []
    for raw, status in (
        (b"GET /api/%2e%2e/users HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (b"GET /assets/../../etc/passwd HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n", 400),
    ):
        answer = await _say(house.port, raw)
        if answer.status != status:
            wrong.append(f"{raw[:40]!r}: {answer.status}")
        wrong += faults(repr(raw[:40]), answer)
    # Without a date for what is not HTTP at all: the server cannot know that anybody wants one.
    assert [each for each in wrong if not each.endswith("no date")] == []


async def test_tls_is_insisted_on_where_the_trusted_proxy_speaks_it(house: House) -> None:
    told = {"x_forwarded_proto": "https"}
    for path in ("/api/stream", "/", "/api/users", "/api/nowhere", "/kamera/1", "/api/%2e%2e/x"):
        answer = await house.ask("GET", path, **told)
        assert "max-age=31536000" in answer.headers.get("strict-transport-security", ""), path


async def test_redirects_keep_the_scheme_and_the_host_of_the_visitor(house: House) -> None:
    told = {"x_forwarded_proto": "https", "host": "cctv.example"}
    for path, target in (("/api/users/?q=a", "/api/users?q=a"), ("/admin/", "/admin")):
        answer = await house.ask("GET", path, **told)
        assert (answer.status, answer.headers["location"]) == (307, target)


async def _first_asset(house: House) -> Told:
    html = (await house.ask("GET", "/", **HTML)).text
    path = html.partition('href="/assets/')[2].partition('"')[0]
    return await house.ask("GET", f"/assets/{path}")


async def _say(port: int, raw: bytes) -> Told:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(45):
        writer.write(raw)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    writer.close()
    first, *lines = head.strip().split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return Told(int(first.split()[1]), {k.lower(): v for k, _, v in pairs}, "", None)
