"""Lists cut into pages, by MediaMTX's rules."""

import re
from collections.abc import Sequence
from typing import Any, Final

ITEMS_PER_PAGE: Final = 100
_MOST: Final = 2**31 - 1


class PageError(ValueError):
    """`page` or `itemsPerPage` is not a number that can be used."""


def page_of(items: Sequence[Any], *, page: str, items_per_page: str) -> dict[str, Any]:
    """Return the wire form of one page; an empty parameter means its default.

    A page behind the last one is empty, not an error.  Raises `PageError`.
    """
    per_page = _whole_number(items_per_page) if items_per_page else ITEMS_PER_PAGE
    if per_page == 0:
        raise PageError("invalid items per page")
    first = (_whole_number(page) if page else 0) * per_page
    return {
        "itemCount": len(items),
        "pageCount": -(-len(items) // per_page),
        "items": list(items[first : first + per_page]),
    }


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]+", text, re.ASCII):
        raise PageError(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    if len(text) > 10 or int(text) > _MOST:
        raise PageError(f'strconv.ParseUint: parsing "{text}": value out of range')
    return int(text)
