"""`/rekaman`: choose the camera whose recordings are to be looked at."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlencode

from pantau.cameras.models import Camera, PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import Unavailable
from pantau.core.names import natural_key
from pantau.portal.finding import Index
from pantau.portal.tiles import ELSEWHERE, Tile, playback_url, tile_of
from pantau.recordings.models import Reach, Span
from pantau.recordings.rights.links import PAGE as CODE_PAGE
from pantau.recordings.rights.service import Replayer
from pantau.ui.i18n import COOKIE, Language, Texts
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import Header, HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

PATH: Final = "/rekaman"
_HTML: Final = b"text/html; charset=utf-8"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_YEAR_S: Final = 31_536_000
_ON_A_PAGE: Final = 60
_MOST_FIELDS: Final = 20
_LONGEST: Final = 100
_DAY_MIN: Final = 1440


class Replays(Protocol):
    """Whoever decides what somebody may replay."""

    def who(self, request: HotRequest) -> Awaitable[Replayer]:
        """Return who asks."""
        ...

    def reaches_of(self, replayer: Replayer) -> Mapping[int, Reach]:
        """Return what of which cameras they may replay."""
        ...

    def window_minutes_for(self, replayer: Replayer, camera: Camera) -> int | None:
        """Return how far back they may look; None: as far as there is any footage."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for."""

    text: str = ""
    area_id: int | None = None
    """0 for cameras without an area; None: every area."""
    page: int = 1


@dataclass(frozen=True, slots=True)
class _Row:
    """A camera that can be looked at; texts are empty where there is nothing to say."""

    tile: Tile
    url: str
    last_at: datetime | None
    """The newest moment that may be looked at; None: there is none, or nobody could tell."""
    window: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is for this visitor."""

    cameras: Sequence[PublicCamera]
    reaches: Mapping[int, Reach]
    ends: Mapping[int, Span] | None
    """From the first to the last footage of each camera; None: nobody could tell."""
    closed: int
    """How many public cameras record without this visitor seeing it."""


class RecordingsList:
    """Answers with the page.  Drawn for each visitor: what they may see differs.  Loop only.

    `ends` tells from when to when there is footage, by camera, of all of them.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        pages: Pages,
        rights: Replays,
        ends: Callable[[], Awaitable[Mapping[int, Span]]],
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._rights = rights
        self._ends = ends

    def exact(self) -> dict[str, Route]:
        """Return the route for its address."""
        return {PATH: Route(self.show)}

    async def show(self, request: HotRequest) -> Reply:
        """Answer with the page."""
        visitor = visitor_of_scope(request.scope)
        replayer = await self._rights.who(request)
        known = await self._known(replayer)
        values = self._values(_parsed(request.query), known, replayer, visitor.language)
        headers: tuple[Header, ...] = (_VARY,)
        if visitor.asked:
            cookie = f"{COOKIE}={visitor.language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
            headers = (_VARY, (b"set-cookie", cookie.encode()))
        # Nobody between us and the visitor keeps it: it holds what this one may see (lesson X12).
        return Encoded(
            self._pages.render("portal/recordings.html", visitor.language, values),
            content_type=_HTML,
            cache_control=b"private, no-store",
            headers=headers,
        ).reply(request)

    async def _known(self, replayer: Replayer) -> _Known:
        reaches = self._rights.reaches_of(replayer)
        public = {camera.id: camera for camera in self._catalogue.public()}
        cameras = []
        for number in reaches:
            # As on the page of one camera: a token may open what the public does not find.
            camera = public.get(number) or self._published(number)
            if camera is not None:
                cameras.append(camera)
        closed = sum(
            camera.enable_recording and camera.id not in reaches for camera in public.values()
        )
        try:
            ends = await self._ends()
        except Unavailable:
            ends = None
        return _Known(cameras, reaches, ends, closed)

    def _published(self, number: int) -> PublicCamera | None:
        camera = self._catalogue.by_id(number)
        return None if camera is None else self._catalogue.published(camera)

    def _values(
        self, asked: _Asked, known: _Known, replayer: Replayer, language: Language
    ) -> dict[str, Any]:
        texts = self._pages.texts[language]
        rows = [self._row(camera, known, replayer, language) for camera in known.cameras]
        # Where nobody can tell, every camera that may be looked at stays.
        rows = [row for row in rows if row.last_at is not None or known.ends is None]
        areas = _areas(rows, texts)
        shown = _found(rows, asked)
        pages = max(1, -(-len(shown) // _ON_A_PAGE))
        page = min(asked.page, pages)
        part = shown[(page - 1) * _ON_A_PAGE : page * _ON_A_PAGE]
        asked = replace(asked, page=page)
        return {
            "query": asked,
            "areas": areas,
            "groups": [("", part)] if asked.text else _grouped(part, texts),
            "found": len(shown),
            "total": len(rows),
            "closed": known.closed,
            "is_told": known.ends is not None,
            "code_url": CODE_PAGE,
            "has_token": replayer.token is not None,
            "before": _address(asked, page - 1) if page > 1 else "",
            "after": _address(asked, page + 1) if page < pages else "",
            "page_of": (page, pages),
        }

    def _row(
        self, camera: PublicCamera, known: _Known, replayer: Replayer, language: Language
    ) -> _Row:
        texts = self._pages.texts[language]
        own = self._catalogue.by_id(camera.id)
        minutes = None if own is None else self._rights.window_minutes_for(replayer, own)
        return _Row(
            tile_of(camera, self._pages, language),
            playback_url(camera.id, camera.slug),
            _last(known.reaches[camera.id], (known.ends or {}).get(camera.id)),
            "" if minutes is None else _window(minutes, texts),
        )


def _last(reach: Reach, extent: Span | None) -> datetime | None:
    """Return where what may be looked at ends; it says nothing of what lies outside of it."""
    parts = () if extent is None else reach.within(extent)
    return datetime.fromtimestamp(parts[-1].to_ms / 1000, UTC) if parts else None


def _window(minutes: int, texts: Texts) -> str:
    if minutes % _DAY_MIN == 0:
        days = minutes // _DAY_MIN
        return texts.ngettext("the last %(num)s day", "the last %(num)s days", days) % {"num": days}
    if minutes % 60 == 0:
        hours = minutes // 60
        said = texts.ngettext("the last %(num)s hour", "the last %(num)s hours", hours)
        return said % {"num": hours}
    said = texts.ngettext("the last %(num)s minute", "the last %(num)s minutes", minutes)
    return said % {"num": minutes}


def _parsed(query: bytes) -> _Asked:
    """Read the address; nonsense counts as nothing, because addresses are typed by hand."""
    try:
        fields = parse_qs(query.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return _Asked()
    said = {name: values[-1].strip() for name, values in fields.items()}
    text = "".join(sign for sign in said.get("q", "") if sign.isprintable())[:_LONGEST]
    return _Asked(text, _number(said.get("area", "")), max(1, _number(said.get("page", "")) or 1))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _found(rows: Sequence[_Row], asked: _Asked) -> list[_Row]:
    by_id = {row.tile.camera.id: row for row in rows}
    cameras = [row.tile.camera for row in rows]
    if asked.area_id is not None:
        cameras = [each for each in cameras if (each.area_id or ELSEWHERE) == asked.area_id]
    if asked.text:
        return [by_id[camera.id] for camera in Index(cameras).find(asked.text)]
    cameras.sort(key=lambda each: (each.area_id is None, natural_key(each.area_name or "")))
    groups: dict[int | None, list[PublicCamera]] = {}
    for camera in cameras:
        groups.setdefault(camera.area_id, []).append(camera)
    ordered = [
        camera
        for members in groups.values()
        for camera in sorted(members, key=lambda each: (natural_key(each.name), each.id))
    ]
    return [by_id[camera.id] for camera in ordered]


def _areas(rows: Sequence[_Row], texts: Texts) -> list[tuple[int, str, int]]:
    """Return number, name and how many cameras of each area that can be chosen."""
    counts: dict[tuple[bool, int, str], int] = {}
    for row in rows:
        camera = row.tile.camera
        name = camera.area_name or texts.gettext("Other places")
        key = (camera.area_id is None, camera.area_id or ELSEWHERE, name)
        counts[key] = counts.get(key, 0) + 1
    ordered = sorted(counts.items(), key=lambda each: (each[0][0], natural_key(each[0][2])))
    return [(number, name, count) for (_, number, name), count in ordered]


def _grouped(rows: Sequence[_Row], texts: Texts) -> list[tuple[str, list[_Row]]]:
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        name = row.tile.camera.area_name or texts.gettext("Other places")
        groups.setdefault(name, []).append(row)
    return list(groups.items())


def _address(asked: _Asked, page: int) -> str:
    fields: dict[str, object] = {}
    if asked.text:
        fields["q"] = asked.text
    if asked.area_id is not None:
        fields["area"] = asked.area_id
    if page > 1:
        fields["page"] = page
    return f"{PATH}?{urlencode(fields)}" if fields else PATH
