"""Values of catalogues as clean texts, numbers and truth values; none fails."""

import math
import re
from collections.abc import Mapping
from typing import Final

_UNWRITABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200b-\u200f\ufeff]"
)
_SPACES: Final = re.compile(r"\s+")
_NUMBER: Final = re.compile(
    r"[+-]?(?:\d{1,12}(?:[.,]\d{0,30})?|[.,]\d{1,30})(?:[eE][+-]?\d{1,2})?", re.ASCII
)
_MOST: Final = 4_000
_YES: Final = frozenset(
    {"1", "true", "yes", "y", "on", "ya", "aktif", "active", "enabled", "online"}
)
_NO: Final = frozenset(
    {"0", "false", "no", "n", "off", "tidak", "nonaktif", "inactive", "disabled", "offline", "mati"}
)
_NOTHING: Final = frozenset({"null", "none", "undefined", "nan", "n/a", "-"})


def clean(value: object, *, most: int = _MOST) -> str:
    """Return a value as one line without controls and needless spaces; "" for what is no text."""
    match value:
        case str():
            text = value
        case bool() | None:
            return ""
        case int():
            text = str(value) if abs(value) < 10**30 else ""
        case float():
            text = repr(value) if math.isfinite(value) else ""
        case Mapping():
            return clean(
                value.get("name") or value.get("nama") or value.get("title") or "", most=most
            )
        case _:
            return ""
    text = _SPACES.sub(" ", _UNWRITABLE.sub("", text[: 2 * _MOST])).strip()[:most].strip()
    return "" if text.lower() in _NOTHING else text


def without_controls(text: str) -> str:
    """Return a text as it is, line breaks included, but for what cannot be stored or shown."""
    return _UNWRITABLE.sub("", text)


def address_of(value: object) -> str:
    """Return a value as an address: without spaces around it and line breaks in it."""
    if not isinstance(value, str):
        return ""
    return (
        re.sub(r"[\r\n\t]", "", _UNWRITABLE.sub("", value[:_MOST])).strip().strip("\"'<>").strip()
    )


def number(value: object) -> float | None:
    """Return a value as a finite number; decimal commas count, anything else is None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e15 and math.isfinite(value) else None
    text = clean(value).rstrip("°").replace("\u2212", "-").strip()
    if not _NUMBER.fullmatch(text):
        return None
    return float(text.replace(",", "."))


def truth(value: object) -> bool | None:
    """Return a value as yes or no; None where it says neither."""
    if isinstance(value, bool):
        return value
    word = clean(value).lower()
    if word in _YES or word == "1.0":
        return True
    return False if word in _NO or word == "0.0" else None
