"""Whether a playlist is asked for by a page that may show it (lesson M25)."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from pantau.core.errors import Forbidden
from pantau.web.exchange import HotRequest
from pantau.web.origins import Origins

_NEAR: Final = frozenset({b"same-origin", b"same-site", b"none"})


class HotlinkGate:
    """Judges by what browsers themselves say of the page; players without a page pass.  Pure.

    `embedders` are sites that may show our streams beside those that `origins` knows.
    """

    def __init__(self, origins: Origins, embedders: Iterable[str] = ()) -> None:
        self._origins = origins
        self._embedders = frozenset(site.lower().encode() for site in embedders)

    def refuses(self, request: HotRequest) -> bool:
        """Tell whether a page of a site that may not show the stream asks for its playlist."""
        site = request.header_or_none(b"sec-fetch-site")
        if site in _NEAR:
            return False
        page = request.header_or_none(b"origin")
        if page is None:
            referer = request.header_or_none(b"referer")
            page = None if referer is None else origin_in(referer)
        if not page:
            # A native player says nothing of itself; a browser that hides the page says cross-site.
            return site == b"cross-site"
        page = page.lower()
        return page not in self._embedders and not self._origins.knows(request, page)


def hotlinked() -> Forbidden:
    """Return what a page gets that may not show the stream."""
    return Forbidden("stream.hotlinked", "Pages of this site may not show this stream.")


def origin_in(referer: bytes) -> bytes:
    """Return scheme and host of a `Referer`; nothing where it holds none."""
    try:
        parts = urlsplit(referer.lower().decode("latin-1"))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        # Whatever that is, it is no page of ours.
        return b"null"
    return f"{parts.scheme}://{host}".encode("latin-1") if parts.scheme and host else b""
