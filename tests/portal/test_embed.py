"""Frames of other sites: who may show a camera, what such a page gives away, and what it is."""

import re

import pytest

from pantau.core.errors import Forbidden
from pantau.portal.sharing.links import ancestors_of, frame_code, share_of
from pantau.site.values import Sharing
from tests.portal.cameras import camera
from tests.portal.share_hub import CUT, FRAME, HUB, LATE, PRIVATE, PUBLIC, SECRETS, STILL, ShareHub

NEWSPAPER = "https://news.example"
PATH = f"/sematkan/{PUBLIC}"


@pytest.fixture
def hub() -> ShareHub:
    hub = ShareHub()
    hub.allow("listed", NEWSPAPER)
    return hub


@pytest.mark.parametrize(
    ("embed", "origins", "ancestors"),
    [
        ("nobody", NEWSPAPER, "'none'"),
        ("listed", "", "'none'"),
        (
            "listed",
            f"{NEWSPAPER}\nhttps://*.b.example:8443",
            f"{NEWSPAPER} https://*.b.example:8443",
        ),
        ("everybody", "", "*"),
        ("everybody", NEWSPAPER, "*"),
    ],
)
def test_the_setting_says_who_may_frame(embed: str, origins: str, ancestors: str) -> None:
    sharing = Sharing.model_validate({"embed": embed, "embed_origins": origins})
    assert ancestors_of(sharing) == ancestors
    offers = share_of(camera(), sharing).frame != ""
    assert offers == (ancestors != "'none'")


@pytest.mark.parametrize(
    "site",
    [
        "*", "https:", "https://", "https://*", "https://*.org", "'self'", "data:", "javascript:1",
        "https://a.example/path", "https://a.example;script-src *", "https://a.example\r\nx: y",
        "ftp://a.example", "https://user@a.example", "https://a.example:0", "https://a.example:99999",
        "https://-a.example", "https://ä.example", "https://a_b.example", "//a.example",
    ],
)  # fmt: skip
def test_what_is_no_site_never_gets_into_a_header(site: str) -> None:
    with pytest.raises(ValueError, match=r"must be sites|String"):
        Sharing(embed_origins=site)


def test_only_the_frame_may_be_framed_and_only_by_the_sites_that_are_listed(hub: ShareHub) -> None:
    framed = hub.sent(PATH)
    assert framed["content-security-policy"].endswith(f"frame-ancestors {NEWSPAPER}")
    assert "x-frame-options" not in framed
    assert framed["cross-origin-resource-policy"] == "cross-origin"
    assert framed["x-content-type-options"] == "nosniff"
    etag = framed["etag"]
    kept = hub.sent(PATH, if_none_match=etag)
    assert kept["content-security-policy"] == framed["content-security-policy"]
    assert "x-frame-options" not in kept
    for page in ("/", f"/kamera/{PUBLIC}-kamera-1", "/qr/1.svg"):
        own = hub.sent(page)
        assert own["x-frame-options"] == "DENY", page
        assert own["content-security-policy"].endswith("frame-ancestors 'none'"), page
        assert own["cross-origin-resource-policy"] == "same-origin", page


def test_nobody_is_the_default_and_refuses_without_telling_what_exists() -> None:
    hub = ShareHub()
    for number in (PUBLIC, PRIVATE, 999):
        with pytest.raises(Forbidden) as refused:
            hub.ask(f"/sematkan/{number}")
        assert refused.value.code == "embed.off"
    request, _ = hub.asked("/")
    assert "csp_ancestors" not in request.scope.get("state", {})
    assert "/sematkan/" not in hub.read(f"/kamera/{PUBLIC}-kamera-1")


def test_a_change_of_the_setting_holds_at_once(hub: ShareHub) -> None:
    watch = f"/kamera/{PUBLIC}-kamera-1"
    assert "/sematkan/" in hub.read(watch)
    hub.allow("everybody")
    assert hub.sent(PATH)["content-security-policy"].endswith("frame-ancestors *")
    hub.allow("nobody")
    with pytest.raises(Forbidden):
        hub.ask(PATH)
    assert "/sematkan/" not in hub.read(watch)


def test_hidden_and_unknown_cameras_are_one_answer_that_says_nothing(hub: ShareHub) -> None:
    answers = [hub.ask(f"/sematkan/{name}") for name in (PRIVATE, CUT, 999, "x", "", "1/2", "-1")]
    assert {reply.status for reply in answers} == {404}
    assert len({reply.wire_head + reply.body for reply in answers}) == 1
    assert not [word for word in SECRETS if word in answers[0].body.decode()]


def test_a_frame_holds_what_is_needed_and_no_more(hub: ShareHub) -> None:
    page = hub.read(PATH)
    assert f'href="{HUB}/kamera/{PUBLIC}-kamera-1" target="_blank" rel="noopener"' in page
    assert "Simpang &#34;Lima&#34; &lt;/script&gt;&lt;b&gt;" in page
    assert '<meta name="robots" content="noindex">' in page
    assert 'rel="manifest"' not in page
    assert "data-hold" in page
    assert "data-hold" not in hub.read(f"{PATH}?autoplay=1")
    assert not [word for word in SECRETS if word in page]
    assert len(page) < 16_000


@pytest.mark.parametrize("query", ["", "?lang=en", "?theme=dark&lang=id", "?theme=%00&autoplay=9"])
def test_a_frame_gives_no_cookie(hub: ShareHub, query: str) -> None:
    assert "set-cookie" not in hub.sent(PATH + query)


def test_theme_and_language_are_those_that_the_address_names(hub: ShareHub) -> None:
    assert '<html lang="en" dir="ltr" data-theme="dark">' in hub.read(f"{PATH}?theme=dark&lang=en")
    assert '<html lang="id" dir="ltr">' in hub.read(f"{PATH}?theme=%22%3E%3Cb")
    assert '<html lang="en" dir="ltr">' in hub.read(PATH, accept_language="en")


def test_the_frame_shows_no_more_than_the_page_of_the_camera(hub: ShareHub) -> None:
    still = hub.read(f"/sematkan/{STILL}")
    assert "/hls/" not in still
    assert "<fresh-still" in still
    late = hub.read(f"/sematkan/{LATE}")
    watch = hub.read(f"/kamera/{LATE}-kamera-{LATE}")
    assert set(re.findall(r'data-address="([^"]*)"', late)) <= set(
        re.findall(r'data-address="([^"]*)"', watch)
    )
    foreign = hub.read(f"/sematkan/{FRAME}")
    assert "<iframe" not in foreign
    assert "owner.example" not in foreign


def test_a_name_cannot_break_out_of_the_code_that_is_pasted() -> None:
    code = frame_code(camera(name='"><script>alert(1)</script>'), base=HUB)
    assert "<script" not in code
    assert code.startswith(f'<iframe src="{HUB}/sematkan/1" title="&#34;&gt;&lt;script')
