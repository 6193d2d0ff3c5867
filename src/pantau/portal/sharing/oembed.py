"""`/oembed`: what other sites ask about a link to a camera that somebody pasted (oembed.com).

Where nobody may frame cameras the answer is a `link`, which is title and picture; else a `video`.
The specification's refusals: 404 for an address that is none of ours, or of a camera that is not
public; 501 for a format that is neither JSON nor XML.
"""

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import Invalid, NotFound
from pantau.portal.addresses import numbered
from pantau.portal.sharing.card_content import HEIGHT_PX, WIDTH_PX
from pantau.portal.sharing.legacy import camera_named
from pantau.portal.sharing.links import (
    EMBED_PREFIX,
    FRAME_HEIGHT_PX,
    FRAME_WIDTH_PX,
    Rules,
    card_url,
    frame_code,
    may_embed,
)
from pantau.portal.sharing.sitemap import base_of
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

PATH: Final = "/oembed"
_PREFIXES: Final = ("/kamera/", "/k/", EMBED_PREFIX)
_BARS_PX: Final = FRAME_HEIGHT_PX - FRAME_WIDTH_PX * 9 // 16
"""Controls and name below the picture."""
_CACHE_S: Final = 3600
_MOST_FIELDS: Final = 20
_LONGEST: Final = 2000
_SIZE: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_TYPES: Final = {"json": b"application/json; charset=utf-8", "xml": b"text/xml; charset=utf-8"}

Facts = Mapping[str, str | int]


class OEmbed:
    """Answers from memory.  Loop only."""

    def __init__(
        self,
        catalogue: Catalogue,
        pages: Pages,
        *,
        rules: Rules,
        clients: ClientAddresses,
        public_url: str = "",
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._rules = rules
        self._clients = clients
        self._public_url = public_url

    def exact(self) -> dict[str, Route]:
        """Return the route; scripts of other sites may read the answers."""
        return {PATH: Route(self.answer, cross_origin=True)}

    def answer(self, request: HotRequest) -> Reply:
        """Answer one question; raises NotFound and Invalid."""
        asked = _fields(request.query)
        form = asked.get("format", "json")
        if form not in _TYPES:
            return Reply(501, b"The formats are json and xml.", content_type=b"text/plain")
        if not asked.get("url"):
            raise Invalid("oembed.no_url", "Say which address is meant: ?url=…", field="url")
        base = base_of(request, self._clients, self._public_url)
        camera = self._camera_at(asked["url"], base)
        if camera is None:
            raise NotFound("oembed.unknown", "There is no such camera.")
        facts = self._facts(camera, base, _size(asked, "maxwidth"), _size(asked, "maxheight"))
        body = json.dumps(facts, ensure_ascii=False) if form == "json" else _xml(facts)
        return Encoded(
            body.encode(),
            content_type=_TYPES[form],
            cache_control=b"public, max-age=60, s-maxage=1",
            cross_origin=True,
        ).reply(request)

    def _camera_at(self, address: str, base: str) -> PublicCamera | None:
        try:
            parts = urlsplit(address[:_LONGEST])
            own = urlsplit(base)
            path = unquote(parts.path)
        except ValueError:
            return None
        is_ours = not parts.netloc or (
            parts.scheme in {"http", "https"} and parts.netloc.lower() == own.netloc.lower()
        )
        if not is_ours:
            return None
        if path == "/":
            return camera_named(self._catalogue, _fields(parts.query.encode()).get("camera", ""))
        prefix = next((each for each in _PREFIXES if path.startswith(each)), None)
        number = None if prefix is None else numbered(path.removeprefix(prefix))
        return None if number is None else self._catalogue.public_by_id(number)

    def _facts(
        self, camera: PublicCamera, base: str, most_width_px: int, most_height_px: int
    ) -> Facts:
        site = self._pages.site
        facts: dict[str, str | int] = {
            "version": "1.0",
            "type": "link",
            "title": camera.name,
            "provider_name": site.name,
            "provider_url": f"{base}/",
            "cache_age": _CACHE_S,
        }
        if most_width_px >= WIDTH_PX and most_height_px >= HEIGHT_PX:
            facts |= {
                "thumbnail_url": base + card_url(camera.id),
                "thumbnail_width": WIDTH_PX,
                "thumbnail_height": HEIGHT_PX,
            }
        if may_embed(self._rules().sharing):
            width_px = min(FRAME_WIDTH_PX, most_width_px)
            height_px = min(width_px * 9 // 16 + _BARS_PX, most_height_px)
            code = frame_code(camera, base=base, width_px=width_px, height_px=height_px)
            facts |= {"type": "video", "width": width_px, "height": height_px, "html": code}
        return facts


def _fields(query: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(query.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[-1].strip() for name, values in fields.items()}


def _size(asked: Mapping[str, str], name: str) -> int:
    """Return the most that the asking site has room for; what is no number asks for nothing."""
    text = asked.get(name, "")
    return int(text) if _SIZE.fullmatch(text) else 99_999


def _xml(facts: Facts) -> str:
    lines = "".join(
        f"<{name}>{escape(_lawful(value), quote=False)}</{name}>" for name, value in facts.items()
    )
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{lines}</oembed>\n'


def _lawful(value: str | int) -> str:
    # Characters that no XML may hold, escaped or not (XML 1.0, 2.2).
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", str(value))
