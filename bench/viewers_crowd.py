"""A made-up crowd before cameras: what it does, moment by moment, and what is true of it.

The truth is worked out from the people, not from what they send: whoever stays for five seconds is
one view per camera, however they tell of themselves.  Only those who cannot be told apart (one
address, one browser, no cookie, no beacons) are one.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Act = Literal["poll", "start", "beat", "stop"]

GONE_AFTER_S = 20.0
COUNTS_AFTER_S = 5.0
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/141.0.0.0 Mobile Safari/537.36"
PLAYER = "VLC/3.0.20 LibVLC/3.0.20"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@dataclass(frozen=True, slots=True, order=True)
class Doing:
    """One thing that somebody does at a moment, in seconds from the beginning."""

    at_s: float
    number: int
    act: Act = field(compare=False)
    who: "Person" = field(compare=False)


@dataclass(slots=True, eq=False)
class Person:
    """Somebody before one camera; `truth` is the view that they are part of."""

    camera: int
    address: str
    browser: str
    cookie: str
    truth: "Truth"
    session: str = ""


@dataclass(slots=True, eq=False)
class Truth:
    """One view as it really was."""

    camera: int
    is_bot: bool = False
    touches: list[float] = field(default_factory=list)
    stopped_at_s: float = float("inf")

    @property
    def lasted_s(self) -> float:
        """From the first to the last thing that was done."""
        return max(self.touches) - min(self.touches)

    @property
    def counts(self) -> bool:
        """Whether it is a view and no glance."""
        return self.lasted_s >= COUNTS_AFTER_S

    def is_on(self, at_s: float) -> bool:
        """Tell whether it is among the viewers of this moment."""
        past = [touch for touch in self.touches if touch <= at_s]
        if not past or self.is_bot or at_s >= self.stopped_at_s:
            return False
        return past[-1] - past[0] >= COUNTS_AFTER_S and at_s - past[-1] < GONE_AFTER_S


class Crowd:
    """So many people before so many cameras, for so long; the same for one `seed`."""

    def __init__(self, people: int, *, cameras: int, seconds: float, seed: int = 1) -> None:
        self._dice = random.Random(seed)  # no secret
        self._cameras = cameras
        self._seconds = seconds
        self._addresses = 0
        self._plans: list[list[Doing]] = []
        self._count = 0
        self.truths: list[Truth] = []
        makers = (
            self._pollers,
            self._carrier_with_cookies,
            self._carrier_without,
            self._beacons_behind_one_address,
            self._our_player,
            self._behind_a_cache,
            self._bot,
            self._glance,
            self._two_cameras,
            self._two_tabs,
        )
        while self._count < people:
            for make in makers:
                make()

    def doings(self) -> Iterator[Doing]:
        """Yield everything that happens, in order."""
        return heapq.merge(*self._plans)

    def viewers_at(self, at_s: float) -> dict[int, int]:
        """Return the true viewers of every camera that has any."""
        counted: dict[int, int] = {}
        for truth in self.truths:
            if truth.is_on(at_s):
                counted[truth.camera] = counted.get(truth.camera, 0) + 1
        return counted

    def _pollers(self) -> None:
        for browser in (PHONE, PLAYER):
            self._plan(self._person(browser=browser), polls=True)

    def _carrier_with_cookies(self) -> None:
        address, camera = self._address(), self._camera()
        for _ in range(3):
            self._plan(self._person(camera, address, cookie=self._cookie()), polls=True)

    def _carrier_without(self) -> None:
        address, truth = self._address(), self._truth(self._camera())
        # Together without a gap: nobody on earth could say that they are two.
        begins_s, ends_s = self._stay(50)
        for _ in range(2):
            person = self._person(truth.camera, address, truth=truth)
            self._plan(person, polls=True, stay=(begins_s + self._dice.random(), ends_s))

    def _beacons_behind_one_address(self) -> None:
        address, camera = self._address(), self._camera()
        for stops in (True, False, True):
            self._plan(self._person(camera, address), polls=True, beacons=True, stops=stops)

    def _our_player(self) -> None:
        for stops in (True, False):
            person = self._person(cookie=self._cookie())
            self._plan(person, polls=True, beacons=True, stops=stops)

    def _behind_a_cache(self) -> None:
        self._plan(self._person(cookie=self._cookie()), beacons=True, stops=True)

    def _bot(self) -> None:
        truth = self._truth(self._camera(), is_bot=True)
        self._plan(self._person(truth.camera, browser=BOT, truth=truth), polls=True)

    def _glance(self) -> None:
        begins_s = self._dice.uniform(0, self._seconds - 10)
        self._plan(self._person(), polls=True, stay=(begins_s, begins_s + 4.2))

    def _two_cameras(self) -> None:
        address, cookie = self._address(), self._cookie()
        first = self._camera()
        for camera in (first, first % self._cameras + 1):
            self._plan(self._person(camera, address, cookie=cookie), polls=True, beacons=True)

    def _two_tabs(self) -> None:
        address, cookie, truth = self._address(), self._cookie(), self._truth(self._camera())
        begins_s, ends_s = self._stay(50)
        for ahead_s in (0.0, 1.3):
            person = self._person(truth.camera, address, cookie=cookie, truth=truth)
            self._plan(person, polls=True, beacons=True, stay=(begins_s + ahead_s, ends_s))

    def _plan(
        self,
        who: Person,
        *,
        polls: bool = False,
        beacons: bool = False,
        stops: bool = False,
        stay: tuple[float, float] | None = None,
    ) -> None:
        begins_s, ends_s = stay or self._stay(11)
        # Beats and polls at the same moments: a touch is a touch, whoever's it is.
        period_s = 5.1 if beacons else 2.1
        moments = [begins_s + period_s * n for n in range(int((ends_s - begins_s) / period_s) + 1)]
        plan: list[Doing] = []

        def do(at_s: float, act: Act) -> None:
            plan.append(Doing(at_s, len(plan), act, who))

        for at_s in moments:
            if beacons:
                do(at_s, "beat" if at_s > begins_s else "start")
            if polls:
                do(at_s, "poll")
        if stops:
            last_s = moments[-1] + 0.7
            do(last_s, "stop")
            moments.append(last_s)
            who.truth.stopped_at_s = last_s
        who.truth.touches = sorted([*who.truth.touches, *moments])
        self._plans.append(plan)
        self._count += 1

    def _person(
        self,
        camera: int = 0,
        address: str = "",
        *,
        browser: str = PHONE,
        cookie: str = "",
        truth: Truth | None = None,
    ) -> Person:
        truth = truth or self._truth(camera or self._camera())
        return Person(truth.camera, address or self._address(), browser, cookie, truth)

    def _truth(self, camera: int, *, is_bot: bool = False) -> Truth:
        truth = Truth(camera, is_bot=is_bot)
        self.truths.append(truth)
        return truth

    def _stay(self, least_s: float) -> tuple[float, float]:
        least_s = min(least_s, self._seconds / 2)
        begins_s = self._dice.uniform(0, self._seconds - least_s - 1)
        return begins_s, self._dice.uniform(begins_s + least_s, self._seconds)

    def _camera(self) -> int:
        return self._dice.randint(1, self._cameras)

    def _address(self) -> str:
        self._addresses += 1
        return f"100.64.{self._addresses // 250}.{self._addresses % 250 + 1}"

    def _cookie(self) -> str:
        return f"{self._dice.getrandbits(80):016x}"[-16:]
