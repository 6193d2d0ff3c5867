"""The routes of one camera's page: the page itself, and what it asks for while somebody watches."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from babel.numbers import format_decimal
from markupsafe import Markup

from pantau.areas.models import Area
from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.portal.addresses import moved, numbered
from pantau.portal.audience import Audience
from pantau.portal.beside import NOTHING, Beside
from pantau.portal.frames import frame_origin
from pantau.portal.kept_pages import JSON, KeptPages
from pantau.portal.sharing.legacy import camera_named
from pantau.portal.sharing.links import share_of
from pantau.portal.sharing.structured import data_block, of_camera
from pantau.portal.tiles import shown_state, watch_url
from pantau.portal.watch.page import NOW_PREFIX, described, mark_of, stream_mark, watch_values
from pantau.site.values import Sharing
from pantau.ui.i18n import Language
from pantau.ui.numbers import per_cent
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.headers import allow_frame

_MOST_MARKS: Final = 4096


@dataclass(frozen=True, slots=True)
class Told:
    """What others know of cameras and the page says."""

    sharing: Callable[[], Sharing] = Sharing
    uptime_of: Callable[[int], float | None] = lambda _: None
    """How much of the last month a camera was there, in per cent."""
    area_of: Callable[[int], Area | None] = lambda _: None
    """What an operator wrote about an area."""


class WatchPages:
    """Draws the pages of cameras from memory, and answers open ones.  Loop only."""

    def __init__(
        self,
        kept: KeptPages,
        pages: Pages,
        audience: Audience,
        *,
        catalogue: Catalogue,
        public_url: str = "",
        beside: Beside | None = None,
        told: Told | None = None,
    ) -> None:
        self._kept = kept
        self._pages = pages
        self._audience = audience
        self._catalogue = catalogue
        self._public_url = public_url
        self._beside = beside
        self._told = told or Told()
        self._marks: dict[tuple[int, Language], tuple[object, str]] = {}

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {
            "/kamera/": Route(self.watch),
            "/k/": Route(self.watch),
            NOW_PREFIX: Route(self.now, limit="misses"),
        }

    def watch(self, request: HotRequest) -> Reply:
        """Answer with one camera's page, at its one true address."""
        camera = camera_named(self._catalogue, request.rest)
        if camera is None:
            raise _unknown()
        if request.path != watch_url(camera):
            return moved(watch_url(camera), request.query)
        if camera.embed_url:
            allow_frame(request.scope, frame_origin(camera.embed_url))
        visitor = visitor_of_scope(request.scope)
        draw = partial(self._draw, camera)
        stamp = (self._stamp(camera), self._told.sharing(), self._uptime(camera, visitor.language))
        page = self._kept.keep("watch", visitor.language, camera.id, draw, stamp=stamp)
        if not visitor.asked:
            return page.reply(request)
        return self._kept.once(request, visitor, page.body)

    def now(self, request: HotRequest) -> Reply:
        """Answer an open page: how many watch, how the camera does, whether to look at it anew."""
        name, _, ending = request.rest.partition(".")
        camera = self._camera(numbered(name) if ending == "json" and name.isdigit() else None)
        language = visitor_of_scope(request.scope).language
        news = {
            "state": shown_state(camera),
            "viewers": self._viewers(camera, language),
            "mark": self._mark(camera, language),
            "stream": stream_mark(camera),
            "at_ms": int(self._pages.now().timestamp() * 1000),
        }
        return Reply(200, json.dumps(news, ensure_ascii=False).encode(), content_type=JSON)

    def _camera(self, number: int | None) -> PublicCamera:
        camera = None if number is None else self._catalogue.public_by_id(number)
        if camera is None:
            raise _unknown()
        return camera

    def _stamp(self, camera: PublicCamera) -> object:
        return None if self._beside is None else self._beside.stamp_of(camera)

    def _uptime(self, camera: PublicCamera, language: Language) -> str:
        uptime = self._told.uptime_of(camera.id)
        return "" if uptime is None else per_cent(uptime, language)

    def _draw(self, camera: PublicCamera, language: Language) -> bytes:
        values = watch_values(camera, self._kept.cameras(), self._pages, language)
        values |= self._around(camera, language)
        values |= {
            "public_url": self._public_url,
            "share": share_of(camera, self._told.sharing(), public_url=self._public_url),
            "uptime": self._uptime(camera, language),
            "page_mark": self._mark(camera, language),
            "structured": self._structured(camera, language),
        }
        return self._pages.render("portal/watch.html", language, {**NOTHING, **values})

    def _structured(self, camera: PublicCamera, language: Language) -> Markup:
        _ = self._pages.texts[language].gettext
        said = camera.description or _("Live picture: %(name)s") % {"name": camera.name}
        sharing = self._told.sharing()
        base = self._public_url
        return data_block(of_camera(camera, self._pages, sharing, base=base, description=said))

    def _around(self, camera: PublicCamera, language: Language) -> Mapping[str, Any]:
        if self._beside is None:
            return {}
        return self._beside.of_camera(camera, language, self._pages.texts[language])

    def _viewers(self, camera: PublicCamera, language: Language) -> str:
        count = self._audience.viewers_now(camera.id)
        if not count:
            return ""
        said = self._pages.texts[language].ngettext(
            "%(count)s watching now", "%(count)s watching now", count
        )
        return said % {"count": format_decimal(count, locale=language)}

    def _mark(self, camera: PublicCamera, language: Language) -> str:
        """Return a mark of what the page says that may change: the same in every process.

        Votes are left out: whoever watches need not fetch the page for each of them.
        """
        stamp = (self._kept.stamp, self._pages.today(), self._stamp(camera))
        known = self._marks.get((camera.id, language))
        if known is not None and known[0] == stamp:
            return known[1]
        around = self._around(camera, language)
        said = (described(camera, self._pages, language), around.get("banners"))
        mark = mark_of((*said, around.get("notice"), around.get("sponsor")))
        if len(self._marks) >= _MOST_MARKS:
            self._marks.clear()
        self._marks[camera.id, language] = (stamp, mark)
        return mark


def _unknown() -> NotFound:
    return NotFound("camera.unknown", "There is no such camera.")
