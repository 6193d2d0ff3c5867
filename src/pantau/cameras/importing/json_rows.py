"""Catalogues as JSON: a bare array, an envelope around one, GeoJSON, or our own export."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from pantau.cameras.importing import frigate
from pantau.cameras.importing.aliases import plain_key
from pantau.cameras.importing.candidates import Format, RawRow
from pantau.cameras.importing.records import MARK
from pantau.core.errors import Invalid

_ENVELOPES: Final = (
    "cameras",
    "data",
    "items",
    "results",
    "result",
    "rows",
    "records",
    "cctv",
    "cctvs",
    "kamera",
    "list",
    "features",
    "response",
)
_DEEPEST: Final = 3
_ONE: Final = frozenset(
    {"url", "streamurl", "name", "title", "nama", "externalstreamurl", "rtspurl"}
)


def read(text: str) -> tuple[Format, Sequence[RawRow]]:
    """Return the rows; raises Invalid with line and column for what is no JSON."""
    try:
        found = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        raise Invalid(
            "import.json",
            f"This is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            field="file",
        ) from error
    except ValueError as error:
        raise Invalid("import.json", "A number in this JSON is too long.", field="file") from error
    is_own = isinstance(found, dict) and found.get("format") == MARK
    if isinstance(found, dict) and frigate.is_frigate(found):
        return Format.FRIGATE, frigate.rows(found)
    rows = [_row(number, item) for number, item in enumerate(_items(found), 1)]
    return (Format.OWN if is_own else Format.JSON), rows


def _items(found: object, depth: int = 0) -> Sequence[object]:
    if isinstance(found, list):
        return found
    if not isinstance(found, Mapping) or depth > _DEEPEST:
        return ()
    named = {plain_key(name): value for name, value in found.items()}
    inside = (named[envelope] for envelope in _ENVELOPES if envelope in named)
    items = next((items for each in inside if (items := _items(each, depth + 1))), None)
    if items is not None:
        return items
    if _ONE & named.keys():
        return (found,)
    if found and all(isinstance(value, Mapping) for value in found.values()):
        # Cameras by their id or name.
        return [{"id": name, **value} for name, value in found.items()]
    return ()


def _row(number: int, item: object) -> RawRow:
    if not isinstance(item, Mapping):
        return RawRow(number, refused="This row is no object with named values.")
    properties = item.get("properties")
    if isinstance(properties, Mapping):
        item = {**properties, "geometry": item.get("geometry")}
    return RawRow(number, item)
