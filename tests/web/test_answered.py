"""How each address answers, counted by its shape, whatever programs try."""

import pytest

from pantau.web.answered import Answered, note, shape_of


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/areas/public", "/api/areas/public"),
        ("/api/stream/12", "/api/stream/*"),
        ("/kamera/12-gerbang-utara", "/kamera/*"),
        ("/api/a/b/c/d/e/f", "/api/a/b/c"),
        ("/", "/"),
        ("/%2e%2e/Passwd", "/*/*"),
        (f"/{'x' * 900}", "/*"),
    ],
)
def test_addresses_of_one_kind_have_one_shape(path: str, shape: str) -> None:
    assert shape_of(path) == shape


def test_whoever_tries_addresses_takes_no_room_from_those_that_are_asked() -> None:
    answered = Answered()
    route = answered.kept_cell("/api/areas/public")
    for number in range(2000):
        word = "".join(chr(97 + int(digit)) for digit in str(number))
        note(answered.cell(f"/{word}"), 404)
        if number % 20 == 0:
            note(answered.cell("/api/clips/7"), 404)
    note(route, 200)
    for status in (200, 404, 429, 0, 500):
        note(route, status)
        for _ in range(4):
            note(route, 200)
    counts = answered.counts()
    assert len(answered._cells) <= 150
    assert counts["/api/clips/*"] == (100, 100)
    assert counts["/api/areas/public"] == (24, 1)
