from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.areas.models import Area
from pantau.cameras.models import LiveState, PublicCamera
from pantau.core.ids import AreaId
from pantau.portal.audience import Audience
from pantau.portal.beside import NOTHING
from pantau.portal.finding import Index
from pantau.portal.wall.news import problems_text, wall_names, wall_news
from pantau.portal.wall.page import LEAST_OF_AREA, MOST_WHOLE, PAGE, Wall, wall_values
from pantau.portal.wall.query import parse_query
from tests.portal.cameras import NOW, camera, pages

PAGES = pages()
BROKEN = {"state": LiveState.OFFLINE, "is_online": False}
TOWN = (
    camera(1, name="Pasar Wetan"),
    camera(2, name="Alun-Alun", area_id=2, area_name="Margaluyu", **BROKEN),
    camera(3, name="Pasar Kulon", area_id=2, area_name="Margaluyu"),
    camera(4, name="Terminal", area_id=None, area_name=None, location=""),
)


def wall(
    cameras: Sequence[PublicCamera],
    counts: Mapping[int, int] | None = None,
    lately: Mapping[int, int] | None = None,
    area: Area | None = None,
) -> Wall:
    audience = Audience(lambda: counts or {}, PAGES.now, lately=lambda: lately or {})
    return Wall(cameras, Index(cameras), audience, lambda _: area)


def values_of(wall: Wall, query: str = "", cookie: str = "") -> dict[str, Any]:
    return wall_values(wall, parse_query(query.encode(), cookie), PAGES, "id")


def ids(values: Mapping[str, Any]) -> list[int]:
    return [tile.camera.id for place in values["places"] for tile in place.tiles]


def html(values: Mapping[str, Any]) -> str:
    return PAGES.render("portal/wall.html", "id", {**NOTHING, **values}).decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 3, 1, 4]),
        ("q=PASAR", [3, 1]),
        ("q=pasar+margaluyu", [3]),
        ("q=pahlawan+wetan", [1]),
        ("q=pahalwan+wetn", [1]),
        ("q=%00%ED%A0%80pasar", [3, 1]),
        ("area=2", [2, 3]),
        ("area=0", [4]),
        ("area=99", []),
        ("problems=1", [2]),
        ("state=offline", [2]),
        ("state=maintenance", []),
        ("favourites=1", [3]),
        ("sort=name", [2, 3, 1, 4]),
        ("sort=new", [4, 3, 2, 1]),
        ("sort=popular", [3, 1, 2, 4]),
        ("sort=near", [2, 3, 1, 4]),
        ("sort=name&area=2", [2, 3]),
        ("area=two&problems=yes&size=huge&sort=best&state=gone&page=-1", [2, 3, 1, 4]),
        ("page=99999999999", [2, 3, 1, 4]),
        ("page=999", [2, 3, 1, 4]),
    ],
)
def test_the_address_narrows_and_orders_the_wall(query: str, found: list[int]) -> None:
    assert ids(values_of(wall(TOWN, {3: 2}, {1: 9, 2: 4, 3: 1}), query, "3.77.x")) == found


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_address_and_no_cookie_breaks_the_wall(query: bytes, cookie: str) -> None:
    wall_values(wall(TOWN), parse_query(query, cookie), PAGES, "id")


def test_counts_say_what_is_on_the_page_and_what_is_wrong() -> None:
    cameras = [
        camera(1, **BROKEN),
        camera(2, status="offline"),
        camera(3, status="maintenance", **BROKEN),
        camera(4, state=LiveState.UNKNOWN, thumbnail_at=None),
        camera(5, state=LiveState.UNKNOWN),
        camera(6),
    ]
    assert problems_text(cameras, PAGES.texts["id"]) == "2 luring, 1 dirawat, 1 belum diperiksa"
    assert problems_text(cameras, PAGES.texts["en"]) == (
        "2 offline, 1 in maintenance, 1 not checked yet"
    )
    assert problems_text([camera()], PAGES.texts["id"]) == ""
    values = values_of(wall(cameras))
    assert (values["total"], values["places"][0].total, values["places"][0].offline) == (6, 6, 2)
    links = values_of(wall(cameras), "state=maintenance")["problem_links"]
    assert [(text, is_this) for text, _, is_this in links] == [
        ("2 luring", False),
        ("1 dirawat", True),
        ("1 belum diperiksa", False),
    ]


@pytest.mark.parametrize(
    ("ago", "label"),
    [
        (timedelta(hours=2, minutes=16), "Luring 11.47"),
        (timedelta(hours=15), "Luring kemarin"),
        (timedelta(days=9), "Luring 12 Nov"),
    ],
)
def test_a_broken_camera_says_since_when(ago: timedelta, label: str) -> None:
    news = wall_news([camera(1, since_at=NOW - ago, **BROKEN)], {}, PAGES, "id")
    assert news["cameras"] == {
        "1": {"state": "offline", "label": label, "still": "/api/thumbnails/1.jpg"}
    }


@pytest.mark.parametrize("state", [LiveState.LIVE, LiveState.CONNECTING])
def test_a_healthy_camera_carries_no_label(state: LiveState) -> None:
    news = wall_news([camera(1, state=state)], {}, PAGES, "id")
    assert news["cameras"] == {
        "1": {"state": str(state), "label": "", "still": "/api/thumbnails/1.jpg"}
    }


def test_viewers_are_told_where_there_are_any_and_never_as_a_zero() -> None:
    counts = {1: 1_000, 2: 0, 99: 7}
    cameras = [camera(1), camera(2), camera(3)]
    news: Any = wall_news(cameras, counts, PAGES, "id")
    assert [each.get("viewers") for each in news["cameras"].values()] == [1_000, None, None]
    # Camera 99 is not public: nobody learns that it is watched.
    assert news["watching"] == "1.000 menonton"
    page = html(values_of(wall(cameras, counts)))
    assert page.count('<span class="seen">') == 2
    assert "1.000</b>" in page
    assert ">0</b>" not in page
    quiet: Any = wall_news(cameras, {}, PAGES, "id")
    assert quiet["watching"] == ""


def test_a_large_hub_shows_the_first_of_each_area_page_by_page_and_leads_to_the_rest() -> None:
    cameras = [
        camera(number, area_id=number % 25 + 1, area_name=f"Wilayah {number % 25:02}")
        for number in range(1_000)
    ]
    hub = wall(cameras)
    seen: list[int] = []
    page = values_of(hub)
    for number in range(1, 99):
        assert page["page"] == number
        assert len(ids(page)) <= PAGE
        assert all(place.has_more and place.total == 40 for place in page["places"])
        seen += ids(page)
        if not page["next_url"]:
            break
        assert page["next_url"] == f"/?page={number + 1}"
        page = values_of(hub, page["next_url"].partition("?")[2])
    assert len(seen) == len(set(seen)) == 25 * LEAST_OF_AREA
    one = values_of(hub, "area=1")
    assert len(ids(one)) == one["places"][0].total == 40
    assert not one["places"][0].has_more
    by_name = [
        camera_id
        for number in range(1, 18)
        for camera_id in ids(values_of(hub, f"sort=name&page={number}"))
    ]
    assert sorted(by_name) == list(range(1_000))


@pytest.mark.parametrize("areas", [1, 5])
def test_every_camera_of_a_small_hub_is_on_some_page(areas: int) -> None:
    count = MOST_WHOLE if areas > 1 else MOST_WHOLE + 60
    cameras = [
        camera(number, area_id=number % areas + 1, area_name=f"Wilayah {number % areas}")
        for number in range(count)
    ]
    hub = wall(cameras)
    last = -(-count // PAGE)
    found = [each for page in range(1, last + 1) for each in ids(values_of(hub, f"page={page}"))]
    assert sorted(found) == list(range(count))


def test_pages_keep_what_was_asked_for() -> None:
    cameras = [camera(number) for number in range(130)]
    page = values_of(wall(cameras), "q=kamera+%26&sort=name&page=2&size=dense")
    assert page["next_url"] == "/?q=kamera+%26&sort=name&size=dense&page=3"
    assert page["previous_url"] == "/?q=kamera+%26&sort=name&size=dense"
    area = values_of(wall(cameras), "area=1&sort=new")
    assert area["next_url"] == "/wilayah/1-wanasari?sort=new&page=2"
    assert area["canonical"] == "/wilayah/1-wanasari?sort=new"


def test_an_area_says_what_its_operator_wrote_about_it() -> None:
    known = Area(
        id=AreaId(1),
        name="Wanasari",
        description="Pusat kota <b>",
        kelurahan="Sukadami",
        kecamatan="Wanasari",
        created_at=NOW,
    )
    page = html(values_of(wall([camera(1), camera(2, **BROKEN)], area=known), "area=1"))
    assert "<h1>Wanasari</h1>" in page
    assert '<p class="muted small">Sukadami</p>' in page
    assert "<p>Pusat kota &lt;b&gt;</p>" in page
    assert "<title>Kamera di Wanasari · Pantau</title>" in page
    assert '<link rel="canonical" href="/wilayah/1-wanasari">' in page


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        (-6.9147439, 107.6098111, [-6.91474, 107.60981]),
        (None, 107.6, None),
        (0.0, 0.0, None),
        (float("nan"), 107.6, None),
        (107.6, -6.9, [-6.9, 107.6]),
        (-6.9, float("inf"), None),
    ],
)
def test_names_hold_only_places_that_can_be(
    latitude: float | None, longitude: float | None, point: list[float] | None
) -> None:
    cameras = [camera(1, latitude=latitude, longitude=longitude)]
    assert wall_names(cameras) == {
        "areas": ["Wanasari"],
        "cameras": [[1, "kamera-1", "Kamera 1", "Jl. Pahlawan", 0, point]],
    }


def test_cameras_without_an_area_are_elsewhere_only_where_there_are_areas() -> None:
    alone = [camera(each, area_id=None, area_name=None) for each in (1, 2)]
    assert [place.name for place in values_of(wall(alone))["places"]] == ["Semua kamera"]
    assert values_of(wall(TOWN))["places"][-1].name == "Tempat lain"


def test_numbered_areas_stand_as_people_count() -> None:
    named = {1: "RT 10", 2: "rt 2", 3: "RT 1", 4: "Balai"}
    cameras = [camera(each, area_id=each, area_name=name) for each, name in named.items()]
    places = [place.name for place in values_of(wall(cameras))["places"]]
    assert places == ["Balai", "RT 1", "rt 2", "RT 10"]


def test_names_cannot_smuggle_markup_into_the_page() -> None:
    evil = "<script>alert(1)</script>"
    cameras = [camera(1, name=evil, location=evil, area_name=evil)]
    for query in ("", "area=1", "sort=name", "q=%3Cscript%3Ealert(1)"):
        page = html(values_of(wall(cameras), query))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
