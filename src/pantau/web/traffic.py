"""How many answers were given, by class of address and status."""

from collections.abc import Mapping
from typing import Final

from pantau.web.exchange import Route

_API: Final = {
    "auth": "auth",
    "admin": "admin",
    "users": "admin",
    "cache": "admin",
    "thumbnails": "stills",
    "viewer": "viewers",
}
"""By the first word after /api/; the rest is `api`."""
_OTHERS: Final = {
    "hls": "streams",
    "assets": "assets",
    "health": "health",
    "metrics": "admin",
    "admin": "admin_pages",
}
"""By the first word of the path; the rest is `pages`."""


class Traffic:
    """Counts in a table of at most some hundred cells.  Loop only."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._kinds: dict[int, str] = {}
        """Class by identity of the route: routes live as long as the process."""

    def note(self, path: str, status: int, route: Route | None = None) -> None:
        """Count an answer; of a hot one the route says the class without looking at the path."""
        kind = self._kinds.get(id(route)) or self._learn(path, route)
        cell = (kind, status)
        self._counts[cell] = self._counts.get(cell, 0) + 1

    def note_refused(self, status: int) -> None:
        """Count the answer to something that was no request."""
        cell = ("refused", status)
        self._counts[cell] = self._counts.get(cell, 0) + 1

    def counts(self) -> Mapping[tuple[str, ...], int]:
        """Return the counts by class and status, both as text."""
        return {(kind, str(status)): count for (kind, status), count in self._counts.items()}

    def _learn(self, path: str, route: Route | None) -> str:
        kind = class_of(path)
        if route is not None:
            self._kinds[id(route)] = kind
        return kind


def class_of(path: str) -> str:
    """Return the class of an address."""
    first, _, rest = path[1:].partition("/")
    if first == "api":
        word = rest.partition("/")[0]
        return "health" if word == "health" else _API.get(word, "api")
    return _OTHERS.get(first, "pages")
