"""What the map is told of cameras, and what becomes of coordinates that forms and imports spoil."""

import json
import math
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.cameras.models import LiveState, PublicCamera
from pantau.core.errors import NotFound
from pantau.portal.map.page import MARKS, map_news, map_places, map_values, mark_of
from pantau.portal.map.points import Point, believed, box_of, without_strays
from pantau.portal.map.routes import asked_area
from pantau.portal.wall.news import problems_text
from tests.portal.cameras import camera, pages
from tests.portal.test_pages import Hub, some_camera

PAGES = pages()
HERE: dict[str, Any] = {"latitude": -6.98, "longitude": 110.41}
OFF: dict[str, Any] = {"state": LiveState.OFFLINE, "is_online": False}
NAN, INFINITE = float("nan"), float("inf")


def places(cameras: Sequence[PublicCamera]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(map_places(cameras))
    return told


def news(cameras: Sequence[PublicCamera]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(map_news(cameras, PAGES, "id", places=map_places(cameras)))
    return told


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        (-6.98, 110.41, Point(-6.98, 110.41)),
        (-6.980001234, 110.410006, Point(-6.98, 110.41001)),
        (0.0, 109.33, Point(0.0, 109.33)),
        (51.5, 0.0, Point(51.5, 0.0)),
        (85.0, -180.0, Point(85.0, -180.0)),
        (110.41, -6.98, Point(-6.98, 110.41)),
        (0, 0, None),
        (0.0004, -0.0002, None),
        (None, 110.41, None),
        (-6.98, None, None),
        (NAN, 110.41, None),
        (-6.98, NAN, None),
        (INFINITE, 110.41, None),
        (-6.98, -INFINITE, None),
        (999.0, 110.41, None),
        (110.41, 95.0, None),
        (-6.98, 1e300, None),
        (181.0, 5.0, None),
        (89.9, 110.41, None),
    ],
)
def test_coordinates_are_believed_mended_or_left_out(
    latitude: float | None, longitude: float | None, point: Point | None
) -> None:
    assert believed(latitude, longitude) == point


@given(st.floats() | st.none(), st.floats() | st.none())
def test_no_numbers_lead_off_the_map(latitude: float | None, longitude: float | None) -> None:
    point = believed(latitude, longitude)
    if point is not None:
        assert abs(point.latitude) <= 85
        assert abs(point.longitude) <= 180
        assert {point.latitude, point.longitude} != {0}


@given(st.lists(st.tuples(st.floats(-85, 85), st.floats(-180, 180)), max_size=40))
def test_a_box_holds_at_least_nine_tenths(pairs: list[tuple[float, float]]) -> None:
    points = [Point(*pair) for pair in pairs]
    kept = without_strays(points)
    assert len(kept) >= math.floor(0.9 * len(points))
    box = box_of(points)
    assert (box is None) == (points == [])
    if box is not None:
        assert all(box.south <= each.latitude <= box.north for each in kept)
        assert all(box.west <= each.longitude <= box.east for each in kept)


def test_one_wrong_digit_does_not_show_a_continent() -> None:
    town = [Point(-6.98 - number / 500, 110.41 + number / 700) for number in range(12)]
    box = box_of([*town, Point(6.98, 110.41)])
    assert box is not None
    assert box.north == -6.98
    assert box.south == pytest.approx(-7.002)
    # Of three nobody can say which one is wrong.
    assert len(without_strays([*town[:2], Point(6.98, 110.41)])) == 3


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({}, "on"),
        ({"state": LiveState.CONNECTING}, "on"),
        (OFF, "off"),
        ({"status": "offline"}, "off"),
        ({"status": "maintenance"}, "service"),
        ({"status": "maintenance", **OFF}, "service"),
        ({"state": LiveState.UNKNOWN, "thumbnail_at": None}, "unknown"),
        # It waits for somebody to watch, and showed a picture before.
        ({"state": LiveState.UNKNOWN}, "on"),
        # Seen gone a moment ago, and not yet believed.
        ({"state": LiveState.OFFLINE, "is_online": True}, "on"),
    ],
)
def test_every_state_has_one_of_four_shapes(changes: dict[str, Any], mark: str) -> None:
    assert mark_of(camera(1, **changes)) == mark
    assert mark in MARKS


def test_the_map_counts_as_trouble_what_the_wall_does() -> None:
    cameras = [
        camera(1, **HERE, **OFF),
        camera(2, **HERE, status="maintenance"),
        camera(3, **HERE, state=LiveState.UNKNOWN, thumbnail_at=None),
        camera(4, **HERE),
        camera(5, **OFF),
    ]
    counts = map_values(cameras[:4], None, PAGES, "en")["counts"]
    assert counts == {"on": 1, "off": 1, "service": 1, "unknown": 1}
    assert problems_text(cameras[:4], PAGES.texts["en"]) == (
        "1 offline, 1 in maintenance, 1 not checked yet"
    )
    # What is not on the map is not counted as if it were.
    assert map_values(cameras, None, PAGES, "en")["counts"] == counts
    assert map_values(cameras, None, PAGES, "en")["unplaced_total"] == 1


def test_places_are_an_allow_list_and_hold_no_secret() -> None:
    told = map_places(
        [
            camera(
                7,
                **HERE,
                stream_key="key-seven",
                embed_url="https://owner.example/frame",
                description="What only the page says",
                group_name="Kelompok rahasia",
            )
        ]
    )
    assert json.loads(told)["cameras"] == [
        [7, "kamera-7", "Kamera 7", "Jl. Pahlawan", 1, -6.98, 110.41, 1]
    ]
    for secret in (b"key-seven", b"owner.example", b"only the page", b"rahasia"):
        assert secret not in told


def test_bad_coordinates_are_no_place_and_no_broken_json() -> None:
    bad = [(0, 0), (NAN, 110.0), (INFINITE, 110.0), (999.0, 110.0), (None, None), (-6.9, NAN)]
    cameras = [
        camera(number, latitude=latitude, longitude=longitude)
        for number, (latitude, longitude) in enumerate(bad, 1)
    ]
    told = places([*cameras, camera(9, **HERE)])
    assert [row[5:7] for row in told["cameras"]] == [[None, None]] * 6 + [[-6.98, 110.41]]
    assert told["home"] == [-6.98, 110.41, -6.98, 110.41]
    assert map_values(cameras, None, PAGES, "id")["placed"] == 0


def test_areas_come_by_name_with_a_box_of_their_own_cameras() -> None:
    told = places(
        [
            camera(1, area_id=None, area_name=None, **HERE),
            camera(2, area_id=5, area_name="Wanasari", latitude=-6.9, longitude=110.4),
            camera(3, area_id=5, area_name="Wanasari", latitude=-6.8, longitude=110.5),
            camera(4, area_id=4, area_name="alun-alun"),
        ]
    )
    assert told["areas"] == [
        [4, "alun-alun", 1, None],
        [5, "Wanasari", 2, [-6.9, 110.4, -6.8, 110.5]],
        [0, "", 1, [-6.98, 110.41, -6.98, 110.41]],
    ]


def test_news_name_only_what_is_not_well_and_tell_when_places_became_others() -> None:
    before = [camera(1, **HERE), camera(2, **HERE)]
    after = [camera(1, **HERE), camera(2, **HERE, **OFF)]
    assert news(before)["cameras"] == {}
    told = news(after)
    assert told["cameras"] == {"2": ["off", "Luring 14.03"]}
    assert told["version"] == news(before)["version"] == places(before)["version"]
    assert news([camera(1, **HERE)])["version"] != told["version"]
    assert news([camera(1, **HERE), camera(2, latitude=-7.0, longitude=110.41)]) != news(before)


def test_a_large_list_is_cut_and_the_area_that_is_asked_for_is_whole() -> None:
    cameras = [
        camera(number, area_id=1 + number % 2, area_name=f"Wilayah {1 + number % 2}", **HERE)
        for number in range(300)
    ]
    areas = {area.id: area for area in map_values(cameras, 2, PAGES, "id")["areas"]}
    assert [len(areas[number].cameras) for number in (1, 2)] == [12, 150]
    assert [areas[number].is_open for number in (1, 2)] == [False, True]
    assert areas[1].total == 150


def test_maps_begin_with_the_cameras_unless_the_operator_says_where() -> None:
    assert map_values([camera(1, **HERE)], None, PAGES, "id")["start"] == ""
    pages = copy(PAGES)
    site = replace(PAGES.site, map_start="-6.98,110.41,13")
    pages._site = lambda: site
    assert map_values([camera(1, **HERE)], None, pages, "id")["start"] == "-6.98,110.41,13"


@pytest.mark.parametrize(
    ("query", "area_id"),
    [
        (b"", None),
        (b"area=3", 3),
        (b"area=1&area=4", 4),
        (b"area=0", 0),
        (b"kamera=7", None),
        (b"area=-1", None),
        (b"area=NaN", None),
        (b"area=%00", None),
        (b"area=\xff\xfe", None),
        (b"area=%ED%A0%80", None),
        (b"area=99999999999999999999", None),
        ("area=٣".encode(), None),
        (b"&".join(b"a%d=1" % number for number in range(50)), None),
    ],
)
def test_the_address_names_an_area_or_none(query: bytes, area_id: int | None) -> None:
    assert asked_area(query) == area_id


@given(st.binary(max_size=200))
def test_no_address_breaks_the_map(query: bytes) -> None:
    asked_area(query)


@pytest.fixture(scope="module")
def one_hub() -> Hub:
    # Reading the files of the pages takes longer than all that is asked here.
    return Hub()


@pytest.fixture
def hub(one_hub: Hub) -> Hub:
    hub = one_hub
    hub.catalogue.replace([some_camera(1, latitude=-6.98, longitude=110.41), some_camera(2)])
    return hub


def test_the_page_its_places_and_its_news_are_kept_until_something_changes(hub: Hub) -> None:
    addresses = ["/peta", "/peta.json", "/peta-kini.en.json"]
    before = [hub.ask(each) for each in addresses]
    assert [hub.ask(each) for each in addresses] == before
    assert b"Kamera 1" in before[0].body
    assert b'src="/assets/js/map.' in before[0].body
    hub.catalogue.replace([some_camera(2, latitude=-6.98, longitude=110.41)])
    after = [hub.ask(each) for each in addresses]
    assert b"Kamera 1" not in after[0].body
    assert [row[0] for row in json.loads(after[1].body)["cameras"]] == [2]
    assert json.loads(after[2].body)["version"] == json.loads(after[1].body)["version"]


def test_a_hidden_camera_is_on_no_map(hub: Hub) -> None:
    hub.catalogue.replace(
        [some_camera(1, enabled=False, latitude=-6.98, longitude=110.41), some_camera(2)]
    )
    for address in ("/peta", "/peta?area=1", "/peta.json", "/peta-kini.id.json"):
        assert b"Kamera 1" not in hub.ask(address).body
    assert [row[0] for row in json.loads(hub.ask("/peta.json").body)["cameras"]] == [2]
    assert list(json.loads(hub.ask("/peta-kini.id.json").body)["cameras"]) == ["2"]


@pytest.mark.parametrize(
    "address", ["/peta-kini.xx.json", "/peta-kini.", "/peta-kini.id", "/peta-kini.../id.json"]
)
def test_other_languages_have_no_news(hub: Hub, address: str) -> None:
    with pytest.raises(NotFound):
        hub.ask(address)


@pytest.mark.parametrize(
    "query", ["area=1", "area=NaN", "kamera=1", "kamera=%00", "area=-1&kamera=\udcff", "&&&=", "x"]
)
def test_whatever_the_address_says_there_is_a_map(hub: Hub, query: str) -> None:
    reply = hub.ask(f"/peta?{query.encode('utf-8', 'surrogateescape').decode('latin-1')}")
    assert reply.status == 200
    assert b"Kamera 1" in reply.body


def test_cameras_without_a_point_are_counted_in_words_with_a_link(hub: Hub) -> None:
    page = hub.ask("/peta", accept_language="en").body.decode()
    assert "1 camera has no point yet" in page
    assert 'href="#tanpa-titik"' in page
    listed = page[page.index('id="tanpa-titik"') :]
    assert "Kamera 2" in listed
    assert "Kamera 1" not in listed[: listed.index("</ul>")]


def test_a_hub_without_places_has_a_list_and_asks_for_no_map(hub: Hub) -> None:
    hub.catalogue.replace([some_camera(1), some_camera(2)])
    page = hub.ask("/peta").body
    assert b'src="/assets/js/map.' not in page
    assert b"Kamera 2" in page
    hub.catalogue.replace([])
    assert "Belum ada kamera" in hub.ask("/peta").body.decode()
