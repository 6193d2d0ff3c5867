"""Sponsors: the list with what each is today, the packages, and the donation page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from babel.dates import format_date
from fastapi import Request, Response

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.sponsor_form import plain_amount, rupiah, short_rupiah
from pantau.admin.typed import Typed, checked, read_typed
from pantau.admin.wording import Wording
from pantau.cameras.stored import SponsorPackage
from pantau.core.errors import Invalid
from pantau.sponsors.donation_api import DonationUpdate
from pantau.sponsors.donations import Donations
from pantau.sponsors.inputs import MOST_QUOTA, PackageInput
from pantau.sponsors.service import Sponsors, counted
from pantau.sponsors.values import PACKAGES, RANK, Package, Sponsor, State
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints

PAGE: Final = "/admin/sponsors"
_LINKS: Final = ("saweria_link", "leaderboard_link")
_LONG: Final = 1_000
_ORDER: Final[Mapping[State, int]] = {"now": 0, "planned": 1, "over": 2, "off": 3}


@dataclass(frozen=True, slots=True)
class Row:
    """A sponsor as the list has it."""

    sponsor: Sponsor
    state: State
    ends_soon: bool
    price: str
    cameras: int
    quota: int


class SponsorPages:
    """The list and what stands below it.  Contacts, prices: for admins."""

    def __init__(self, frame: Frame, sponsors: Sponsors, donations: Donations) -> None:
        self._frame = frame
        self._sponsors = sponsors
        self._donations = donations

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        who = admins()
        add.get("/sponsors", access=who, **HIDDEN)(self.show_all)
        add.post("/sponsors/packages", access=who, **HIDDEN)(self.save_packages)
        add.post("/sponsors/donation", access=who, **HIDDEN)(self.save_donation)

    async def show_all(self, request: Request) -> Response:
        """List them: first who is shown, the largest package first."""
        return await self._draw(request)

    async def save_packages(self, request: Request) -> Response:
        """Set what the packages cost and for how many cameras they are."""
        typed = await read_typed(request)
        bodies: dict[SponsorPackage, PackageInput] = {}
        for name in PACKAGES:
            quota = typed.text(f"quota_{name}")
            try:
                bodies[name] = checked(
                    PackageInput,
                    {
                        "price": plain_amount(typed.text(f"price_{name}")),
                        "quota": int(quota) if quota.isascii() and quota.isdigit() else -1,
                    },
                )
            except Invalid as problem:
                wrong = f"{problem.field}_{name}"
                mistakes = {wrong: (self._mistake(request, problem),)}
                return await self._draw(request, packages=typed, mistakes=mistakes)
        by = self._frame.asker(request).actor
        for name, body in bodies.items():
            await self._sponsors.put_package(body.as_package(name), by=by)
        return self._frame.go(request, PAGE, Said(self._frame.wording(request)("Saved.")))

    async def save_donation(self, request: Request) -> Response:
        """Set where visitors may give money."""
        typed = await read_typed(request)
        texts = {name: typed.text(name, most=_LONG) for name in _LINKS}
        try:
            body = checked(DonationUpdate, {**texts, "enabled": typed.is_checked("enabled")})
            await self._donations.change(body.given(), by=self._frame.asker(request).actor)
        except Invalid as problem:
            sentence = self._frame.wording(request).sentence(problem.sentence)
            return await self._draw(
                request, donation=typed, mistakes={problem.field or "": (sentence,)}
            )
        return self._frame.go(request, PAGE, Said(self._frame.wording(request)("Saved.")))

    async def _draw(
        self,
        request: Request,
        *,
        packages: Typed | None = None,
        donation: Typed | None = None,
        mistakes: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Response:
        speak, today = self._frame.wording(request), self._sponsors.today()
        every, known = await self._sponsors.every(), await self._sponsors.packages()
        cameras = await self._sponsors.cameras()
        stats = counted(every, today)
        rows = [
            Row(
                each,
                each.state_on(today),
                each.ends_soon(today),
                "" if each.price is None else rupiah(each.price, speak.language),
                len(cameras.get(each.name, ())),
                known[each.package].quota,
            )
            for each in every
        ]
        rows.sort(key=lambda row: (_ORDER[row.state], -RANK[row.sponsor.package]))
        values = {
            "rows": rows,
            "stats": stats,
            "revenue": rupiah(stats.monthly_revenue, speak.language),
            "short_revenue": short_rupiah(stats.monthly_revenue, speak.language),
            "states": states(speak),
            "package_names": package_names(speak),
            "days": {
                each.end_on: format_date(each.end_on, "medium", locale=speak.language)
                for each in every
                if each.end_on
            },
            "packages": _package_texts(known, packages, speak),
            "donation": await self._donation_texts(donation),
            "mistakes": mistakes or {},
        }
        look = Look(status=400 if mistakes else 200, here=PAGE)
        return self._frame.draw(request, "sponsors.html", values, look)

    async def _donation_texts(self, typed: Typed | None) -> Mapping[str, Any]:
        if typed is not None:
            texts = {name: typed.text(name, most=_LONG) for name in _LINKS}
            return {**texts, "enabled": typed.is_checked("enabled")}
        now = await self._donations.now()
        return {
            "saweria_link": now.link,
            "leaderboard_link": now.leaderboard_link,
            "enabled": now.enabled,
        }

    def _mistake(self, request: Request, problem: Invalid) -> str:
        speak = self._frame.wording(request)
        if problem.field == "quota":
            said = speak("Write a whole number from 0 to %(most)s.")
            return said % {"most": MOST_QUOTA}
        return speak("Write an amount in rupiah, in digits.")


def states(speak: Wording) -> Mapping[State, str]:
    """Return the words for what a sponsor is."""
    return {
        "now": speak("To be seen now"),
        "planned": speak("Planned"),
        "over": speak("Over"),
        "off": speak("Switched off"),
    }


def package_names(speak: Wording) -> Mapping[SponsorPackage, str]:
    """Return the names of the packages, the smallest first."""
    return {"bronze": speak("Bronze"), "silver": speak("Silver"), "gold": speak("Gold")}


def _package_texts(
    known: Mapping[SponsorPackage, Package], typed: Typed | None, speak: Wording
) -> Mapping[str, tuple[str, str]]:
    """Return price and quota of each package as the form holds them."""
    if typed is not None:
        return {name: (typed.text(f"price_{name}"), typed.text(f"quota_{name}")) for name in known}
    bare = "Rp\N{NO-BREAK SPACE}"
    return {
        name: (rupiah(each.price, speak.language).removeprefix(bare), str(each.quota))
        for name, each in known.items()
    }
