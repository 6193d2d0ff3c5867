"""Public pages that are the same for everybody: encoded once, until something on them changes."""

from collections.abc import Callable, Sequence
from typing import Final

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.ui.i18n import COOKIE, Language
from pantau.ui.render import Pages
from pantau.ui.visitor import Visitor
from pantau.web.exchange import Header, HotRequest, Reply
from pantau.web.snapshot import Encoded

HTML: Final = b"text/html; charset=utf-8"
JSON: Final = b"application/json; charset=utf-8"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_MOST_KEPT: Final = 512
_YEAR_S: Final = 31_536_000


class KeptPages:
    """Keeps pages for as long as the public cameras, the site and the day stay as they are.

    Loop only.  What depends on one visitor is answered by `once` and never kept.
    """

    def __init__(self, catalogue: Catalogue, pages: Pages) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._kept: dict[tuple[object, ...], tuple[object, Encoded]] = {}
        self._seen_version = -1
        self._seen: tuple[object, ...] = ()
        self._stamp = 0
        self._cameras: Sequence[PublicCamera] = ()

    def cameras(self) -> Sequence[PublicCamera]:
        """Return every public camera."""
        self._refresh()
        return self._cameras

    @property
    def stamp(self) -> int:
        """A number that grows when something that pages show of cameras became another."""
        self._refresh()
        return self._stamp

    def keep(
        self,
        kind: str,
        language: Language,
        what: object,
        draw: Callable[[Language], bytes],
        content_type: bytes = HTML,
        *,
        stamp: object = None,
    ) -> Encoded:
        """Return the page `what` of a kind, drawn anew where `stamp` is another than it was."""
        self._refresh()
        key = (kind, language, what)
        kept = self._kept.pop(key, None)
        if kept is None or kept[0] != stamp:
            page = Encoded(draw(language), content_type=content_type, headers=(_VARY,))
            kept = (stamp, page)
        # Who leafs through every camera there is must not cost all others the wall.
        self._kept[key] = kept
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept[1]

    def once(self, request: HotRequest, visitor: Visitor, body: bytes) -> Reply:
        """Answer one visitor; also remembers the language that the address asked for."""
        headers: tuple[Header, ...] = (_VARY,)
        if visitor.asked:
            headers = (*headers, _remember_language(visitor.language))
        page = Encoded(body, content_type=HTML, cache_control=b"private, no-cache", headers=headers)
        return page.reply(request)

    def _refresh(self) -> None:
        """Forget kept pages when something that they show has changed.

        The catalogue's version also moves when a camera was merely looked at again, and labels such
        as "yesterday" change with the date alone.
        """
        now = (self._pages.today(), self._pages.site)
        if self._catalogue.version == self._seen_version and self._seen[:2] == now:
            return
        self._cameras = self._catalogue.public()
        seen = (*now, *(_visible(camera) for camera in self._cameras))
        self._seen_version = self._catalogue.version
        if seen != self._seen:
            self._seen = seen
            self._stamp += 1
            self._kept.clear()


def _visible(camera: PublicCamera) -> tuple[object, ...]:
    return (
        camera.id,
        camera.slug,
        camera.stream_key,
        camera.name,
        camera.description,
        camera.location,
        camera.area_id,
        camera.area_name,
        camera.latitude,
        camera.longitude,
        camera.status,
        camera.state,
        camera.since_at,
        camera.video_codec,
        camera.thumbnail_at is None,
        camera.is_online,
        camera.player,
        camera.embed_url,
        camera.showing,
        camera.delay_s,
        camera.enable_recording,
        camera.stream_revision,
    )


def _remember_language(language: Language) -> Header:
    value = f"{COOKIE}={language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
    return b"set-cookie", value.encode()
