"""`/qr/<id>.svg`: a camera's link as a picture, for posters and telephones beside the screen."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.portal.playback.wish import parse_wish
from pantau.portal.sharing.links import QR_PREFIX
from pantau.portal.sharing.sitemap import base_of
from pantau.portal.tiles import playback_url, watch_url
from pantau.ui.qr import qr_svg
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

_NAME: Final = re.compile(r"(?P<id>[0-9]{1,9})\.svg", re.ASCII)
_MOST_KEPT: Final = 128
_SVG: Final = b"image/svg+xml; charset=utf-8"


@lru_cache(maxsize=_MOST_KEPT)
def _drawn(address: str, name: str) -> Encoded:
    # No SVG may hold marks of control, and one that does is drawn by no browser.
    title = "".join(sign for sign in name if sign.isprintable())
    return Encoded(qr_svg(address, title=title).encode(), content_type=_SVG)


class QrCodes:
    """Draws codes of public cameras, some milliseconds each, and keeps the last.  Loop only."""

    def __init__(
        self,
        catalogue: Catalogue,
        pages: Pages,
        *,
        clients: ClientAddresses,
        public_url: str = "",
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._clients = clients
        self._public_url = public_url

    def prefixes(self) -> dict[str, Route]:
        """Return the route."""
        return {QR_PREFIX: Route(self.handle)}

    def handle(self, request: HotRequest) -> Reply:
        """Answer with the code of the camera's page, or with `?t=` of its footage at a moment.

        Raises NotFound alike for a camera that is hidden and one that never was.
        """
        name = _NAME.fullmatch(request.rest)
        camera = self._catalogue.public_by_id(int(name["id"])) if name else None
        if camera is None:
            raise NotFound("qr.unknown", "There is no such picture.")
        base = base_of(request, self._clients, self._public_url)
        return _drawn(base + self._address(camera, request.query), camera.name).reply(request)

    def _address(self, camera: PublicCamera, query: bytes) -> str:
        at_ms = parse_wish(query, self._pages.site.zone).at_ms if query else None
        if at_ms is None or not camera.enable_recording:
            return watch_url(camera)
        at = datetime.fromtimestamp(at_ms // 1000, tz=UTC)
        return f"{playback_url(camera.id, camera.slug)}?t={at:%Y-%m-%dT%H:%M:%SZ}"
