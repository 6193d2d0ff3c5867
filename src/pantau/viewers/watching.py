"""One view in memory, and the seats on which polls find it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pantau.viewers.agents import Agent
from pantau.viewers.views import Delivery, LiveView, PastView

_NEVER: Final = float("-inf")


@dataclass(slots=True, eq=False)
class View:
    """One person who watches one camera.  Times are monotonic seconds but for `started_at`."""

    view_id: str
    camera_id: int
    delivery: Delivery
    visitor: str
    """The number at the beginning, in hex; `numbers` may grow when the day or the address does."""
    agent: Agent
    has_cookie: bool
    started_at: datetime
    first_mono: float
    last_mono: float
    owner: str
    """The node that writes it down when it is over."""
    address: str = ""
    user_agent: str = ""
    line: bytes = b""
    """What limits of one address count it under; empty: it came from another node."""
    sessions: list[str] = field(default_factory=list)
    """What players were given for it; none: only polls tell of it."""
    numbers: list[bytes] = field(default_factory=list)
    is_over: bool = False
    """Stopped by its player; kept for a moment, so that polls under way begin nothing new."""
    told_mono: float = _NEVER
    """Up to which touch other nodes know of it."""
    is_news: bool = True
    """Whether they must hear of more than another touch."""
    noted_mono: float = _NEVER
    """When it was noted in the database."""

    @property
    def rank(self) -> tuple[datetime, str]:
        """Which of two views that are one stays: the earlier, on every node the same."""
        return self.started_at, self.view_id

    @property
    def lasted_s(self) -> float:
        """From its begin to its last sign of life, to the millisecond."""
        return round(self.last_mono - self.first_mono, 3)

    def absorb(self, other: "View") -> None:
        """Be this view and `other`, which is the same person's."""
        self.first_mono = min(self.first_mono, other.first_mono)
        self.last_mono = max(self.last_mono, other.last_mono)
        self.sessions += [each for each in other.sessions if each not in self.sessions]
        self.is_news = True

    def hear(self, told: "View") -> None:
        """Take what another node knows of this view."""
        self.sessions += [each for each in told.sessions if each not in self.sessions]
        if told.last_mono >= self.last_mono or told.is_over:
            # No echo: whoever told it knows.
            self.last_mono = self.told_mono = told.last_mono

    def past(self, *, camera_name: str | None, node: str, created_at: datetime) -> PastView:
        """Return what there is to write down; durations are monotonic, dates are not."""
        return PastView(
            camera_id=self.camera_id,
            camera_name=camera_name,
            ip_address=self.address,
            user_agent=self.user_agent or None,
            device_type=self.agent.device,
            started_at=self.started_at,
            ended_at=self.started_at + timedelta(seconds=self.lasted_s),
            duration_s=int(self.lasted_s),
            created_at=created_at,
            view_id=self.view_id,
            visitor=self.visitor,
            delivery=self.delivery.value,
            browser=self.agent.browser,
            node=node,
            is_bot=self.agent.is_bot,
        )

    def live(self) -> LiveView:
        """Return what there is to show."""
        return LiveView(
            session_id=self.sessions[0] if self.sessions else self.view_id,
            camera_id=self.camera_id,
            visitor=self.visitor,
            device=self.agent.device,
            browser=self.agent.browser,
            address=self.address or None,
            user_agent=self.user_agent or None,
            started_at=self.started_at,
            last_seen_at=self.started_at + timedelta(seconds=self.lasted_s),
            duration_s=int(self.lasted_s),
            delivery=self.delivery,
        )


class Seat:
    """Everybody with one number before one camera: one person, or several behind one address."""

    __slots__ = ("numbers", "polled", "views")

    def __init__(self) -> None:
        self.views: list[View] = []
        self.numbers: set[bytes] = set()
        """What it is found by."""
        self.polled: View | None = None
        """Whom a poll keeps here.  None: nobody, or several who tell of themselves by beacons."""

    def add(self, view: View) -> None:
        """Seat a view."""
        if view not in self.views:
            self.views.append(view)
        self.look()

    def remove(self, view: View) -> None:
        """Take a view away."""
        if view in self.views:
            self.views.remove(view)
            self.look()

    def look(self) -> None:
        """Find out again whom a poll keeps here."""
        present = self.present()
        self.polled = present[0] if len(present) == 1 else None

    def present(self) -> list[View]:
        """Return those that are not over."""
        return [view for view in self.views if not view.is_over]

    def is_settling(self, now_mono: float, *, within_s: float) -> bool:
        """Tell whether somebody has just left, whose last poll may still be on its way."""
        return any(view.is_over and now_mono - view.last_mono < within_s for view in self.views)

    def doubles(self) -> tuple[View, View] | None:
        """Return the view that stays and another that is the same person's, if there are any.

        With our cookie all of a seat are one browser's.  Without it each beaconing player is a
        person, and polls alone are nobody more.
        """
        present = sorted(self.present(), key=lambda view: view.rank)
        doubtful = (view for view in reversed(present) if view.has_cookie or not view.sessions)
        goes = next(doubtful, None)
        stays = next((view for view in present if view is not goes), None)
        if goes is None or stays is None:
            return None
        return (stays, goes) if stays.rank < goes.rank else (goes, stays)
