from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.cameras.models import LiveState
from pantau.portal.beside import NOTHING
from pantau.portal.wall import (
    MOST_WHOLE,
    WallQuery,
    parse_query,
    problems_text,
    wall_news,
    wall_values,
)
from tests.portal.cameras import NOW, camera, pages

PAGES = pages()
BROKEN = {"state": LiveState.OFFLINE, "is_online": False}


def names(query: str, cookie: str = "") -> list[str]:
    cameras = [
        camera(1, name="Pasar Wetan"),
        camera(2, name="Alun-Alun", area_id=2, area_name="Margaluyu", **BROKEN),
        camera(3, name="Pasar Kulon", area_id=2, area_name="Margaluyu"),
        camera(4, name="Terminal", area_id=None, area_name=None, location=""),
    ]
    values = wall_values(cameras, parse_query(query.encode(), cookie), PAGES, "id")
    return [tile.camera.name for place in values["places"] for tile in place.tiles]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Alun-Alun", "Pasar Kulon", "Pasar Wetan", "Terminal"]),
        ("q=PASAR", ["Pasar Kulon", "Pasar Wetan"]),
        ("q=pasar+margaluyu", ["Pasar Kulon"]),
        ("q=pahlawan+wetan", ["Pasar Wetan"]),
        ("area=2", ["Alun-Alun", "Pasar Kulon"]),
        ("area=0", ["Terminal"]),
        ("area=99", []),
        ("problems=1", ["Alun-Alun"]),
        ("favourites=1", ["Pasar Kulon"]),
        (
            "area=two&problems=yes&size=huge",
            ["Alun-Alun", "Pasar Kulon", "Pasar Wetan", "Terminal"],
        ),
    ],
)
def test_the_address_narrows_the_wall(query: str, found: list[str]) -> None:
    assert names(query, cookie="3.77.x") == found


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_address_and_no_cookie_breaks_the_wall(query: bytes, cookie: str) -> None:
    parse_query(query, cookie)


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
    values = wall_values(cameras, WallQuery(), PAGES, "id")
    assert (values["total"], values["places"][0].total, values["places"][0].offline) == (6, 6, 2)


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


def test_a_large_hub_shows_the_first_of_each_area_and_leads_to_the_rest() -> None:
    cameras = [
        camera(number, area_id=number % 9 + 1, area_name=f"Wilayah {number % 9}")
        for number in range(MOST_WHOLE + 1)
    ]
    values = wall_values(cameras, WallQuery(), PAGES, "id")
    assert not values["is_whole"]
    assert {len(place.tiles) for place in values["places"]} == {12}
    assert sum(place.total for place in values["places"]) == len(cameras)
    one = wall_values(cameras, WallQuery(area_id=1), PAGES, "id")
    assert len(one["places"][0].tiles) == one["places"][0].total == 27


def test_names_cannot_smuggle_markup_into_the_page() -> None:
    values = wall_values([camera(1, name="<script>alert(1)</script>")], WallQuery(), PAGES, "id")
    page = PAGES.render("portal/wall.html", "id", {**NOTHING, **values}).decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
