"""Puts what the strings below fields say into the description of the API, when somebody asks."""

from collections.abc import Mapping
from typing import Any

from pantau.core.shapes import Shape, all_shapes, meanings


def explain_inputs() -> None:
    """Have the framework find the meaning of each part of a query, before it describes them."""
    for shape in all_shapes():
        for name, meaning in meanings(shape).items():
            field = shape.model_fields[name]
            if field.description is None:
                field.description = meaning


def explain(document: dict[str, Any]) -> dict[str, Any]:
    """Add the meaning of each field of what is sent and answered; returns the same document."""
    named = _by_name()
    for name, schema in document["components"]["schemas"].items():
        short = name.removesuffix("-Input").removesuffix("-Output")
        shape = named.get(short)
        if shape is not None:
            _explain(schema.get("properties", {}), shape)
    return document


def _explain(properties: Mapping[str, dict[str, Any]], shape: type[Shape]) -> None:
    for name, meaning in meanings(shape).items():
        field = shape.model_fields[name]
        for known_as in {name, field.alias or name, field.serialization_alias or name}:
            if known_as in properties:
                properties[known_as].setdefault("description", meaning)


def _by_name() -> dict[str, type[Shape]]:
    """Return the classes by their name in the document, which is longer where two share one."""
    return {
        name: shape
        for shape in all_shapes()
        for name in (
            shape.__name__,
            f"{shape.__module__}.{shape.__qualname__}".replace(".", "__"),
        )
    }
