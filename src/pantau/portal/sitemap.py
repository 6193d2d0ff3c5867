"""What search engines are told: every camera that the public finds, and what they may leave out."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from pantau.cameras.models import PublicCamera
from pantau.portal.tiles import watch_url
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest

_HOST: Final = re.compile(
    r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?"
)
_MOST: Final = 50_000
"""As many addresses as the protocol allows in one file."""
_ROBOTS: Final = """\
User-agent: *
Disallow: /api/
Disallow: /hls/
Disallow: /admin
Sitemap: {base}/sitemap.xml
"""


def base_of(request: HotRequest, clients: ClientAddresses, public_url: str) -> str:
    """Return where this visitor reaches the hub: `public_url`, or what their request says."""
    if public_url:
        return public_url
    host = request.header(b"host").decode("latin-1")
    scheme = clients.scheme(request.scope)
    return f"{scheme}://{host}" if _HOST.fullmatch(host) else ""


def sitemap(cameras: Iterable[PublicCamera], base: str) -> bytes:
    """Return the sitemap of a hub at `base`."""
    lines = [f"<url><loc>{escape(base)}/</loc></url>"]
    for camera in cameras:
        address = escape(base + watch_url(camera))
        lines.append(
            f"<url><loc>{address}</loc><lastmod>{_changed_at(camera):%Y-%m-%d}</lastmod></url>"
        )
    body = "\n".join(lines[:_MOST])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{body}\n</urlset>\n'
    ).encode()


def robots(base: str) -> bytes:
    """Return what robots are told."""
    return _ROBOTS.format(base=base).encode()


def _changed_at(camera: PublicCamera) -> datetime:
    return max(camera.since_at, camera.thumbnail_at or camera.since_at)
