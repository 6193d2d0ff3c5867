"""`/health` and its relatives: the shape that existing clients know, filled with measurements."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final, Literal

from pydantic import BaseModel

from pantau import __version__
from pantau.core.clock import Clock, Zone
from pantau.core.shapes import Shape
from pantau.health.monitor import Finding, Monitor
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.hot_paths import HotPath

_STALE_S: Final = 30.0
_SLOW_LOOP_S: Final = 1.0


class Health(Shape):
    """Answer of `GET /health`; 503 with the same fields when nobody can watch."""

    status: Literal["ok", "degraded", "down"]
    timestamp: str
    timestampLocal: str  # noqa: N815 - the name that existing clients know
    timezone: str
    security: dict[str, bool]
    version: str
    build: str
    uptime_s: int
    down: list[str]
    parts: dict[str, dict[str, bool | int | float | str | None]]


class Liveness(Shape):
    """Answer of `GET /health/live`: that there is one says that the loop of this process turns."""

    status: Literal["ok"] = "ok"
    uptime_s: int
    loop_lag_ms: int
    """By how much the loop was late at the last look."""


class Readiness(Shape):
    """Answer of `GET /health/ready`; 503 with the same fields when no visitor may be sent here."""

    status: Literal["ok", "down"]
    down: list[str]
    """Why not: `starting`, `stopping`, or `monitor` where nothing is measured any more."""
    degraded: list[str]
    """Parts that do not work.  Visitors are sent here all the same: another web process would have
    the same media server and the same database, and pages need neither."""
    version: str
    build: str


def _path(
    path: str, summary: str, answer: type[BaseModel], same_as_200: Mapping[int, str]
) -> HotPath:
    return HotPath(
        path, summary, "health", answer, same_as_200=same_as_200, kept="never", limit="none"
    )


_AWAY: Final = {503: "No visitor may be sent here; the body is that of 200"}
_UNWELL: Final = {503: "An essential part is down; the body is that of 200"}
DOCUMENTED: Final = (
    _path("/health", "How everything is, measured", Health, _UNWELL),
    _path("/api/health", "The same, under the API", Health, _UNWELL),
    _path("/health/live", "Whether the loop of this process turns", Liveness, {}),
    _path("/health/ready", "Whether viewers may be sent here", Readiness, _AWAY),
)


class HealthPages:
    """Answers from the monitor's last look."""

    def __init__(
        self,
        monitor: Monitor,
        *,
        clock: Clock,
        zone: Zone,
        security: Mapping[str, bool],
        build: Callable[[], str] = lambda: "",
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._monitor = monitor
        self._clock = clock
        self._zone = zone
        self._security = dict(security)
        """What is really switched on, told by who switched it on."""
        self._build = build
        """Asked when somebody asks us: telling it takes a moment the first time."""
        self._is_stopping = is_stopping
        self._began_mono = clock.mono_s()

    def routes(self) -> dict[str, Route]:
        """Return the handlers by path."""
        return {
            "/health": Route(self.whole, limit="none"),
            "/api/health": Route(self.whole, limit="none"),
            "/health/live": Route(self.live, limit="none"),
            "/health/ready": Route(self.ready, limit="none"),
        }

    def whole(self, _: HotRequest) -> Reply:
        """Say how everything is: 503 when an essential part is down, with its name."""
        report = self._monitor.report()
        status = report.status
        parts = {name: _told(finding) for name, finding in report.findings.items()}
        loop = {"ok": report.loop_lag_s < _SLOW_LOOP_S, "lag_ms": round(report.loop_lag_s * 1000)}
        if report.age_s is None or report.age_s > _STALE_S:
            status = "down"
        now = self._clock.now()
        body = Health(
            status=status,
            timestamp=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            timestampLocal=now.astimezone(self._zone()).isoformat(timespec="seconds"),
            timezone=self._zone_name(),
            security=self._security,
            version=__version__,
            build=self._build(),
            uptime_s=self._uptime_s(),
            down=[*report.essential_down, *report.others_down],
            parts={**parts, "event_loop": loop},
        )
        return _json(HTTPStatus.SERVICE_UNAVAILABLE if status == "down" else HTTPStatus.OK, body)

    def live(self, _: HotRequest) -> Reply:
        """Say that this process answers; restart it when it does not."""
        lag_ms = round(self._monitor.report().loop_lag_s * 1000)
        return _json(HTTPStatus.OK, Liveness(uptime_s=self._uptime_s(), loop_lag_ms=lag_ms))

    def ready(self, _: HotRequest) -> Reply:
        """Say whether viewers may be sent here."""
        report = self._monitor.report()
        why = []
        if self._is_stopping():
            why.append("stopping")
        if report.age_s is None:
            why.append("starting")
        elif report.age_s > _STALE_S:
            why.append("monitor")
        body = Readiness(
            status="down" if why else "ok",
            down=why,
            degraded=[*report.essential_down, *report.others_down],
            version=__version__,
            build=self._build(),
        )
        return _json(HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK, body)

    def _uptime_s(self) -> int:
        return round(self._clock.mono_s() - self._began_mono)

    def _zone_name(self) -> str:
        zone = self._zone()
        here = self._clock.now().astimezone(zone)
        hours = (here.utcoffset() or timedelta()) / timedelta(hours=1)
        return f"{zone.key} ({here.tzname()}, UTC{hours:+g})"


def _told(finding: Finding) -> dict[str, bool | int | float | str | None]:
    told: dict[str, bool | int | float | str | None] = {"ok": finding.ok, **finding.facts}
    if finding.message:
        told["message"] = finding.message
    return told


def _json(status: int, body: BaseModel) -> Reply:
    content_type = b"application/json; charset=utf-8"
    return Reply(status, body.model_dump_json().encode(), content_type=content_type)
