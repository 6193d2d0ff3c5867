"""What search engines are told: every camera that the public finds, and what they may leave out."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Final

from pantau.cameras.models import PublicCamera
from pantau.portal.sharing.links import card_url
from pantau.portal.tiles import area_url, watch_url
from pantau.ui.i18n import languages, speech_of
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest

_HOST: Final = re.compile(
    r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?"
)
_MOST: Final = 50_000
"""As many addresses as the protocol allows in one file."""
PAGES: Final = ("/", "/peta", "/status")
"""Pages that stand for themselves; others are tools, or hold what stands elsewhere."""
_Tongue = tuple[str, str, bool]
"""Tag, name in addresses, whether it is what those read who ask for none."""
_ROBOTS: Final = """\
User-agent: *
Disallow: /api/
Disallow: /hls/
Disallow: /admin
Disallow: /qr/
Allow: /api/thumbnails/
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
    """Return the sitemap of a hub at `base`: its pages, areas and cameras, in every language."""
    shown = list(cameras)
    areas = {
        camera.area_id: camera.area_name
        for camera in shown
        if camera.area_id is not None and camera.area_name
    }
    # Asked once: it costs more than all the rest of a line.
    tongues = [(each.tag, each.language, each.is_first) for each in map(speech_of, languages())]
    entries = [_entry(base + path, tongues) for path in PAGES]
    entries += [_entry(base + area_url(*area), tongues) for area in areas.items()]
    entries += [_camera_entry(base, camera, tongues) for camera in shown]
    body = "\n".join(entries[:_MOST])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
        f' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{body}\n</urlset>\n'
    ).encode()


def _camera_entry(base: str, camera: PublicCamera, tongues: Sequence[_Tongue]) -> str:
    image = ""
    if camera.thumbnail_at is not None:
        picture = escape(base + card_url(camera.id))
        image = f"<image:image><image:loc>{picture}</image:loc></image:image>"
    lastmod = f"<lastmod>{_changed_at(camera):%Y-%m-%d}</lastmod>"
    return _entry(base + watch_url(camera), tongues, lastmod, image)


def _entry(address: str, tongues: Sequence[_Tongue], lastmod: str = "", image: str = "") -> str:
    """Return one page; the plain address is in the first language."""
    plain = escape(address)
    links = f'<xhtml:link rel="alternate" hreflang="x-default" href="{plain}"/>'
    for tag, language, is_first in tongues:
        own = plain if is_first else f"{plain}?lang={language}"
        links += f'<xhtml:link rel="alternate" hreflang="{tag}" href="{own}"/>'
    return f"<url><loc>{plain}</loc>{lastmod}{links}{image}</url>"


def robots(base: str) -> bytes:
    """Return what robots are told."""
    return _ROBOTS.format(base=base).encode()


def _changed_at(camera: PublicCamera) -> datetime:
    return max(camera.since_at, camera.thumbnail_at or camera.since_at)
