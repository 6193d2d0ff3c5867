"""`/kartu/<id>.jpg`: the picture that chats show for a camera; `hub.jpg` is that of the hub."""

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Unavailable
from pantau.portal.sharing.card_content import CardColours, CardWords
from pantau.portal.sharing.links import CARD_PREFIX, HUB_CARD, Rules
from pantau.site.colours import drawn
from pantau.ui.i18n import FIRST_LANGUAGE
from pantau.ui.render import Pages
from pantau.ui.times import full
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.negotiation import is_match

FRESH_S: Final = 60.0
"""How long a card stands although there is a newer still: whoever asks keeps it longer anyway."""
MOST_KEPT: Final = 64
"""Some 10 MB."""
MOST_WAITING: Final = 8
"""Drawing is for one at a time; whoever comes beyond this is told to come again."""
_NAME: Final = re.compile(r"(?P<id>[0-9]{1,9}|hub)\.jpg", re.ASCII)
_CACHE: Final = (b"cache-control", b"public, max-age=60, s-maxage=1")
_DEEP_L: Final = 0.36
_ACCENT_L: Final = 0.5


class TakenStill(Protocol):
    """A picture of a camera as a file."""

    @property
    def data(self) -> bytes: ...
    @property
    def taken_at(self) -> datetime: ...


class Stills(Protocol):
    """Where the newest still comes from that anybody may see."""

    async def newest_public(self, camera_id: int) -> TakenStill | None:
        """Return it; None where there is none, NotFound where the public sees nothing."""


@dataclass(frozen=True, slots=True)
class _Card:
    words: CardWords
    colours: CardColours
    revision: int
    taken_at: datetime | None
    made_mono: float
    etag: bytes
    whole: Reply
    not_modified: Reply


class Cards:
    """Draws cards when somebody asks, and keeps them for a while.  Loop only."""

    def __init__(
        self, catalogue: Catalogue, pages: Pages, stills: Stills, *, rules: Rules, clock: Clock
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._stills = stills
        self._rules = rules
        self._clock = clock
        self._kept: OrderedDict[int, _Card] = OrderedDict()
        self._drawing = asyncio.Lock()
        self._waiting = 0
        self.drawn = 0
        """Cards that were drawn since the start."""

    def prefixes(self) -> dict[str, Route]:
        """Return the route: other sites may show the pictures, as they may the stills."""
        return {CARD_PREFIX: Route(self.handle, cross_origin=True)}

    def handle(self, request: HotRequest) -> Awaitable[Reply]:
        """Answer with a card; raises NotFound alike for who is hidden and who never was."""
        name = _NAME.fullmatch(request.rest)
        if name is None:
            raise _unknown()
        if name["id"] == HUB_CARD:
            return self._answer(request, None)
        camera = self._catalogue.public_by_id(int(name["id"]))
        if camera is None:
            raise _unknown()
        return self._answer(request, camera)

    async def _answer(self, request: HotRequest, camera: PublicCamera | None) -> Reply:
        still = None
        if camera is not None:
            still = await self._stills.newest_public(camera.id)
        card = await self._card(camera, still)
        held = request.header_or_none(b"if-none-match")
        return card.not_modified if held and is_match(held, card.etag) else card.whole

    async def _card(self, camera: PublicCamera | None, still: TakenStill | None) -> _Card:
        kept = self._standing(camera, still)
        if kept is not None:
            return kept
        if self._waiting >= MOST_WAITING:
            raise Unavailable("card.busy", "Too many pictures are asked for.", retry_after_s=5)
        self._waiting += 1
        try:
            async with self._drawing:
                # Somebody before us may have had the same one drawn.
                return self._standing(camera, still) or await self._draw(camera, still)
        finally:
            self._waiting -= 1

    def _standing(self, camera: PublicCamera | None, still: TakenStill | None) -> _Card | None:
        """Return the kept card if it says what is so, of a still that is not newer than allowed."""
        kept = self._kept.get(_key(camera))
        if kept is None or kept.revision != _revision(camera):
            return None
        taken_at = None if still is None else still.taken_at
        if (kept.taken_at is None) != (taken_at is None):
            return None
        if kept.words != self._words(camera, kept.taken_at) or kept.colours != self._colours():
            return None
        if kept.taken_at is None or taken_at is None or kept.taken_at == taken_at:
            return kept
        is_recent = self._clock.mono_s() - kept.made_mono < FRESH_S
        return kept if is_recent and kept.taken_at < taken_at else None

    async def _draw(self, camera: PublicCamera | None, still: TakenStill | None) -> _Card:
        taken_at = None if still is None else still.taken_at
        words, colours = self._words(camera, taken_at), self._colours()
        data = None if still is None else still.data
        body = await asyncio.to_thread(_draw_in_thread, data, words, colours)
        self.drawn += 1
        etag = b'"%s"' % hashlib.blake2b(body, digest_size=9).hexdigest().encode()
        told = ((b"etag", etag), _CACHE)
        card = _Card(
            words=words,
            colours=colours,
            revision=_revision(camera),
            taken_at=taken_at,
            made_mono=self._clock.mono_s(),
            etag=etag,
            whole=Reply(200, body, content_type=b"image/jpeg", headers=told),
            not_modified=Reply(304, headers=told),
        )
        key = _key(camera)
        self._kept[key] = card
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return card

    def _words(self, camera: PublicCamera | None, taken_at: datetime | None) -> CardWords:
        site = self._pages.site
        if camera is None:
            return CardWords(name=site.name, place=site.place)
        return CardWords(
            name=camera.name,
            place=camera.location or camera.area_name or "",
            time="" if taken_at is None else full(taken_at, site.zone, FIRST_LANGUAGE),
            site=site.name,
        )

    def _colours(self) -> CardColours:
        colour = self._rules().branding.primary_color
        return CardColours(deep=drawn(colour, _DEEP_L), accent=drawn(colour, _ACCENT_L))


def _key(camera: PublicCamera | None) -> int:
    return 0 if camera is None else camera.id


def _revision(camera: PublicCamera | None) -> int:
    return 0 if camera is None else camera.stream_revision


def _unknown() -> NotFound:
    return NotFound("card.unknown", "There is no such picture.")


def _draw_in_thread(still: bytes | None, words: CardWords, colours: CardColours) -> bytes:
    # Only now: what draws is 20 modules and 4 MB, and few links are shared.
    from pantau.portal.sharing.card_drawing import draw_card_in_thread  # noqa: PLC0415

    return draw_card_in_thread(still, words, colours)
