"""Several cameras at once: what addresses ask for, what they get, and what they may not learn."""

import html
import re
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.cameras.models import Camera, CameraSource, LiveState
from pantau.cameras.service import Catalogue
from pantau.core.ids import AreaId, CameraId
from pantau.portal.kept_pages import KeptPages
from pantau.portal.multi.page import MultiPage
from pantau.portal.multi.wish import (
    LAYOUTS,
    MOST,
    Chosen,
    Wish,
    address,
    choose,
    fitting,
    kiosk_address,
    read_wish,
)
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.assets import Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply
from tests.portal.cameras import NOW, camera
from tests.support.clock import HandWoundClock

TOWN = tuple(
    camera(number, area_id=number % 3 + 1, area_name=f"Area {number % 3 + 1}")
    for number in range(1, 31)
)


def chosen(query: str, remembered: str = "", favourites: tuple[int, ...] = ()) -> Chosen:
    return choose(read_wish(query.encode(), remembered), TOWN, favourites)


def ids(query: str, remembered: str = "", favourites: tuple[int, ...] = ()) -> list[int]:
    return [each.id for each in chosen(query, remembered, favourites).cameras]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kamera=3.1.2", [3, 1, 2]),
        ("kamera=3,1%202", [3, 1, 2]),
        ("kamera=2.2.1.2", [2, 1]),
        ("kamera=", []),
        ("kamera=1.99.x.2", [1, 2]),
        ("kamera=" + ".".join(str(each) for each in range(1, 13)), list(range(1, 10))),
        ("area=2", [1, 4, 7, 10, 13, 16, 19, 22, 25]),
        ("area=77", []),
        ("tambah=5", [5]),
        ("kamera=1.2&tambah=5", [1, 2, 5]),
        ("kamera=1.2&tambah=2", [1, 2]),
    ],
)
def test_an_address_names_its_cameras_in_their_order(query: str, expected: list[int]) -> None:
    assert ids(query) == expected


def test_the_own_set_is_there_where_an_address_names_none() -> None:
    assert ids("", "4.2-empat") == [4, 2]
    assert chosen("", "4.2-empat").layout == "empat"
    assert ids("tambah=9", "4.2") == [4, 2, 9]
    assert ids("kamera=1", "4.2") == [1]
    # Whoever takes the last camera out wants none.
    assert ids("kamera=", "4.2") == []
    assert read_wish(b"", "4.2").is_own
    assert not read_wish(b"kamera=1", "4.2").is_own


def test_what_is_left_out_is_counted() -> None:
    many = "kamera=" + ".".join(str(each) for each in range(1, 13))
    assert chosen(many).cut == 3
    assert chosen("kamera=1.77.x.2").absent == 2
    assert chosen("tambah=77").absent == 1
    full = chosen("kamera=1.2.3.4.5.6.7.8.9&tambah=10")
    assert full.refused is not None
    assert full.refused.id == 10
    assert len(full.cameras) == MOST


def test_favourites_are_a_set_too() -> None:
    assert ids("favourites=1", favourites=(7, 3, 99)) == [7, 3]


@pytest.mark.parametrize(
    ("count", "layout"),
    [
        (0, "satu"),
        (1, "satu"),
        (2, "dua"),
        (3, "besar"),
        (4, "empat"),
        (5, "enam"),
        (7, "sembilan"),
    ],
)
def test_the_layout_is_the_smallest_that_fits(count: int, layout: str) -> None:
    assert fitting(count) == layout


def test_a_layout_grows_when_a_camera_joins() -> None:
    assert chosen("kamera=1.2&tata=dua&tambah=3").layout == "besar"
    assert chosen("kamera=1.2.3&tata=dua").layout == "dua"
    assert chosen("kamera=1&tata=sembilan&tambah=2").layout == "sembilan"


@pytest.mark.parametrize(
    ("said", "kiosk_s"),
    [("15", 15), ("1", 5), ("0", 0), ("99999", 3600), ("NaN", 0), ("-5", 0), ("1e3", 0), ("", 0)],
)
def test_a_kiosk_turns_at_a_sensible_pace(said: str, kiosk_s: int) -> None:
    assert read_wish(f"kios={said}".encode(), "").kiosk_s == kiosk_s


def test_a_kiosk_shows_every_camera_once_and_begins_again() -> None:
    seen: list[int] = []
    wish = read_wish(b"area=2&kios=10&tata=empat", "")
    for _ in range(4):
        page = choose(wish, TOWN, ())
        seen += [each.id for each in page.cameras]
        following = kiosk_address(wish, (page.page + 1) % page.pages)
        wish = read_wish(following.partition("?")[2].encode(), "")
    assert page.pages == 3
    assert seen[:10] == [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]
    assert seen[10:14] == [1, 4, 7, 10]


def test_the_last_page_of_a_kiosk_fills_the_screen_with_what_it_has() -> None:
    last = chosen("area=2&kios=10&tata=empat&halaman=2")
    assert (len(last.cameras), last.layout) == (2, "dua")


def test_a_kiosk_without_a_choice_shows_all_cameras() -> None:
    assert chosen("kios=10").pages == 4
    assert ids("kios=10", "5.6") == [5, 6]
    # The own set may be another one by the next page: it is asked for again.
    assert "kamera" not in kiosk_address(read_wish(b"kios=10", "5.6"), 1)


def test_a_kiosk_whose_pages_became_fewer_goes_on() -> None:
    assert chosen("area=2&kios=10&tata=empat&halaman=100000").page in range(3)


HOSTILE = [
    "kamera=%00.1%ff.%ed%a0%80",
    "kamera=" + "9" * 5000,
    "kamera=" + "1." * 5000,
    "kamera=-1.1e5.NaN.٣",
    "halaman=99999999999999999999&kios=5",
    "halaman=-1&kios=5",
    "tata=%00&area=NaN&ganti=x&tambah=-2",
    "&".join(f"a{each}=1" for each in range(50)),
    "q=%00%ed%a0%80" + "x" * 3000,
]


@pytest.mark.parametrize("query", HOSTILE)
def test_nonsense_is_harmless(query: str) -> None:
    for each in chosen(query).cameras:
        assert each in TOWN


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_is_typed_comes_to_a_set(text: str, remembered: str) -> None:
    query = f"kamera={text}&kios={remembered}&area={text[:9]}"
    found = choose(read_wish(query.encode("utf-8", "surrogatepass"), remembered), TOWN, ())
    assert len(found.cameras) <= MOST
    assert len({each.id for each in found.cameras}) == len(found.cameras)
    assert 0 <= found.page < found.pages
    assert found.layout in LAYOUTS


def test_addresses_can_be_read_by_people() -> None:
    assert address([3, 1], "dua") == "/multi?kamera=3.1&tata=dua"
    assert address([]) == "/multi?kamera="
    assert kiosk_address(Wish(ids=(1, 2), kiosk_s=9), 1) == "/multi?kios=9&halaman=1&kamera=1.2"


@cache
def paper() -> tuple[Assets, Pages]:
    """Read files and templates once for all tests here."""
    assets, site = read_assets(), Site(zone=ZoneInfo("Asia/Jakarta"))
    return assets, Pages(assets=assets, site=lambda: site, now=lambda: NOW)


class Hub:
    """The page in front of a few cameras."""

    def __init__(self, *cameras: Camera) -> None:
        self.catalogue = Catalogue(list(cameras), clock=HandWoundClock())
        assets, pages = paper()
        self.page = MultiPage(KeptPages(self.catalogue, pages), pages, assets)

    def ask(self, query: str = "", cookie: str = "", language: str = "en") -> str:
        fields = [(b"accept-language", language.encode()), (b"cookie", cookie.encode())]
        scope: dict[str, Any] = {
            "method": "GET",
            "path": "/multi",
            "query_string": query.encode(),
            "headers": fields,
        }
        request = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
        reply = self.page.exact()["/multi"].handler(request)
        assert isinstance(reply, Reply)
        assert reply.status == 200
        assert dict(reply.headers)[b"cache-control"] == b"private, no-cache"
        return html.unescape(reply.body.decode())


def some_camera(number: int, **changes: Any) -> Camera:
    values: dict[str, Any] = {
        "id": CameraId(number),
        "slug": f"kamera-{number}",
        "stream_key": f"key-{number}",
        "name": f"Kamera {number}",
        "source": CameraSource("rtsp://user:geheim@10.0.0.1/1"),
        "area_id": AreaId(1),
        "area_name": "Wanasari",
    }
    return Camera(**(values | changes))


@pytest.fixture
def hub() -> Hub:
    return Hub(*(some_camera(number) for number in range(1, 13)))


def tiles(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'<li class="tile" data-camera="(\d+)"', page)]


def link(page: str, what: str, number: int) -> str:
    """Return where a link in the tile of a camera leads."""
    tile = page[page.index(f'data-camera="{number}"') :]
    found = re.search(rf'<a href="([^"]*)"[^>]* data-do="{what}"', tile)
    assert found is not None
    return found[1]


def test_every_change_is_a_link_that_works_without_a_script(hub: Hub) -> None:
    page = hub.ask("kamera=3.1.2&tata=besar")
    assert tiles(page) == [3, 1, 2]
    assert link(page, "later", 3) == "/multi?kamera=1.3.2&tata=besar"
    assert link(page, "earlier", 2) == "/multi?kamera=3.2.1&tata=besar"
    assert link(page, "first", 2) == "/multi?kamera=2.3.1&tata=besar"
    assert link(page, "remove", 1) == "/multi?kamera=3.2&tata=besar"
    replace = link(page, "replace", 1)
    assert replace == "/multi?kamera=3.1.2&tata=besar&ganti=1#tambah"
    asked = hub.ask(replace.partition("?")[2].partition("#")[0])
    assert "What takes the place of Kamera 1?" in asked
    assert 'href="/multi?kamera=3.4.2&tata=besar"' in asked
    assert '<meta http-equiv="refresh" content="20">' in page


def test_cameras_are_found_by_name_and_join_at_the_end(hub: Hub) -> None:
    page = hub.ask("kamera=3.1&q=kamera+7")
    assert re.findall(r'data-do="join" data-camera="(\d+)"', page)[0] == "7"
    assert 'href="/multi?kamera=3.1.7"' in page
    assert "No camera found for “zzzzzz”." in hub.ask("kamera=3.1&q=zzzzzz")
    # Favourites are offered before all others.
    offered = hub.ask("kamera=3.1", "pantau_favourites=9.11")
    assert re.findall(r'data-do="join" data-camera="(\d+)"', offered)[:2] == ["9", "11"]


def test_nothing_is_offered_where_nothing_fits(hub: Hub) -> None:
    full = ".".join(str(each) for each in range(1, 10))
    page = hub.ask(f"kamera={full}&q=kamera")
    assert "Nine cameras are the most" in page
    assert 'data-do="join"' not in page
    assert "Remove one first, then add Kamera 10." in hub.ask(f"kamera={full}&tambah=10")


def test_what_could_not_be_had_is_said_once(hub: Hub) -> None:
    assert "2 cameras of this link are not here" in hub.ask("kamera=1.77.x")
    assert "1 camera of this link is not here" in hub.ask("kamera=1.77")
    assert "None of these cameras is here" in hub.ask("kamera=77.78")
    assert "No camera chosen yet" in hub.ask()
    assert "9 cameras fit at most. 3 more are left out." in hub.ask(
        "kamera=" + ".".join(str(each) for each in range(1, 13))
    )


def test_hidden_cameras_are_like_those_that_never_were(hub: Hub) -> None:
    hub.catalogue.replace(
        [some_camera(1), some_camera(2, enabled=False, name="Rahasia"), some_camera(3)]
    )
    for cookie in ("", "pantau_multi=1.2", "pantau_favourites=2"):
        hidden = hub.ask("kamera=1.2&q=rahasia", cookie)
        unknown = hub.ask("kamera=1.9&q=rahasia", cookie)
        assert hidden == unknown
        assert "Rahasia" not in hidden
    for query in ("tambah=2", "kamera=2", "kios=5", "favourites=1", "kamera=1&ganti=2"):
        page = hub.ask(query, "pantau_favourites=2; pantau_multi=2")
        assert "key-2" not in page
        assert "Rahasia" not in page
    assert "geheim" not in hub.ask("kamera=1.3")


def test_cameras_that_do_not_play_carry_no_player(hub: Hub) -> None:
    hub.catalogue.replace([some_camera(1), some_camera(2, status="maintenance")])
    page = hub.ask("kamera=1.2")
    assert tiles(page) == [1, 2]
    assert re.findall(r'<pantau-player [^>]*data-camera="(\d+)"', page) == ["1"]
    # Without a script there are stills, and nothing that only a script makes work.
    assert page.index('<template data-part="live">') < page.index("<pantau-player")


def test_a_kiosk_has_nothing_but_pictures_and_a_way_out(hub: Hub) -> None:
    page = hub.ask("kamera=1.2.3&kios=15&tata=dua")
    assert tiles(page) == [1, 2]
    assert re.search("<html [^>]*data-kiosk", page)
    assert not re.search("<html [^>]*data-kiosk", hub.ask("kamera=1.2.3"))
    following = "/multi?kios=15&halaman=1&tata=dua&kamera=1.2.3"
    assert f'data-next="{following}"' in page
    assert f'content="15;url={following}"' in page
    assert 'data-do="remove"' not in page
    assert tiles(hub.ask(following.partition("?")[2])) == [3]
    assert "No camera to show" in Hub().ask("kios=15")


@pytest.mark.parametrize("query", HOSTILE)
def test_no_address_breaks_the_page(hub: Hub, query: str) -> None:
    assert "</html>" in hub.ask(query, "pantau_multi=%00-; pantau_favourites=x.")


def test_an_offline_camera_says_so_on_its_still() -> None:
    assert chosen("kamera=1").cameras[0].state is LiveState.LIVE
    page = Hub(some_camera(1, status="offline")).ask("kamera=1")
    assert "still__flag" in page
