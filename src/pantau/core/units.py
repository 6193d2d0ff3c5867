"""Durations and sizes as people write them (`7 d`, `10 GiB`), turned into seconds and bytes."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

_SECONDS: Final = {
    "ms": 0.001,
    "s": 1,
    "sec": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
    "d": 86_400,
    "w": 604_800,
}
_BYTES: Final = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_WRITTEN: Final = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]*)\s*")


def duration_s(written: object) -> object:
    """Return the seconds in `90`, `"90 s"` or `"7 d"`; raise ValueError for other texts.

    What is neither text nor number is returned as it is, for the field's own type to refuse.
    """
    return _measure(written, _SECONDS, bare=1, example='"30 s", "5 min", "12 h" or "7 d"')


def size_bytes(written: object) -> object:
    """Return the bytes in `"1 MiB"` (2**20) or `"1 MB"` (10**6); ValueError for other texts."""
    size = _measure(written, _BYTES, bare=1, example='"500 MB" or "10 GiB"')
    return int(size) if isinstance(size, float) else size


def _measure(written: object, units: Mapping[str, float], *, bare: int, example: str) -> object:
    if not isinstance(written, str):
        return written
    match = _WRITTEN.fullmatch(written)
    factor = units.get(match["unit"].lower(), 0) if match and match["unit"] else bare
    if match is None or not factor:
        raise ValueError(f"write a number with a unit, such as {example}")
    return float(match["number"]) * factor


Seconds = Annotated[float, BeforeValidator(duration_s), Field(ge=0, allow_inf_nan=False)]
"""A field that accepts `"7 d"` and holds seconds."""

Bytes = Annotated[int, BeforeValidator(size_bytes), Field(ge=0)]
"""A field that accepts `"10 GiB"` and holds bytes."""
