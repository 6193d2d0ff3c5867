"""Numbers as people read them."""

from typing import Final

from babel.numbers import format_decimal

_NO_BREAK: Final = "\u00a0"
_NOT_MEASURED: Final = "–"


def decimal(value: float, language: str) -> str:
    """Return 0,5 in Indonesian and 0.5 in English."""
    return format_decimal(value, "#,##0.##", locale=language)


def per_cent(value: float | None, language: str) -> str:
    """Return 97,1 % in Indonesian and 97.1 % in English; a dash where nothing was measured."""
    if value is None:
        return _NOT_MEASURED
    return f"{format_decimal(value, '0.##', locale=language)}{_NO_BREAK}%"
