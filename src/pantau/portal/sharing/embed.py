"""`/sematkan/<id>`: a camera in a frame of another site, where the operator allows that.

Small on purpose: the picture, its name, the way back.  It gives no cookie: browsers keep those of
frames apart or refuse them, and viewers are counted without.
"""

from dataclasses import dataclass
from typing import Any, Final

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import Forbidden
from pantau.portal.addresses import numbered
from pantau.portal.kept_pages import HTML, KeptPages
from pantau.portal.sharing.links import EMBED_PREFIX, Rules, ancestors_of, may_embed
from pantau.portal.tiles import tile_of, watch_url
from pantau.portal.watch.page import View, stream_of, view_of
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.headers import allow_framing

_GONE: Final = "gone"
_COLOURS: Final = {b"light": "light", b"dark": "dark"}


@dataclass(frozen=True, slots=True)
class _Looks:
    """What whoever pasted the frame wants."""

    colours: str
    """`light` or `dark`; empty: as the visitor's system."""
    begins: bool
    """Whether it plays at once; else a page with ten frames would pull ten streams."""


class EmbedPage:
    """Answers frames of other sites.  Loop only."""

    def __init__(
        self,
        catalogue: Catalogue,
        pages: Pages,
        kept: KeptPages,
        *,
        rules: Rules,
        public_url: str = "",
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._kept = kept
        self._rules = rules
        self._public_url = public_url

    def prefixes(self) -> dict[str, Route]:
        """Return the route."""
        return {EMBED_PREFIX: Route(self.show)}

    def show(self, request: HotRequest) -> Reply:
        """Answer with the page; who may not be seen and who never was are answered alike.

        Raises Forbidden where nobody may frame cameras, whichever was asked for.
        """
        sharing = self._rules().sharing
        if not may_embed(sharing):
            raise Forbidden("embed.off", "This hub is not shown on other sites.")
        number = numbered(request.rest)
        camera = None if number is None else self._catalogue.public_by_id(number)
        language = visitor_of_scope(request.scope).language
        looks = _looks_of(request.query)
        allow_framing(request.scope, ancestors_of(sharing))
        if camera is None:
            # Whoever sees the frame is told in it: browsers draw a refused one as their own fault.
            body = self._draw(None, language, looks)
            return Reply(404, body, content_type=HTML)
        page = self._kept.keep(
            "embed",
            language,
            (camera.id, looks),
            lambda spoken: self._draw(camera, spoken, looks),
        )
        return page.reply(request)

    def _draw(self, camera: PublicCamera | None, language: Language, looks: _Looks) -> bytes:
        values: dict[str, Any] = {
            "colours": looks.colours,
            "begins": looks.begins,
            "base": self._public_url,
            "view": _GONE,
            "tile": None,
            "stream": None,
            "back": "/",
        }
        if camera is not None:
            values |= {
                "view": _shown_as(camera),
                "tile": tile_of(camera, self._pages, language),
                "stream": stream_of(camera),
                "back": watch_url(camera),
            }
        return self._pages.render("portal/embed.html", language, values)


def _shown_as(camera: PublicCamera) -> View:
    """Return how the frame shows the camera; never with another site's page inside of it."""
    view = view_of(camera)
    return "nothing" if view == "frame" else view


def _looks_of(query: bytes) -> _Looks:
    """Read the address; what it does not say, or says wrongly, is as usual."""
    said = dict(field.partition(b"=")[::2] for field in query.split(b"&"))
    return _Looks(_COLOURS.get(said.get(b"theme", b""), ""), said.get(b"autoplay") == b"1")
