"""Lite mode by hand: a cookie that a link sets, with and without a script."""

import gzip

import pytest

from pantau.portal.app.lite import SWITCH, LiteMode
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.headers import allow_frame
from pantau.web.snapshot import Encoded
from tests.portal.hot import answer_of, request

pytestmark = pytest.mark.anyio

HTML = b"text/html; charset=utf-8"
PAGE = Encoded(b'<!doctype html>\n<html lang="id"><p>' + b"Kamera " * 80, content_type=HTML)


def show(asked: HotRequest) -> Reply:
    allow_frame(asked.scope, "https://player.example")
    return PAGE.reply(asked)


def routes() -> dict[str, Route]:
    return LiteMode().around({"/": Route(show), "/api/x": Route(show)})


def headers_of(reply: Reply) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in reply.headers}


async def ask(address: str = "/", **headers: str) -> Reply:
    return await answer_of(routes()["/"], request(address, **{"accept": "text/html", **headers}))


async def test_the_address_sets_the_choice_and_leads_to_the_page_without_it() -> None:
    for choice in ("1", "0"):
        reply = await ask(f"/?q=pasar%20wetan&lite={choice}&page=2")
        said = headers_of(reply)
        assert reply.status == 303
        assert said["location"] == "/?q=pasar%20wetan&page=2"
        assert said["set-cookie"].startswith(f"pantau_lite={choice}; Path=/; Max-Age=")
        assert said["cache-control"] == "no-store"


@pytest.mark.parametrize("query", ["lite=2", "lite=", "elite=1", "q=lite=1x", "lite=1%00", "lite"])
async def test_what_is_no_choice_is_no_reason_to_lead_anywhere(query: str) -> None:
    assert (await ask(f"/?{query}")).status == 200


async def test_a_page_is_marked_for_whoever_chose_and_for_nobody_else() -> None:
    marked = (await ask(cookie="a=b; pantau_lite=1")).body
    assert marked == PAGE.body.replace(b"<html ", b'<html data-lite="hand" ')
    for cookie in ("pantau_lite=0", "pantau_lite=", "xpantau_lite=1", "pantau_lite=2", ""):
        assert (await ask(cookie=cookie)).body == PAGE.body, cookie
    assert b'data-lite="save"' in (await ask(save_data="on")).body
    assert (await ask(save_data="on", cookie="pantau_lite=0")).body == PAGE.body


async def test_the_marked_page_has_a_tag_of_its_own_and_is_compressed() -> None:
    route = routes()["/"]

    async def lite(**headers: str) -> Reply:
        told = {"accept": "text/html", "cookie": "pantau_lite=1", **headers}
        return await answer_of(route, request("/", **told))

    reply = await lite(accept_encoding="gzip")
    assert b"data-lite" in gzip.decompress(reply.body)
    tag = headers_of(reply)["etag"]
    assert tag != headers_of(await ask(accept_encoding="gzip"))["etag"]
    assert (await lite(accept_encoding="gzip", if_none_match=tag)).status == 304
    plain = headers_of(await ask(accept_encoding="gzip"))["etag"]
    assert (await lite(accept_encoding="gzip", if_none_match=plain)).status == 200
    # Drawn and compressed once for everybody who chose.
    assert await lite(accept_encoding="gzip") is reply


async def test_what_a_page_says_of_its_headers_is_not_lost() -> None:
    asked = request("/", accept="text/html", cookie="pantau_lite=1")
    await answer_of(routes()["/"], asked)
    assert asked.scope["state"]["csp_frame"] == "https://player.example"


async def test_scripts_and_data_are_not_touched() -> None:
    data = await answer_of(
        routes()["/api/x"], request("/api/x?lite=1", accept="text/html", cookie="pantau_lite=1")
    )
    assert data.body == PAGE.body
    fetched = await ask(accept="*/*", cookie="pantau_lite=1", accept_encoding="gzip")
    assert b"data-lite" not in gzip.decompress(fetched.body)


@pytest.mark.parametrize(
    ("referer", "target"),
    [
        ("https://hub.example/?q=pasar&page=2", "/?q=pasar&page=2"),
        ("https://hub.example/kamera/1-x?lite=0", "/kamera/1-x"),
        ("https://hub.example", "/"),
        ("https://hub.example/hemat?lite=0", "/"),
        ("https://hub.example//evil.example/x", "/evil.example/x"),
        ("https://hub.example/\\evil.example", "/%5Cevil.example"),
        ("https://evil.example/page", "/"),
        ("https://hub.example.evil/page", "/"),
        ("https://hub.example/%0d%0aset-cookie:x", "/%0d%0aset-cookie:x"),
        ("javascript:alert(1)", "/"),
        ("https://[::1", "/"),
        ("\xff\xfe", "/"),
        ("", "/"),
    ],
)
async def test_the_switch_leads_back_to_our_own_pages_only(referer: str, target: str) -> None:
    route = LiteMode().exact()[SWITCH]
    reply = await answer_of(route, request("/hemat?lite=0", referer=referer))
    said = headers_of(reply)
    assert (reply.status, said["location"]) == (303, target)
    assert said["set-cookie"].startswith("pantau_lite=0;")


async def test_the_switch_is_a_switch_among_other_pages_too() -> None:
    lite = LiteMode()
    route = lite.around({"/": Route(show), **lite.exact()})[SWITCH]
    for choice in ("1", "0"):
        reply = await answer_of(route, request(f"/hemat?lite={choice}", accept="text/html"))
        assert headers_of(reply)["location"] == "/"
        assert headers_of(reply)["set-cookie"].startswith(f"pantau_lite={choice};")
    assert "set-cookie" not in headers_of(await answer_of(route, request("/hemat")))
