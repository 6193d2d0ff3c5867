"""What other sites are told about a link that somebody pasted."""

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from pantau.core.errors import Invalid, NotFound
from tests.portal.share_hub import CUT, HUB, PRIVATE, PUBLIC, SECRETS, ShareHub

LINK = f"{HUB}/kamera/{PUBLIC}-kamera-1"


@pytest.fixture
def hub() -> ShareHub:
    hub = ShareHub()
    hub.allow("everybody")
    return hub


def asked(hub: ShareHub, address: str, more: str = "") -> dict[str, Any]:
    told = json.loads(hub.read(f"/oembed?url={quote(address, safe='')}{more}"))
    assert isinstance(told, dict)
    return told


def test_a_link_becomes_a_video_with_everything_that_the_specification_wants(hub: ShareHub) -> None:
    told = asked(hub, LINK)
    assert (told["version"], told["type"]) == ("1.0", "video")
    assert (told["width"], told["height"]) == (640, 454)
    assert told["title"] == 'Simpang "Lima" </script><b>'
    assert told["html"].startswith(f'<iframe src="{HUB}/sematkan/{PUBLIC}"')
    assert "<script" not in told["html"]
    assert (told["provider_name"], told["provider_url"]) == ("Pantau Kota", f"{HUB}/")
    assert told["thumbnail_url"] == f"{HUB}/kartu/{PUBLIC}.jpg"
    assert (told["thumbnail_width"], told["thumbnail_height"]) == (1200, 630)


def test_xml_says_the_same(hub: ShareHub) -> None:
    reply = hub.ask(f"/oembed?url={quote(LINK)}&format=xml")
    assert b"text/xml" in reply.wire_head
    root = ET.fromstring(reply.body)  # noqa: S314 - our own
    assert root.tag == "oembed"
    said = {each.tag: each.text for each in root}
    assert said == {name: str(value) for name, value in asked(hub, LINK).items()}


@pytest.mark.parametrize(
    ("more", "width", "height", "has_picture"),
    [
        ("&maxwidth=400", 400, 319, False),
        ("&maxwidth=2000&maxheight=2000", 640, 454, True),
        ("&maxheight=200", 640, 200, False),
        ("&maxwidth=0&maxheight=-1", 640, 454, True),
        ("&maxwidth=NaN&maxheight=1e9", 640, 454, True),
        ("&maxwidth=99999999999999999999", 640, 454, True),
        ("&maxwidth=%00&maxheight=%D9%A1", 640, 454, True),
    ],
)
def test_nothing_is_larger_than_the_site_has_room_for(
    hub: ShareHub, more: str, width: int, height: int, has_picture: bool
) -> None:
    told = asked(hub, LINK, more)
    assert (told["width"], told["height"]) == (width, height)
    assert ("thumbnail_url" in told) == has_picture


def test_without_frames_a_link_is_a_link() -> None:
    told = asked(ShareHub(), LINK)
    assert told["type"] == "link"
    assert not {"html", "width", "height"} & told.keys()


@pytest.mark.parametrize(
    "address",
    [
        f"{HUB}/k/{PUBLIC}", f"/kamera/{PUBLIC}", f"{HUB.upper()}/kamera/{PUBLIC}-otherwise",
        f"http://cctv.example/kamera/{PUBLIC}?lang=en#x", f"{HUB}/sematkan/{PUBLIC}",
        f"{HUB}/?camera={PUBLIC}",
    ],
)  # fmt: skip
def test_every_address_of_the_camera_is_known(hub: ShareHub, address: str) -> None:
    assert asked(hub, address)["provider_url"] == f"{HUB}/"


@pytest.mark.parametrize(
    "address",
    [
        f"{HUB}/kamera/{PRIVATE}", f"{HUB}/kamera/{CUT}", f"{HUB}/kamera/999", f"{HUB}/?camera=x",
        "https://evil.example/kamera/1", f"https://evil.example@x/kamera/{PUBLIC}", "javascript:1",
        "ftp://cctv.example/kamera/1", f"{HUB}/", f"{HUB}/status", "http://[", f"{HUB}/kamera/%00",
        f"{HUB}/kamera/1%2F2", "x" * 5000, "https://cctv.example:99999999/kamera/1",
    ],
)  # fmt: skip
def test_what_is_not_ours_hidden_or_nonsense_is_one_refusal(hub: ShareHub, address: str) -> None:
    with pytest.raises(NotFound) as refused:
        asked(hub, address)
    assert (refused.value.code, refused.value.facts) == ("oembed.unknown", {})


def test_other_formats_and_questions_without_an_address_are_refused(hub: ShareHub) -> None:
    assert hub.ask(f"/oembed?url={quote(LINK)}&format=yaml").status == 501
    for query in ("", "?format=json", "?url=", "?" + "&".join(f"a{n}=1" for n in range(99))):
        with pytest.raises(Invalid):
            hub.ask(f"/oembed{query}")


def test_no_answer_holds_what_is_secret(hub: ShareHub) -> None:
    text = hub.read(f"/oembed?url={quote(LINK)}")
    assert not [word for word in SECRETS if word in text]


def test_pages_of_cameras_say_where_to_ask(hub: ShareHub) -> None:
    page = hub.read(f"/kamera/{PUBLIC}-kamera-1")
    for form, kind in (("json", "application/json+oembed"), ("xml", "text/xml+oembed")):
        where = f"{HUB}/oembed?url={quote(LINK)}&amp;format={form}"
        assert f'<link rel="alternate" type="{kind}" href="{where}"' in page
    assert b"access-control-allow-origin" not in hub.ask("/").wire_head
