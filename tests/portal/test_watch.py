import pytest

from pantau.cameras.models import LiveState
from pantau.portal.addresses import numbered
from pantau.portal.beside import NOTHING
from pantau.portal.watch.neighbours import neighbours
from pantau.portal.watch.page import watch_values
from tests.portal.cameras import NOW, camera, pages

PAGES = pages()


@pytest.mark.parametrize(
    ("rest", "number"),
    [
        ("7", 7),
        ("7-simpang-lima", 7),
        ("7-", 7),
        ("", None),
        ("-7", None),
        ("7/x", None),
        ("7x", None),
        ("12345678901", None),
        ("٧", None),
    ],
)
def test_the_number_in_front_names_the_camera(rest: str, number: int | None) -> None:
    assert numbered(rest) == number


def test_neighbours_are_the_nearest_then_those_of_the_same_area() -> None:
    here = camera(1, latitude=-6.9, longitude=107.6)
    near = camera(2, latitude=-6.901, longitude=107.6, area_id=9)
    nearer = camera(3, latitude=-6.9, longitude=107.6005, area_id=9)
    far = camera(4, latitude=-8.0, longitude=110.0, area_id=9)
    unset = camera(5, latitude=0.0, longitude=0.0)
    found = neighbours(here, [here, near, nearer, far, unset], most=6)
    assert [(each.camera.id, each.distance_m and round(each.distance_m, -1)) for each in found] == [
        (3, 60),
        (2, 110),
        (5, None),
    ]


def test_a_camera_without_coordinates_has_the_neighbours_of_its_area() -> None:
    others = [camera(2), camera(3, area_id=2), camera(4, area_id=None)]
    assert [each.camera.id for each in neighbours(camera(1), others, most=6)] == [2]


def test_distances_are_written_as_people_say_them() -> None:
    here = camera(1, latitude=-6.9, longitude=107.6)
    others = [
        camera(2, latitude=-6.9, longitude=107.60001),
        camera(3, latitude=-6.911, longitude=107.6),
    ]
    for language, said in (("id", ["10 m", "1,2 km"]), ("en", ["10 m", "1.2 km"])):
        values = watch_values(here, others, PAGES, language)
        assert [near.distance for near in values["neighbours"]] == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Menyala sejak 14.03"),
        ({"state": LiveState.OFFLINE}, "Luring sejak 14.03"),
        ({"status": "offline"}, "Luring"),
        ({"status": "maintenance"}, "Sedang dirawat"),
        ({"state": LiveState.CONNECTING}, "Sedang menyambung"),
        ({"state": LiveState.UNKNOWN}, "Menyambung saat ditonton"),
        ({"state": LiveState.UNKNOWN, "on_demand": False}, "Belum diperiksa"),
    ],
)
def test_the_page_says_what_the_camera_does(changes: dict[str, object], said: str) -> None:
    assert watch_values(camera(1, **changes), [], PAGES, "id")["state_text"] == said


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT"), ("UTC", "UTC")],
)
def test_times_are_those_of_the_operators_zone(zone: str, name: str) -> None:
    values = watch_values(camera(1, since_at=NOW), [], pages(zone), "id")
    page = pages(zone).render("portal/watch.html", "id", {**NOTHING, **values}).decode()
    assert f'data-zone="{zone}" data-zone-name="{name}"' in page


def test_a_broken_camera_says_so_before_any_script_runs() -> None:
    values = watch_values(camera(1, state=LiveState.OFFLINE), [], PAGES, "id")
    page = PAGES.render("portal/watch.html", "id", {**NOTHING, **values}).decode()
    assert page.index("Kamera luring sejak 14.03") < page.index("<template")


def test_neighbours_stand_where_the_map_draws_them() -> None:
    here = camera(1, latitude=-6.9, longitude=107.6)
    swapped = camera(2, latitude=107.6, longitude=-6.901, area_id=9)
    strange = camera(3, latitude=float("nan"), longitude=107.6)
    endless = camera(4, latitude=-6.9, longitude=float("inf"), area_id=9)
    found = neighbours(here, [here, swapped, strange, endless], most=6)
    assert [(each.camera.id, each.distance_m is None) for each in found] == [(2, False), (3, True)]
    assert not watch_values(strange, [strange], PAGES, "id")["has_place"]
