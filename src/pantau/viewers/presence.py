"""Who is watching which camera at the moment, kept in memory only.

A view is told of by playlist polls, by beacons of players, or by both: a beacon is bound to the
view that the same visitor's polls began, instead of making a second one (lesson M20).
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pantau.core.clock import Clock
from pantau.core.errors import Throttled
from pantau.viewers.agents import OWN_MONITOR, agent_of
from pantau.viewers.crowd import Crowd
from pantau.viewers.views import Delivery, LiveView
from pantau.viewers.visitors import Salted, Visitor, cookie_of
from pantau.viewers.watching import Seat, View
from pantau.web.client_address import limit_key
from pantau.web.exchange import HotRequest

_MOST_AGENT_CHARS: Final = 300
_HERE: Final = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class PresenceRules:
    """When somebody counts as watching, and how much of it is kept."""

    gone_after_s: float = 20.0
    """Silence after which a view has ended; its end is the last touch, not now (lesson M20)."""
    replay_gone_after_s: float = 60.0
    """The same of footage, which players load well ahead."""
    counts_after_s: float = 5.0
    """Shorter views are accidents and robots."""
    settles_within_s: float = 5.0
    """For how long polls of somebody who has stopped may still arrive."""
    salt_outlives_s: float = 120.0
    """How long after midnight views of yesterday are still found by their polls."""
    most_per_camera: int = 20_000
    most_views: int = 100_000
    most_per_address: int = 1_000
    """Hundreds of people may share a carrier's address; one program must not be them."""
    most_sessions: int = 8
    """Tabs of one browser before one camera."""
    most_numbers: int = 4


@dataclass(frozen=True, slots=True)
class Around:
    """What presence asks of its surroundings."""

    node: str = "here"
    keep_addresses: Callable[[], bool] = lambda: False
    delivery_of: Callable[[int], Delivery] = lambda _camera_id: Delivery.LIVE


class Presence:
    """Views in progress: those of this process, and what others told of theirs.  Loop only.

    Neither address nor browser is kept, unless the operator keeps addresses: a visitor is a number
    of the day (`visitors`).  `renew` must have been called before anybody watches.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        salted: Salted,
        around: Around | None = None,
        rules: PresenceRules | None = None,
    ) -> None:
        self._clock = clock
        self._around = around or Around()
        self.rules: Final = rules or PresenceRules()
        self._live_gone_after_s = self.rules.gone_after_s
        self._salted = salted
        self._before: Salted | None = None
        self._before_until_mono = 0.0
        self._crowd = Crowd()
        self._live_seats = self._crowd.live
        self._sessions: dict[str, View] = {}
        self._merged: dict[str, tuple[str, float]] = {}
        self.is_ours: Callable[[str], bool] = lambda owner: owner == self._around.node
        """Whether this process writes down the views of a node."""
        self.dropped: list[str] = []
        """Views that turned out to be others', and were noted in the database already."""

    @property
    def node(self) -> str:
        """The name of this process among those that share views."""
        return self._around.node

    @property
    def on_day(self) -> str:
        """The day whose numbers visitors have."""
        return self._salted.on_day

    def renew(self, salted: Salted) -> None:
        """Take the numbers of another day; those of the last one find their views for a while."""
        self._before, self._salted = self._salted, salted
        self._before_until_mono = self._clock.mono_s() + self.rules.salt_outlives_s

    def touch(self, camera_id: int, request: HotRequest) -> None:
        """Note that this visitor polled the camera's playlist."""
        seats = self._live_seats.get(camera_id)
        if seats is not None:
            seat = seats.get(self._salted.number(request, cookie_of(request)))
            if seat is not None and seat.polled is not None:
                view, now_mono = seat.polled, self._clock.mono_s()
                if now_mono - view.last_mono < self._live_gone_after_s:
                    view.last_mono = now_mono
                    return
        self._first_poll(camera_id, request, self._around.delivery_of(camera_id))

    def touch_replay(self, camera_id: int, request: HotRequest) -> None:
        """Note that this visitor asked for footage of the camera: a playlist or a file."""
        if request.method == "GET" and b"download" not in request.query:
            self._first_poll(camera_id, request, Delivery.REPLAY)

    def start(self, camera_id: int, request: HotRequest) -> str:
        """Return the session of a player that begins, bound to what its polls began.

        Raises Throttled where one address has too many views.
        """
        delivery = self._around.delivery_of(camera_id)
        visitor = self._salted.visitor(request)
        seat = self._seat(delivery, camera_id, request, visitor.number)
        present = self._present(seat)
        view = next((each for each in present if each.has_cookie or not each.sessions), None)
        session_id = str(uuid.uuid4())
        if view is None:
            # With its session from the beginning: else it would be taken for another one's polls.
            view = self._begin(delivery, camera_id, request, visitor, [session_id])
        else:
            view.sessions.append(session_id)
        if view is None:
            raise Throttled(
                "viewer.too_many",
                "Too many people watch from this address already.",
                retry_after_s=self.rules.gone_after_s,
            )
        if len(view.sessions) > self.rules.most_sessions:
            self._sessions.pop(view.sessions.pop(0), None)
        self._sessions[session_id] = view
        view.last_mono = self._clock.mono_s()
        view.is_news = True
        self._crowd.look(view)
        return session_id

    def heartbeat(self, session_id: str, request: HotRequest) -> bool:
        """Note that a player goes on; return whether its session is known."""
        view = self._sessions.get(session_id)
        if view is None or self._has_lapsed(view):
            return False
        view.last_mono = self._clock.mono_s()
        visitor = self._salted.visitor(request)
        if visitor.number not in view.numbers:
            self._move(view, request, visitor.number)
        return True

    def stop(self, session_id: str) -> bool:
        """Note that a player ended; return whether its session was known."""
        view = self._sessions.get(session_id)
        if view is None or self._has_lapsed(view):
            return False
        del self._sessions[session_id]
        view.last_mono = self._clock.mono_s()
        view.sessions.remove(session_id)
        if not view.sessions:
            self.finish(view)
        return True

    def finish(self, view: View) -> None:
        """Have a view be over as of its last touch."""
        view.is_over = view.is_news = True
        for session_id in view.sessions:
            self._sessions.pop(session_id, None)
        self._crowd.look(view)

    def viewers_now(self, camera_id: int) -> int:
        """Return how many watch the camera.  O(its views): for lists, read `counts` once."""
        views = self._crowd.before(camera_id).values()
        return self._counted(views, self._clock.mono_s())

    def counts(self) -> dict[int, int]:
        """Return the viewers of every camera that has any."""
        now_mono = self._clock.mono_s()
        counted = {
            camera_id: self._counted(views.values(), now_mono)
            for camera_id, views in self._crowd.by_camera().items()
        }
        return {camera_id: count for camera_id, count in counted.items() if count}

    def live(self) -> list[LiveView]:
        """Return who is counted, the newest first."""
        now_mono = self._clock.mono_s()
        views = [view for view in self.views() if self._counts(view, now_mono)]
        return [view.live() for view in sorted(views, key=lambda view: view.rank, reverse=True)]

    def views(self) -> list[View]:
        """Return everything that is kept, views of a moment and of bots included."""
        return self._crowd.all()

    def sweep(self) -> list[View]:
        """Forget what is over, and return what this process writes down of it.

        Call it every few seconds.
        """
        now_mono = self._clock.mono_s()
        if self._before is not None and now_mono >= self._before_until_mono:
            self._before = None
        self._merged = {
            view_id: (into, until_mono)
            for view_id, (into, until_mono) in self._merged.items()
            if until_mono > now_mono
        }
        gone = [view for view in self.views() if self._is_gone(view, now_mono)]
        for view in gone:
            self._remove(view)
        return [view for view in gone if self.is_ours(view.owner)]

    def end_all(self) -> list[View]:
        """Forget everything, and return what this process writes down of it."""
        everything = self.views()
        for view in everything:
            self._remove(view)
        return [view for view in everything if self.is_ours(view.owner)]

    def is_glance(self, view: View) -> bool:
        """Tell whether a view is too short to count."""
        return view.lasted_s < self.rules.counts_after_s

    def place(self, told: View, numbers: Iterable[bytes]) -> None:
        """Take in what another node told of a view of its own, or of one that is here as well."""
        view_id = self._merged.get(told.view_id, (told.view_id, 0.0))[0]
        view = self._crowd.before(told.camera_id).get(view_id)
        if view is None:
            silent_s = self._clock.mono_s() - told.last_mono
            if silent_s >= self._gone_after_s(told) or self._is_full(told.camera_id):
                return
            view = told
            self._crowd.keep(view)
        elif not view.is_over:
            view.hear(told)
        self._sessions |= dict.fromkeys(view.sessions, view)
        for number in numbers:
            view = self._sit(view, number)
        if told.is_over and not view.is_over:
            self.finish(view)
            # Everybody has heard it from whoever told it here.
            view.is_news = False

    def inherit(self, told: View, numbers: Iterable[bytes]) -> None:
        """Go on with a view of a process that ends; it is ours to write down from here on."""
        told.owner = self.node
        known = self._crowd.before(told.camera_id).get(told.view_id)
        if known is not None:
            known.owner = self.node
        self.place(told, numbers)

    def _first_poll(self, camera_id: int, request: HotRequest, delivery: Delivery) -> None:
        visitor = self._salted.visitor(request)
        seat = self._seat(delivery, camera_id, request, visitor.number)
        now_mono = self._clock.mono_s()
        if seat is not None:
            present = self._present(seat)
            if seat.polled is not None:
                seat.polled.last_mono = now_mono
                return
            if present or seat.is_settling(now_mono, within_s=self.rules.settles_within_s):
                return
        if not _is_our_question(request):
            self._begin(delivery, camera_id, request, visitor)

    def _begin(
        self,
        delivery: Delivery,
        camera_id: int,
        request: HotRequest,
        visitor: Visitor,
        sessions: Sequence[str] = (),
    ) -> View | None:
        line = self._salted.of_address(limit_key(request.client_address))
        if self._is_full(camera_id) or self._crowd.behind(line) >= self.rules.most_per_address:
            return None
        agent_header = request.header(b"user-agent")
        keeps, now_mono = self._around.keep_addresses(), self._clock.mono_s()
        agent_text = agent_header[:_MOST_AGENT_CHARS].decode("latin-1").replace("\0", "")
        view = View(
            view_id=uuid.uuid4().hex,
            camera_id=camera_id,
            delivery=delivery,
            visitor=visitor.number.hex(),
            agent=agent_of(agent_header),
            has_cookie=visitor.has_cookie,
            started_at=self._clock.now(),
            first_mono=now_mono,
            last_mono=now_mono,
            owner=self.node,
            address=request.client_address if keeps else "",
            user_agent=agent_text if keeps else "",
            line=line,
            sessions=[*sessions],
        )
        self._crowd.keep(view)
        return self._sit(view, visitor.number)

    def _present(self, seat: Seat | None) -> list[View]:
        """Return who sits there still; those who have been silent for too long are over."""
        present = [] if seat is None else seat.present()
        return [view for view in present if not self._has_lapsed(view)]

    def _has_lapsed(self, view: View) -> bool:
        # The sweep comes later than the moment: who returns in between begins anew.
        has_lapsed = self._clock.mono_s() - view.last_mono >= self._gone_after_s(view)
        if has_lapsed:
            self.finish(view)
        return has_lapsed

    def _seat(
        self, delivery: Delivery, camera_id: int, request: HotRequest, number: bytes
    ) -> Seat | None:
        seat = self._crowd.seat(delivery, camera_id, number)
        if seat is None and self._before is not None:
            number_before = self._before.number(request, cookie_of(request))
            seat = self._crowd.seat(delivery, camera_id, number_before)
            if seat is not None:
                self._crowd.rename(seat, number)
        return seat

    def _move(self, view: View, request: HotRequest, number: bytes) -> None:
        """Find a view by another number from here on: the day ended, or the address changed."""
        self._seat(view.delivery, view.camera_id, request, number)
        self._sit(view, number)
        view.is_news = True

    def _sit(self, view: View, number: bytes) -> View:
        """Seat a view and make one of those that are one; return which one it is then."""
        seat = self._crowd.sit(view, number, most_numbers=self.rules.most_numbers)
        while (doubles := seat.doubles()) is not None:
            stays, goes = doubles
            self._merge(stays, goes)
            view = stays if view is goes else view
        return view

    def _merge(self, stays: View, goes: View) -> None:
        numbers = tuple(goes.numbers)
        self._remove(goes)
        stays.absorb(goes)
        self._sessions |= dict.fromkeys(stays.sessions, stays)
        until_mono = self._clock.mono_s() + self.rules.salt_outlives_s
        self._merged[goes.view_id] = (stays.view_id, until_mono)
        if goes.noted_mono >= 0:
            self.dropped.append(goes.view_id)
        for number in numbers:
            self._sit(stays, number)
        self._crowd.look(stays)

    def _remove(self, view: View) -> None:
        self._crowd.remove(view)
        for session_id in view.sessions:
            self._sessions.pop(session_id, None)

    def _is_full(self, camera_id: int) -> bool:
        rules, crowd = self.rules, self._crowd
        is_crowded = len(crowd.before(camera_id)) >= rules.most_per_camera
        return is_crowded or crowd.count >= rules.most_views

    def _gone_after_s(self, view: View) -> float:
        rules = self.rules
        is_replay = view.delivery is Delivery.REPLAY
        return rules.replay_gone_after_s if is_replay else rules.gone_after_s

    def _is_gone(self, view: View, now_mono: float) -> bool:
        silent_s = now_mono - view.last_mono
        limit_s = self.rules.settles_within_s if view.is_over else self._gone_after_s(view)
        return silent_s >= limit_s

    def _counts(self, view: View, now_mono: float) -> bool:
        return (
            not view.is_over
            and not view.agent.is_bot
            and view.lasted_s >= self.rules.counts_after_s
            and now_mono - view.last_mono < self._gone_after_s(view)
        )

    def _counted(self, views: Iterable[View], now_mono: float) -> int:
        return sum(self._counts(view, now_mono) for view in views)


def _is_our_question(request: HotRequest) -> bool:
    """Tell whether it is the hub's operator who measures: nobody watches.

    The name alone is not enough: whoever took it from elsewhere would leave no trace.
    """
    is_named_so = request.header(b"user-agent") == OWN_MONITOR
    return is_named_so and request.client_address in _HERE
