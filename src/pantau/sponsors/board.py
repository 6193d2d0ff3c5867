"""Which sponsors are shown at this moment, in memory: visitors cost no query."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

from pantau.cameras.stored import SponsorPackage
from pantau.core.clock import Clock
from pantau.core.links import checked_link
from pantau.db.database import Database
from pantau.site.pictures import PREFIX as PICTURES
from pantau.sponsors import repository
from pantau.sponsors.values import RANK, CameraSponsor, Sponsor, SponsorDraft

_PICTURE: Final = re.compile(re.escape(PICTURES) + r"([0-9a-f]{32})\.webp")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSponsor:
    """What pages say of a sponsor."""

    id: int | None
    """None: a name that only a camera carries."""
    name: str
    logo: str
    """Address of a picture of ours; no page loads one from elsewhere, which would tell that place
    of every visitor."""
    width_px: int
    height_px: int
    url: str
    package: SponsorPackage | None


class SponsorBoard:
    """Knows every sponsor and asks the clock, in the hub's zone, which of them are shown.

    `stamp` grows whenever what is to be seen becomes another, also when a day is over.  Loop only.
    """

    def __init__(self, database: Database, *, clock: Clock, zone: Callable[[], tzinfo]) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._sponsors: Sequence[Sponsor] = ()
        self._carried: Sequence[CameraSponsor] = ()
        self._sizes: Mapping[str, tuple[int, int]] = {}
        self._shown: tuple[ShownSponsor, ...] = ()
        self._by_camera: Mapping[int, ShownSponsor] = {}
        self._day = self.today()
        self._stamp = 0
        self._changed = asyncio.Event()
        for topic in ("sponsors", "cameras"):
            database.changes.on(topic, self._changed.set)

    @property
    def stamp(self) -> int:
        """A number for what is to be seen now; costs a look at the clock."""
        self._look()
        return self._stamp

    def today(self) -> date:
        """Return the day that it is in the hub's zone."""
        return self._clock.now().astimezone(self._zone()).date()

    def shown(self) -> tuple[ShownSponsor, ...]:
        """Return who is shown now: the largest package first."""
        self._look()
        return self._shown

    def of_camera(self, camera_id: int) -> ShownSponsor | None:
        """Return who pays for a camera, if that is shown now."""
        self._look()
        return self._by_camera.get(camera_id)

    async def refresh(self) -> None:
        """Read all of them."""
        async with self._database.read() as reading:
            sponsors = await repository.every(reading)
            carried = await repository.cameras_with_sponsor(reading)
            logos = {each.logo for each in sponsors} | {each.logo for each in carried}
            keys = {picture_key(logo) for logo in logos} - {""}
            sizes = await repository.picture_sizes(reading, keys)
        self._sponsors, self._carried, self._sizes = sponsors, carried, sizes
        self._judge(self.today())

    async def follow(self) -> None:
        """Take over every change, wherever it was made; never returns."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            self._changed.clear()
            await self.refresh()
            await self._changed.wait()

    def _look(self) -> None:
        today = self.today()
        if today != self._day:
            self._judge(today)

    def _judge(self, today: date) -> None:
        known = {each.name: each for each in self._sponsors}
        now = [each for each in self._sponsors if each.state_on(today) == "now"]
        now.sort(key=lambda each: (-RANK[each.package], each.name.casefold()))
        faces = {each.name: self._face(each, number=each.id) for each in now}
        by_camera = {}
        for each in self._carried:
            # A name of the books holds as the books say; any other is an operator's own word.
            face = faces.get(each.name) if each.name in known else self._face(each)
            if face is not None:
                by_camera[each.camera_id] = face
        shown = tuple(faces.values())
        self._day = today
        if (shown, by_camera) != (self._shown, self._by_camera):
            self._shown, self._by_camera = shown, by_camera
            self._stamp += 1

    def _face(self, of: SponsorDraft | CameraSponsor, *, number: int | None = None) -> ShownSponsor:
        size = self._sizes.get(picture_key(of.logo))
        width_px, height_px = size or (0, 0)
        return ShownSponsor(
            id=number,
            name=of.name,
            logo=of.logo if size else "",
            width_px=width_px,
            height_px=height_px,
            url=_safe(of.url),
            package=of.package,
        )


def picture_key(logo: str) -> str:
    """Return the key of a picture of ours; empty for any other address."""
    found = _PICTURE.fullmatch(logo)
    return found[1] if found else ""


def _safe(url: str) -> str:
    try:
        return checked_link(url)
    except ValueError:
        return ""
