"""What players tell of themselves: that they begin, go on, end, and how it played.

In this order: is the camera there for whoever asks, is there room for this address, and only then
is anything counted (lesson X18).  Who watches is what the server knows, never what a player says
(lesson X19).
"""

from typing import Final, Protocol

from pantau.cameras.access import Allowed, Purpose, Visitor
from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound, Throttled
from pantau.viewers.presence import Presence
from pantau.viewers.quality import Report, ReportLimit
from pantau.viewers.views import Delivery
from pantau.web.exchange import HotRequest
from pantau.web.principal import Principal

_DELIVERIES: Final = {Carrier.RELAY: Delivery.RELAY, Carrier.PAGE: Delivery.EMBED}


class Reports(Protocol):
    """Takes what players tell of how cameras played: `keeping.ViewKeeper`."""

    def report(self, camera_id: int, report: Report) -> None: ...


class Beacons:
    """Answers players.  Loop only; nothing here asks the database."""

    def __init__(
        self, presence: Presence, catalogue: Catalogue, *, reports: Reports, limit: ReportLimit
    ) -> None:
        self._presence = presence
        self._catalogue = catalogue
        self._reports = reports
        self._limit = limit

    def start(self, camera_id: int, who: Principal, request: HotRequest) -> str:
        """Return a session; raises NotFound for a camera that this visitor cannot see."""
        self._camera(camera_id, who)
        return self._presence.start(camera_id, request)

    def heartbeat(self, session_id: str, request: HotRequest) -> bool:
        """Return whether the session goes on."""
        return self._presence.heartbeat(session_id, request)

    def stop(self, session_id: str) -> bool:
        """Return whether there was such a session."""
        return self._presence.stop(session_id)

    def report(self, camera_id: int, report: Report, who: Principal, request: HotRequest) -> None:
        """Count how a camera played; raises NotFound and Throttled."""
        self._camera(camera_id, who)
        if not self._limit.allows(request.client_address):
            raise Throttled(
                "viewer.too_many_reports",
                "This address has told enough about playing for now.",
                retry_after_s=60,
            )
        self._reports.report(camera_id, report)

    def _camera(self, camera_id: int, who: Principal) -> Camera:
        camera = self._catalogue.by_id(camera_id)
        verdict = self._catalogue.access.decide(camera, Purpose.LIST, _visitor_of(who))
        if not isinstance(verdict, Allowed):
            raise NotFound("camera.unknown", "There is no such camera.")
        return verdict.camera


def delivery_of(camera: Camera | None) -> Delivery:
    """Return how a camera's live pictures come to people."""
    if camera is None:
        return Delivery.LIVE
    return _DELIVERIES.get(capabilities_for(camera.source).carrier, Delivery.LIVE)


def _visitor_of(who: Principal) -> Visitor:
    if who.kind != "session":
        return "public"
    return "operator" if who.role in {"admin", "operator"} else "partner"
