"""How the watch page shows cameras that are no plain live stream, and what robots are told."""

from typing import Any

import pytest

from pantau.cameras.capabilities import Player
from pantau.cameras.decisions import CutOff, PublicDecision, Showing, Visibility
from pantau.cameras.models import CameraSource
from pantau.core.errors import NotFound
from pantau.portal.beside import NOTHING
from pantau.portal.frames import frame_origin
from pantau.portal.watch.page import view_of, watch_values
from pantau.ui.i18n import Language
from pantau.web.client_address import ClientAddresses
from pantau.web.headers import SecurityHeaders
from tests.portal.cameras import camera, pages
from tests.portal.test_pages import Hub, some_camera
from tests.support.clock import START

PAGES = pages()
PAGE = "https://Owner.example:8443/player?id=7&x=1"
NOT_FOUND = (
    PublicDecision(visibility=Visibility.PRIVATE),
    PublicDecision(visibility=Visibility.PARTNER),
    PublicDecision(cut_off=CutOff(at=START)),
)


def drawn(language: Language = "en", **changes: Any) -> str:
    values = watch_values(camera(1, **changes), [], PAGES, language)
    return PAGES.render("portal/watch.html", language, {**NOTHING, **values}).decode()


def test_page_of_somebody_else_is_framed_and_may_do_little() -> None:
    page = drawn(player=Player.FRAME, embed_url=PAGE)
    frame = page[page.index("<iframe") : page.index("</iframe>")]
    assert f'src="{PAGE.replace("&", "&amp;")}"' in frame
    assert 'sandbox="allow-scripts allow-same-origin allow-presentation"' in frame
    assert "This picture comes from https://owner.example:8443." in page
    assert "pantau-player" not in page


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (PAGE, "https://owner.example:8443"),
        ("http://10.0.0.7/x", "http://10.0.0.7"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]:80"),
        ("javascript:alert(1)", ""),
        ("https://owner.example; script-src */", ""),
        ("https://user:geheim@owner.example/", ""),
        ("//owner.example/", ""),
        ("https://[broken/", ""),
        ("", ""),
    ],
)
def test_only_plain_sites_get_into_the_policy_of_a_page(address: str, origin: str) -> None:
    assert frame_origin(address) == origin
    view = view_of(camera(1, player=Player.FRAME, embed_url=address))
    assert view == ("frame" if origin else "nothing")


def test_still_camera_shows_a_picture_that_is_renewed_even_without_scripts() -> None:
    page = drawn(showing=Showing.STILL)
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in page
    assert 'data-address="/api/thumbnails/1.jpg?w=640"' in page
    assert "<video" not in page
    assert "/hls/" not in page


def test_late_camera_says_how_late() -> None:
    late: dict[str, Any] = {"showing": Showing.DELAYED, "delay_s": 300}
    assert "Shown about 5 minutes late." in drawn(**late)
    assert "terlambat sekitar 5 menit" in drawn("id", **late)
    assert "late." not in drawn()


def test_camera_that_no_browser_plays_says_so() -> None:
    page = drawn(player=Player.NONE)
    assert "cannot be played in a browser yet" in page
    assert "/hls/" not in page


def test_player_asks_for_the_newest_source() -> None:
    assert 'data-address="/hls/key-1/index.m3u8?r=4"' in drawn(stream_revision=4)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.mark.anyio
@pytest.mark.parametrize("decision", NOT_FOUND)
async def test_hidden_camera_is_as_unknown_as_one_that_never_was(
    hub: Hub, decision: PublicDecision
) -> None:
    hub.catalogue.replace([some_camera(1, decision=decision), some_camera(2)])
    answers = []
    for address in ("/kamera/1-kamera-1", "/kamera/1", "/kamera/99"):
        with pytest.raises(NotFound) as refused:
            hub.ask(address)
        answers.append((refused.value.code, refused.value.sentence, refused.value.facts))
    assert answers[0] == answers[1] == answers[2]
    for address in ("/", "/wall.id.json", "/kamera/2-kamera-2", "/sitemap.xml"):
        body = hub.ask(address, host="cctv.example").body
        assert b"kamera-1" not in body
        assert b"Kamera 1" not in body


@pytest.mark.anyio
async def test_only_the_page_with_a_frame_lets_its_site_in(hub: Hub) -> None:
    hub.catalogue.replace([some_camera(1, source=CameraSource(PAGE, kind="embed"))])
    headers = SecurityHeaders(ClientAddresses())
    policies = []
    for address in ("/", "/kamera/1-kamera-1"):
        request, reply = hub.asked(address)
        block = headers.wire_block(request.scope, reply, cross_origin=False)
        told = dict(headers.complete(request.scope, reply.headers))
        policies.append(told[b"content-security-policy"])
        assert told[b"content-security-policy"] in block
    assert b"frame-src" not in policies[0]
    assert b"frame-src https://owner.example:8443;" in policies[1]


@pytest.mark.anyio
async def test_sitemap_names_what_the_public_finds_at_its_whole_address(hub: Hub) -> None:
    answer = hub.ask("/sitemap.xml", host="cctv.example:8080")
    text = answer.body.decode()
    assert "<loc>http://cctv.example:8080/kamera/1-kamera-1</loc><lastmod>2026-03-01<" in text
    assert text.count("<url><loc>http://cctv.example:8080/kamera/") == 2
    robots = hub.ask("/robots.txt", host="cctv.example:8080").body.decode()
    assert "Sitemap: http://cctv.example:8080/sitemap.xml" in robots


@pytest.mark.anyio
@pytest.mark.parametrize("host", ['x"><script>', "a b", "<evil>", "x/../y"])
async def test_strange_hosts_stand_in_no_sitemap(hub: Hub, host: str) -> None:
    assert host.encode() not in hub.ask("/sitemap.xml", host=host).body
