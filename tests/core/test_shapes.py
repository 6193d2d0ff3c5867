"""Classes of data are built when they are first used, and what their fields mean is still told."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from pantau.core.shapes import Shape, all_shapes, meanings


class Point(Shape):
    east: int
    """How far
    to the right."""
    north: int = 0


class Place(Point):
    north: int = 1
    """How far up."""

    class Label(Shape):
        """Inside another."""

        text: str
        """For people."""


def test_the_string_below_a_field_is_its_meaning() -> None:
    assert meanings(Place) == {"east": "How far\nto the right.", "north": "How far up."}
    assert meanings(Point) == {"east": "How far\nto the right."}
    assert meanings(Place.Label) == {"text": "For people."}


def test_a_class_without_source_has_no_meanings() -> None:
    made = type("Made", (Shape,), {"__module__": "nowhere", "__qualname__": "Made"})
    assert meanings(made) == {}


def test_all_shapes_are_found_below_each_other() -> None:
    assert {Point, Place, Place.Label} <= set(all_shapes())
    assert Shape not in all_shapes()


def test_data_is_checked_from_the_first_time_on() -> None:
    with pytest.raises(ValidationError, match="east"):
        Place.model_validate({"east": "far"})
    assert Place(east=1) == Place.model_validate({"east": 1, "north": 1})


_TELL_BUILT = """
import pantau.app.endpoints.whole
import pantau.app.web
from pantau.core.shapes import all_shapes
print(*(each.__pydantic_complete__ for each in all_shapes()))
"""


def test_a_start_builds_few_of_them() -> None:
    """What a shape costs, each start would pay: 0.2 s and 6 MB for all."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            _TELL_BUILT,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert len(told) > 200
    assert told.count("True") < len(told) / 10
