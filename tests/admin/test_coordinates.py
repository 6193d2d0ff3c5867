"""Places as people paste them."""

import pytest

from pantau.admin.coordinates import coordinates_of, typed_coordinates

PLACES = {
    "-6.98321, 110.40925": ("-6.98321", "110.40925"),
    " \u22126.98321;110.40925 ": ("-6.98321", "110.40925"),
    "-6.98321 110.40925": ("-6.98321", "110.40925"),
    "-6,98321 110,40925": ("-6.98321", "110.40925"),
    "-6,98321; 110,40925": ("-6.98321", "110.40925"),
    "https://www.google.com/maps/@-6.98321,110.40925,17z": ("-6.98321", "110.40925"),
    "https://www.google.com/maps/place/x/@-6.9,110.4,17z/data=!3d-6.98321!4d110.40925": (
        "-6.98321",
        "110.40925",
    ),
    "https://maps.google.com/?q=-6.98321,110.40925": ("-6.98321", "110.40925"),
    "https://www.google.com/maps/search/?api=1&query=-6.98321%2C110.40925": (
        "-6.98321",
        "110.40925",
    ),
    "https://www.openstreetmap.org/?mlat=-6.98321&mlon=110.40925#map=17/-6.9/110.4": (
        "-6.98321",
        "110.40925",
    ),
    "https://www.openstreetmap.org/#map=17/-6.98321/110.40925": ("-6.98321", "110.40925"),
}
NO_PLACES = ("", "-6,98", "-6.98", "110", "https://maps.app.goo.gl/abc", "Simpang Lima", "1,2,3")


@pytest.mark.parametrize("written", PLACES)
def test_a_place_is_found_however_it_is_pasted(written: str) -> None:
    assert coordinates_of(written) == PLACES[written]


@pytest.mark.parametrize("written", NO_PLACES)
def test_what_is_no_place_is_left_alone(written: str) -> None:
    assert coordinates_of(written) is None


def test_either_field_may_hold_both_and_a_comma_is_a_point() -> None:
    assert typed_coordinates("", "-6.9, 110.4") == ("-6.9", "110.4")
    assert typed_coordinates("-6,9", "110,4") == ("-6.9", "110.4")
