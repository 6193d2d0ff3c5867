"""What search engines are told of the hub: what is public, in every language, and nothing else."""

import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pantau.cameras.models import LiveState, Observation
from pantau.core.ids import CameraId
from pantau.portal.sharing import sitemap as sitemaps
from tests.portal.cameras import camera
from tests.portal.share_hub import HUB, LATE, PUBLIC, SECRETS, STILL, ShareHub

NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
    "i": "http://www.google.com/schemas/sitemap-image/1.1",
}
WATCH = f"/kamera/{PUBLIC}-kamera-1"


@pytest.fixture
def hub() -> ShareHub:
    return ShareHub()


def entries(hub: ShareHub) -> dict[str, ET.Element]:
    root = ET.fromstring(hub.ask("/sitemap.xml").body)  # noqa: S314 - our own
    return {each.findtext("s:loc", "", NAMES): each for each in root.findall("s:url", NAMES)}


def test_it_holds_pages_areas_and_cameras_that_anybody_may_see(hub: ShareHub) -> None:
    found = entries(hub)
    assert {f"{HUB}/", f"{HUB}/peta", f"{HUB}/status"} <= found.keys()
    assert f"{HUB}/wilayah/3-wanasari-timur" in found
    cameras = [address for address in found if "/kamera/" in address]
    assert len(cameras) == len(hub.catalogue.public()) == 5
    text = hub.read("/sitemap.xml").lower()
    assert not [word for word in (*SECRETS, "gudang", "rahasia") if word.lower() in text]


def test_each_page_names_its_languages_and_its_picture(hub: ShareHub) -> None:
    found = entries(hub)[HUB + WATCH]
    links = {each.get("hreflang"): each.get("href") for each in found.findall("x:link", NAMES)}
    assert links["x-default"] == links["id"] == HUB + WATCH
    assert links["en"] == f"{HUB}{WATCH}?lang=en"
    assert found.findtext("i:image/i:loc", "", NAMES) == f"{HUB}/kartu/{PUBLIC}.jpg"
    # No still yet: a picture that says nothing is none.
    assert entries(hub)[f"{HUB}/kamera/{STILL}-kamera-{STILL}"].find("i:image", NAMES) is None


def test_names_of_areas_cannot_break_it_and_it_ends_where_the_protocol_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sitemaps._MOST == 50_000
    monkeypatch.setattr(sitemaps, "_MOST", 20)
    many = [camera(1, area_name="A & <b>"), *(camera(n, area_id=None) for n in range(2, 30))]
    root = ET.fromstring(sitemaps.sitemap(many, HUB))  # noqa: S314 - our own
    assert len(root) == 20


def test_robots_may_read_what_chats_need(hub: ShareHub) -> None:
    text = hub.read("/robots.txt")
    assert f"Sitemap: {HUB}/sitemap.xml" in text
    refused = re.findall(r"Disallow: (\S+)", text)
    for path in ("/kartu/1.jpg", "/sematkan/1", "/oembed", "/kamera/1", "/"):
        assert not [each for each in refused if path.startswith(each)], path


def head(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)">', page))


def test_a_page_tells_chats_whole_addresses(hub: ShareHub) -> None:
    told = head(hub.read(WATCH))
    assert told["og:image"] == f"{HUB}/kartu/{PUBLIC}.jpg"
    assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")
    assert told["og:url"] == HUB + WATCH
    assert told["og:locale"] == "id_ID"
    assert told["twitter:card"] == "summary_large_image"
    assert told["og:title"].startswith("Simpang &#34;Lima&#34; &lt;/script&gt;")
    assert head(hub.read("/"))["og:image"].startswith(HUB)


def test_a_page_has_one_address_in_each_language(hub: ShareHub) -> None:
    for language, own in (("id", HUB + WATCH), ("en", f"{HUB}{WATCH}?lang=en")):
        page = hub.read(WATCH, accept_language=language)
        assert re.findall(r'<link rel="canonical" href="([^"]*)"', page) == [own]
        links = dict(re.findall(r'hreflang="([\w-]+)" href="(http[^"]*)"', page))
        assert links == {
            "x-default": HUB + WATCH, "id": HUB + WATCH, "en": f"{HUB}{WATCH}?lang=en",
        }  # fmt: skip


def graph(page: str) -> dict[str, dict[str, Any]]:
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert len(blocks) == 1
    return {each["@type"]: each for each in json.loads(blocks[0])["@graph"]}


def test_structured_data_is_read_whole_whatever_a_camera_is_called(hub: ShareHub) -> None:
    told = graph(hub.read(WATCH))
    video = told["VideoObject"]
    assert video["name"] == 'Simpang "Lima" </script><b>'
    assert video["publication"]["isLiveBroadcast"] is True
    assert video["contentLocation"]["geo"]["latitude"] == -6.98
    assert "embedUrl" not in video
    trail = [each["item"] for each in told["BreadcrumbList"]["itemListElement"]]
    assert trail == [f"{HUB}/", f"{HUB}/wilayah/3-wanasari-timur", HUB + WATCH]
    hub.allow("everybody")
    assert graph(hub.read(WATCH))["VideoObject"]["embedUrl"] == f"{HUB}/sematkan/{PUBLIC}"


def test_what_is_late_still_or_gone_is_not_called_live(hub: ShareHub) -> None:
    for number in (LATE, STILL):
        video = graph(hub.read(f"/kamera/{number}-kamera-{number}"))["VideoObject"]
        assert "publication" not in video, number
    now = hub.clock.now()
    gone = Observation(LiveState.OFFLINE, now - timedelta(hours=1), now)
    hub.catalogue.observe({CameraId(PUBLIC): gone})
    assert "publication" not in graph(hub.read(WATCH))["VideoObject"]
