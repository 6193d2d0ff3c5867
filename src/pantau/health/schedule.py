"""When which camera is asked: by how it is, gently by host, and nobody is forgotten.  Pure."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from pantau.cameras.models import HealthState
from pantau.core.backoff import Backoff
from pantau.core.ids import CameraId
from pantau.health.verdict import DOWN, UP, Belief


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often, and how gently.  The defaults are the product's; tests shorten them."""

    calm_s: float = 300.0
    """While all is well."""
    suspect_s: float = 30.0
    """While the next look may change the verdict."""
    offline: Backoff = field(
        default_factory=lambda: Backoff(first_s=30.0, most_s=900.0, jitter=0.2)
    )
    dead_s: float = 3_600.0
    jitter: float = 0.1
    """Every wait is shortened by up to this part of itself, so that nobody marches in step."""
    most_at_once: int = 32
    most_per_host: int = 2
    host_spacing_s: float = 1.5
    """Between two beginnings at one host (lesson M22)."""


def wait_s(belief: Belief, cadence: Cadence, *, random: Callable[[], float]) -> float:
    """Return how long a camera is left alone after it was asked; `random` gives [0, 1)."""
    shortened = 1.0 - cadence.jitter * random()
    if belief.state is HealthState.DEAD and not belief.is_suspect:
        return cadence.dead_s * shortened
    if belief.state in DOWN and not belief.is_suspect:
        return cadence.offline.delay_s(belief.failures, random=random)
    if belief.state in UP and not belief.is_suspect:
        return cadence.calm_s * shortened
    if belief.state is HealthState.UNKNOWN and belief.failures:
        # What never worked is asked less and less often, and quickly as long as that is news.
        return max(
            cadence.suspect_s * shortened, cadence.offline.delay_s(belief.failures, random=random)
        )
    return cadence.suspect_s * shortened


@dataclass(slots=True)
class _Host:
    waiting: deque[CameraId] = field(default_factory=deque)
    busy: int = 0
    began_mono: float = float("-inf")


@dataclass(slots=True)
class Timetable:
    """Who is due, and who may begin.  All times are monotonic seconds, handed in.

    A camera is either planned (in the heap), waiting at its host, or being asked.
    """

    cadence: Cadence = field(default_factory=Cadence)
    _due_mono: dict[CameraId, float] = field(default_factory=dict)
    _heap: list[tuple[float, CameraId]] = field(default_factory=list)
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _host_of: dict[CameraId, str] = field(default_factory=dict)
    _waiting: set[CameraId] = field(default_factory=set)
    _asked: dict[CameraId, str] = field(default_factory=dict)

    def plan(self, camera_id: CameraId, host: str, due_mono: float) -> None:
        """Have a camera asked at that moment; an earlier plan for it counts no more."""
        self._host_of[camera_id] = host
        self._due_mono[camera_id] = due_mono
        if camera_id in self._waiting:
            self._leave_queue(camera_id)
        heapq.heappush(self._heap, (due_mono, camera_id))
        if len(self._heap) > 4 * len(self._due_mono) + 64:
            self._heap = [(due, id_) for id_, due in self._due_mono.items()]
            heapq.heapify(self._heap)

    def is_planned(self, camera_id: CameraId) -> bool:
        """Tell whether it is planned, waiting or being asked."""
        return camera_id in self._due_mono or camera_id in self._asked

    def forget(self, camera_id: CameraId) -> None:
        """Have a camera not asked; one that is being asked is let finish."""
        self._due_mono.pop(camera_id, None)
        if camera_id in self._waiting:
            self._leave_queue(camera_id)

    def begin(self, now_mono: float) -> list[CameraId]:
        """Return whom to ask now; `ended` must follow for each of them."""
        while self._heap and self._heap[0][0] <= now_mono:
            due_mono, camera_id = heapq.heappop(self._heap)
            is_current = self._due_mono.get(camera_id) == due_mono
            if is_current and camera_id not in self._waiting:
                self._waiting.add(camera_id)
                self._hosts.setdefault(self._host_of[camera_id], _Host()).waiting.append(camera_id)
        begun: list[CameraId] = []
        for name, host in list(self._hosts.items()):
            if len(self._asked) >= self.cadence.most_at_once:
                break
            self._begin_at(name, host, now_mono, begun)
        return begun

    def ended(self, camera_id: CameraId) -> None:
        """Note that a camera was asked."""
        name = self._asked.pop(camera_id)
        self._hosts[name].busy -= 1

    def late_s(self, now_mono: float) -> float:
        """Return for how long the longest waiting camera has been due."""
        oldest = min((self._due_mono[id_] for id_ in self._waiting), default=now_mono)
        return max(0.0, now_mono - oldest)

    @property
    def asked(self) -> int:
        """How many are being asked."""
        return len(self._asked)

    def _begin_at(self, name: str, host: _Host, now_mono: float, begun: list[CameraId]) -> None:
        if not host.waiting:
            if not host.busy and now_mono - host.began_mono >= self.cadence.host_spacing_s:
                del self._hosts[name]
            return
        is_free = (
            host.busy < self.cadence.most_per_host
            and now_mono - host.began_mono >= self.cadence.host_spacing_s
        )
        if not is_free or host.waiting[0] in self._asked:
            return
        camera_id = host.waiting.popleft()
        self._waiting.discard(camera_id)
        del self._due_mono[camera_id]
        host.busy += 1
        host.began_mono = now_mono
        self._asked[camera_id] = name
        begun.append(camera_id)
        # Whoever was served goes to the end, so that the limit for all starves no host.
        self._hosts[name] = self._hosts.pop(name)

    def _leave_queue(self, camera_id: CameraId) -> None:
        self._waiting.discard(camera_id)
        for host in self._hosts.values():
            if camera_id in host.waiting:
                host.waiting.remove(camera_id)
