"""How many answers were given, by class of address and status, and how long they took."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from pantau.core.histograms import BOUNDS_S, Histogram
from pantau.web.answered import Answered, note
from pantau.web.exchange import HotRequest
from pantau.web.writing import HotRoute

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
_BY_CLASS: Final = {
    "auth": "auth",
    "admin": "admin_api",
    "stills": "still",
    "viewers": "viewer",
    "assets": "asset",
    "health": "health",
    "admin_pages": "admin_page",
    "pages": "page",
}
"""What an endpoint is called whose class has no others; the rest is `api`."""
_BY_API_WORD: Final = {"stream": "stream", "recordings": "playback", "clips": "playback"}
_FIRST_NOT_MEASURED: Final = 429
"""Who asks too often, and who is told that we cannot, is refused quickly or after a long wait:
neither tells how long answers take."""


class Traffic:
    """Counts in a table of at most some hundred cells.  Loop only; half a microsecond a request."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._known: dict[int, tuple[str, Histogram | None, list[int]]] = {}
        """Class, latencies and answers by identity of the route: routes live as long as the
        process.  None: the latencies depend on what is asked there."""
        self._answered = Answered()
        self._latencies: dict[str, Histogram] = {}

    def note(
        self, request: HotRequest, status: int, took_s: float, route: HotRoute | None = None
    ) -> None:
        """Count an answer; of a hot one the route says the class without looking at the path."""
        kind, latencies, answers = self._known.get(id(route)) or self._learn(request, route)
        note(answers, status)
        cell = (kind, status)
        self._counts[cell] = self._counts.get(cell, 0) + 1
        # 0: the visitor left before there was an answer.
        if 0 < status < _FIRST_NOT_MEASURED:
            if latencies is None:
                latencies = self._of(endpoint_of(request))
            latencies.counts[bisect_left(BOUNDS_S, took_s)] += 1
            latencies.sum_s += took_s

    def note_refused(self, status: int) -> None:
        """Count the answer to something that was no request."""
        cell = ("refused", status)
        self._counts[cell] = self._counts.get(cell, 0) + 1

    def counts(self) -> Mapping[tuple[str, ...], int]:
        """Return the counts by class and status, both as text."""
        return {(kind, str(status)): count for (kind, status), count in self._counts.items()}

    def latencies(self) -> Mapping[str, Histogram]:
        """Return how long answers took until they began, by endpoint; twenty at most."""
        return {name: each for name, each in self._latencies.items() if any(each.counts)}

    def answered(self) -> Mapping[str, tuple[int, int]]:
        """Return by shape of address how often it was asked, and how often it refused."""
        return self._answered.counts()

    def _learn(
        self, request: HotRequest, route: HotRoute | None
    ) -> tuple[str, Histogram | None, list[int]]:
        kind = class_of(request.path)
        # An address that the application shares with a hot route is asked with other methods too.
        depends = route is None or kind == "streams"
        latencies = None if depends else self._of(endpoint_of(request))
        if route is None:
            return kind, latencies, self._answered.cell(request.path)
        known = (kind, latencies, self._answered.kept_cell(request.path))
        self._known[id(route)] = known
        return known

    def _of(self, endpoint: str) -> Histogram:
        latencies = self._latencies.get(endpoint)
        if latencies is None:
            latencies = self._latencies[endpoint] = Histogram()
        return latencies


def class_of(path: str) -> str:
    """Return the class of an address."""
    first, _, rest = path[1:].partition("/")
    if first == "api":
        word = rest.partition("/")[0]
        return "health" if word == "health" else _API.get(word, "api")
    return _OTHERS.get(first, "pages")


def endpoint_of(request: HotRequest) -> str:
    """Return what answers to this request are measured as: one of some twenty words.

    Players of low-latency streams wait at the playlist for what comes next: `playlist_wait`.
    """
    path = request.path
    if path.startswith("/hls/"):
        if not path.endswith(".m3u8"):
            return "segment"
        return "playlist_wait" if b"_HLS_msn" in request.query else "playlist"
    if path == "/api/cameras/active":
        return "list"
    if path in {"/api/auth/login", "/admin/sign-in"} and request.method == "POST":
        return "login"
    kind = class_of(path)
    if kind == "api":
        return _BY_API_WORD.get(path[5:].partition("/")[0], "api")
    return _BY_CLASS[kind]
