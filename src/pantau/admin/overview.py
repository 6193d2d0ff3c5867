"""The first page of the admin: what is wrong, worst first, then what is known to work."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.accounts.sessions.service import SignIns
from pantau.admin.entries import shown_entry
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.profile import own_id
from pantau.admin.wording import Wording
from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.cameras.models import Camera, LiveState
from pantau.cameras.service import Catalogue
from pantau.db.statistics import PoolStatistics
from pantau.health.monitor import Report
from pantau.web.access import viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.principal import Principal
from pantau.web.response_cache import CacheStats

_MOST_BAD: Final = 20
_NEWEST: Final = 8
_ORDER: Final = (LiveState.OFFLINE, LiveState.CONNECTING, LiveState.UNKNOWN)
_Who = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What this process can tell about itself; nothing where a part is not there."""

    health: Callable[[], Report] | None = None
    pool: Callable[[], PoolStatistics] | None = None
    cache: Callable[[], CacheStats] | None = None


@dataclass(frozen=True, slots=True)
class _Bad:
    """A camera that somebody should look at."""

    camera: Camera
    state: LiveState
    since_at: datetime | None


class OverviewPages:
    """The overview."""

    def __init__(
        self,
        frame: Frame,
        *,
        catalogue: Catalogue,
        sign_ins: SignIns,
        reader: AuditReader,
        measures: Measures,
    ) -> None:
        self._frame = frame
        self._catalogue = catalogue
        self._sign_ins = sign_ins
        self._reader = reader
        self._measures = measures

    def declare(self, add: Endpoints) -> None:
        """Declare the page."""
        add.get("", access=viewers(), **HIDDEN)(self.show)

    async def show(self, request: Request, who: _Who) -> Response:
        """Show what is known at this moment."""
        speak = self._frame.wording(request)
        cameras = self._catalogue.all()
        states = {camera.id: self._state(camera) for camera in cameras}
        counts = Counter(states.values())
        report = self._measures.health() if self._measures.health else None
        bad = self._bad(cameras)
        values = {
            "total": len(cameras),
            "hidden": sum(not camera.enabled for camera in cameras),
            "counts": {state.value: counts[state] for state in LiveState},
            "bad": bad[:_MOST_BAD],
            "more_bad": max(0, len(bad) - _MOST_BAD),
            "offline": [each for each in bad if each.state is LiveState.OFFLINE][:_MOST_BAD],
            "report": report,
            "faults": _faults(report, speak),
            "pool": self._measures.pool() if self._measures.pool else None,
            "cache": self._measures.cache() if self._measures.cache else None,
            "sessions": await self._sign_ins.sessions(own_id(who)),
            "entries": await self._newest(who, speak),
            "now": self._frame.pages.now(),
        }
        return self._frame.draw(request, "overview.html", values)

    def _state(self, camera: Camera) -> LiveState:
        if camera.status == "maintenance":
            return LiveState.MAINTENANCE
        seen = self._catalogue.observation(camera.id)
        return seen.state if seen else LiveState.UNKNOWN

    def _bad(self, cameras: Sequence[Camera]) -> list[_Bad]:
        """Return the cameras without a picture: offline first, the freshest fault on top."""
        found = []
        for camera in cameras:
            state = self._state(camera)
            if camera.enabled and state in _ORDER:
                seen = self._catalogue.observation(camera.id)
                found.append(_Bad(camera, state, seen.since_at if seen else None))
        return sorted(found, key=_by_weight)

    async def _newest(self, who: Principal, speak: Wording) -> list[object]:
        if who.role != "admin":
            return []
        page = await self._reader.page(Search(), limit=_NEWEST)
        return [shown_entry(entry, speak) for entry in page.rows]


def _by_weight(bad: _Bad) -> tuple[int, float, str]:
    since = bad.since_at.timestamp() if bad.since_at else 0.0
    return _ORDER.index(bad.state), -since, bad.camera.name


def _faults(report: Report | None, speak: Wording) -> list[tuple[str, str]]:
    if report is None:
        return []
    return [
        (speak.part(name), speak.sentence(finding.message))
        for name, finding in report.findings.items()
        if not finding.ok
    ]
