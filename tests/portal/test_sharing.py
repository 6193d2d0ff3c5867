"""Pictures for chats and QR codes: what they show, whom they leave out, and what they cost."""

import asyncio
import io
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.portal.sharing import card_drawing, cards
from pantau.portal.sharing.card_content import CardColours, CardWords
from pantau.portal.sharing.card_drawing import draw_card_in_thread
from pantau.portal.sharing.links import share_of
from pantau.site.colours import contrast, drawn
from pantau.site.values import Sharing
from pantau.ui.qr import qr_svg
from pantau.web.exchange import Reply
from tests.portal.cameras import camera
from tests.portal.share_hub import (
    CUT,
    HUB,
    PRIVATE,
    PUBLIC,
    RECORDED,
    STILL,
    ShareHub,
    jpeg,
    some_camera,
)

pytestmark = pytest.mark.anyio
COLOURS = CardColours(deep=(0, 60, 70), accent=(0, 110, 120))


@pytest.fixture
def hub() -> ShareHub:
    return ShareHub()


def picture_of(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == ("JPEG", (1200, 630))
    assert len(data) < 300_000
    return picture


def etag_of(reply: Reply) -> str:
    return dict(reply.headers)[b"etag"].decode()


async def test_a_card_is_a_picture_that_every_chat_takes(hub: ShareHub) -> None:
    reply = await hub.card(PUBLIC)
    picture_of(reply.body)
    assert b"image/jpeg" in reply.wire_head
    assert (await hub.card(PUBLIC, if_none_match=etag_of(reply))).status == 304
    assert (await hub.card(PUBLIC, if_none_match='"old"')).status == 200
    picture_of((await hub.card("hub")).body)
    picture_of((await hub.card(STILL)).body)


@pytest.mark.parametrize("name", [PRIVATE, CUT, 999, "x", "01x", "0"])
async def test_hidden_and_unknown_cameras_have_no_card(hub: ShareHub, name: object) -> None:
    with pytest.raises(NotFound) as refused:
        await hub.card(str(name))
    assert (refused.value.code, refused.value.facts) == ("card.unknown", {})


async def test_a_card_is_gone_with_its_camera(hub: ShareHub) -> None:
    assert (await hub.card(PUBLIC)).status == 200
    hub.catalogue.replace([each for each in hub.catalogue.all() if each.id != PUBLIC])
    with pytest.raises(NotFound):
        await hub.card(PUBLIC)


async def test_a_card_is_drawn_once_for_everybody_and_seldom_anew(hub: ShareHub) -> None:
    replies = await asyncio.gather(*(hub.card(PUBLIC) for _ in range(6)))
    assert len({etag_of(reply) for reply in replies}) == 1
    assert hub.sharing.cards.drawn == 1
    await hub.clock.advance(5)
    hub.take(PUBLIC, jpeg("black"))
    assert etag_of(await hub.card(PUBLIC)) == etag_of(replies[0])
    await hub.clock.advance(cards.FRESH_S)
    assert etag_of(await hub.card(PUBLIC)) != etag_of(replies[0])
    assert hub.sharing.cards.drawn == 2


async def test_another_name_or_colour_shows_at_once(hub: ShareHub) -> None:
    tags = [etag_of(await hub.card(PUBLIC))]
    hub.rename(PUBLIC, "Alun-Alun")
    tags.append(etag_of(await hub.card(PUBLIC)))
    hub.paint("#cc2299")
    tags.append(etag_of(await hub.card(PUBLIC)))
    assert len(set(tags)) == 3


async def test_a_kept_card_is_never_newer_than_what_may_be_seen(hub: ShareHub) -> None:
    hub.take(PUBLIC, jpeg("red"))
    newer = etag_of(await hub.card(PUBLIC))
    # A delay was decided: the public is back at an older still, or at none.
    old = hub.stills.by_camera[PUBLIC]
    hub.stills.by_camera[PUBLIC] = type(old)(jpeg("blue"), old.taken_at - timedelta(minutes=10))
    older = etag_of(await hub.card(PUBLIC))
    del hub.stills.by_camera[PUBLIC]
    assert len({newer, older, etag_of(await hub.card(PUBLIC))}) == 3


async def test_whoever_comes_while_too_many_wait_is_told_so(
    hub: ShareHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "MOST_WAITING", 2)
    names = (PUBLIC, STILL, RECORDED, "hub")
    told = await asyncio.gather(*(hub.card(name) for name in names), return_exceptions=True)
    refused = [each for each in told if isinstance(each, Problem)]
    assert [type(each) for each in refused] == [Unavailable] * 2
    assert (await hub.card("hub")).status == 200


async def test_the_memory_of_cards_is_bounded(
    hub: ShareHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "MOST_KEPT", 1)
    for name in (PUBLIC, "hub", PUBLIC):
        await hub.card(name)
    assert hub.sharing.cards.drawn == 3


@pytest.mark.parametrize("data", [b"", b"x", jpeg()[:200], b"\xff\xd8\xff" + b"\0" * 99])
def test_a_damaged_still_counts_as_none(data: bytes) -> None:
    picture_of(draw_card_in_thread(data, CardWords(name="Alun-Alun"), COLOURS))


@pytest.mark.parametrize(
    ("written", "drawable"),
    [
        ("Simpang Lima", "Simpang Lima"),
        ("Café Ngèbel – №3", "Cafe Ngebel - No. 3"),
        ("ꦗꦭꦤ꧀ Jalan Malioboro", "Jalan Malioboro"),
        ("جامع Masjid الجامع Raya", "Masjid Raya"),
        ("Đường phố", "pho"),
        ("جامع", ""),
        ("📷 Kamera 1", "Kamera 1"),
        ("a\u200bb  c\u0000", "ab c"),
        ("", ""),
    ],
)
def test_letters_are_those_that_the_font_has(written: str, drawable: str) -> None:
    assert card_drawing._drawable(written) == drawable


@pytest.mark.parametrize("name", ["K" * 200, "Wi " * 90, "Simpang " + "a" * 90, "W" * 26, ""])
def test_long_names_stay_within_the_picture(name: str) -> None:
    size_px, room_px = 64, 1200 - 2 * 56
    lines = card_drawing._wrapped(name, size_px, 2)
    assert len(lines) <= 2
    assert all(card_drawing._width(line, size_px) <= room_px for line in lines)
    assert not name or "".join(lines).replace(" ", "").startswith(name[:3].strip())
    words = CardWords(name=name, place=name, time=name[:30], site=name)
    picture_of(draw_card_in_thread(jpeg(), words, COLOURS))


def test_white_letters_can_be_read_on_a_white_still() -> None:
    still = draw_card_in_thread(jpeg("white"), CardWords(name=""), COLOURS)
    ground = picture_of(still).convert("RGB")
    # Two lines of a name at the top, place and time at the bottom: large letters, then small ones.
    for top_px, enough in ((382, 3.0), (520, 4.5)):
        pixel = ground.getpixel((600, top_px + 20))
        assert isinstance(pixel, tuple)
        red, green, blue = pixel
        assert contrast((255, 255, 255), (red, green, blue)) > enough, top_px


@pytest.mark.parametrize("colour", ["#007277", "#ffee00", "#ffffff", "#000000", "#ff0000"])
def test_white_letters_can_be_read_on_every_colour(colour: str) -> None:
    assert contrast((255, 255, 255), drawn(colour, 0.36)) > 4.5


def test_a_qr_code_leads_to_the_page_or_to_the_moment(hub: ShareHub) -> None:
    plain = f"{HUB}/kamera/{RECORDED}-kamera-{RECORDED}"
    assert hub.read(f"/qr/{RECORDED}.svg") == qr_svg(plain, title="Kamera 7")
    moment = f"{HUB}/rekaman/{RECORDED}-kamera-{RECORDED}?t=2026-11-21T07:03:22Z"
    drawn_at = hub.read(f"/qr/{RECORDED}.svg?t=2026-11-21T07:03:22Z")
    assert drawn_at == qr_svg(moment, title="Kamera 7")
    for nonsense in ("t=x", "t=NaN", "t=%00", "t=" + "9" * 99, "&" * 99):
        assert hub.read(f"/qr/{RECORDED}.svg?{nonsense}") == qr_svg(plain, title="Kamera 7")
    # Nothing was recorded there: a moment of it leads nowhere.
    still = hub.read(f"/qr/{STILL}.svg?t=2026-11-21T07:03:22Z")
    assert still == hub.read(f"/qr/{STILL}.svg")
    title = hub.read(f"/qr/{PUBLIC}.svg")
    assert "</script>" not in title


@pytest.mark.parametrize("name", [f"{PRIVATE}.svg", f"{CUT}.svg", "999.svg", "1", "1.png", "x.svg"])
def test_hidden_and_unknown_cameras_have_no_code(hub: ShareHub, name: str) -> None:
    with pytest.raises(NotFound) as refused:
        hub.ask(f"/qr/{name}")
    assert refused.value.code == "qr.unknown"


def test_a_code_is_drawn_once_and_its_title_holds_what_a_picture_may() -> None:
    hub = ShareHub()
    hub.catalogue.replace([some_camera(PUBLIC, name="Gang & 7\x01\ufffe")])
    first = hub.ask(f"/qr/{PUBLIC}.svg")
    title = ET.fromstring(first.body).find("{http://www.w3.org/2000/svg}title")  # noqa: S314
    assert title is not None
    assert title.text == "Gang & 7"
    assert hub.ask(f"/qr/{PUBLIC}.svg") is first


def test_a_hub_that_does_not_know_its_name_takes_that_of_the_request() -> None:
    hub = ShareHub(public_url="")
    told = hub.read(f"/qr/{STILL}.svg", host="10.0.0.7:8000")
    assert told == qr_svg(f"http://10.0.0.7:8000/kamera/{STILL}-kamera-{STILL}", title="Kamera 5")
    # A page is kept for everybody: no name that one visitor invents gets into it.
    page = hub.read(f"/kamera/{STILL}-kamera-{STILL}", host="evil.example")
    assert "evil.example" not in page


def test_moments_are_offered_where_something_is_recorded() -> None:
    assert share_of(camera(enable_recording=True), Sharing()).footage == "/rekaman/1-kamera-1"
    assert share_of(camera(), Sharing()).footage == ""
    assert share_of(camera(), Sharing(), public_url=HUB).url == f"{HUB}/kamera/1-kamera-1"


def test_the_page_of_a_camera_has_its_sheet(hub: ShareHub) -> None:
    page = hub.read(f"/kamera/{RECORDED}-kamera-{RECORDED}")
    assert page.count("<share-sheet") == 1
    assert f'value="{HUB}/kamera/{RECORDED}-kamera-{RECORDED}"' in page
    assert 'data-part="moment"' in page
    assert 'data-part="moment"' not in hub.read(f"/kamera/{STILL}-kamera-{STILL}")
