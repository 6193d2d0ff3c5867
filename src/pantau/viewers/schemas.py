"""What the API of viewers takes and gives, field by field, under the names that clients know."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from pantau.core.shapes import Shape
from pantau.viewers.quality import Failure, Report
from pantau.viewers.views import Delivery, KeptView, LiveView, Today

_MOST_MS = 86_400_000
_SHOWN_DIGITS = 12


def _no_flag(written: object) -> object:
    if isinstance(written, bool):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic's way to refuse
    return written


_CameraNumber = Annotated[int, BeforeValidator(_no_flag), Field(ge=0, le=2**63 - 1)]


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StartInput(_Input):
    """A player that begins."""

    cameraId: _CameraNumber  # noqa: N815 - the reference's name


class SessionInput(_Input):
    """A player that goes on or ends."""

    sessionId: Annotated[str, Field(min_length=1, max_length=100)]  # noqa: N815


class QualityInput(_Input):
    """How one view played, told once at its end."""

    camera_id: _CameraNumber
    start_ms: Annotated[int, Field(ge=0, le=600_000)] | None = None
    """From the tap to the first picture; nothing where there was none."""
    stalls: Annotated[int, Field(ge=0, le=10_000)] = 0
    stalled_ms: Annotated[int, Field(ge=0, le=_MOST_MS)] = 0
    played_ms: Annotated[int, Field(ge=0, le=_MOST_MS)] = 0
    codec_refused: bool = False
    """Whether the browser has no decoder for the camera's codec."""
    failure: Failure | None = None
    """Why there is no picture at the end, where there is none."""

    def as_report(self) -> Report:
        """Return it as a value."""
        return Report(
            start_ms=self.start_ms,
            stalls=self.stalls,
            stalled_ms=self.stalled_ms,
            played_ms=self.played_ms,
            is_codec_refused=self.codec_refused,
            failure=self.failure,
        )


class BegunSession(_Output):
    """The session of a player."""

    sessionId: str  # noqa: N815


class Begun(_Output):
    """A player began."""

    success: Literal[True] = True
    data: BegunSession


class Told(_Output):
    """What comes of a beacon: 200 always, since players that leave read no answer."""

    success: bool
    """False: there is no such session, or it has ended."""
    message: str


class ViewerOutput(_Output):
    """Somebody who watches."""

    sessionId: str  # noqa: N815
    ipAddress: str  # noqa: N815
    """A number of the day such as visitor-0123456789ab, unless addresses are kept."""
    deviceType: str  # noqa: N815
    startedAt: datetime  # noqa: N815
    durationSeconds: int  # noqa: N815
    browser: str
    delivery: Delivery


class WatchedOutput(_Output):
    """One camera with those who watch it."""

    cameraId: int  # noqa: N815
    cameraName: str | None  # noqa: N815
    viewers: list[ViewerOutput]


class SessionRow(_Output):
    """One session as a row of the reference's table."""

    session_id: str
    camera_id: int
    camera_name: str | None
    ip_address: str
    user_agent: str | None
    device_type: str
    started_at: datetime
    last_heartbeat: datetime
    ended_at: None
    duration_seconds: int
    is_active: Literal[1]


class ActiveOutput(_Output):
    """Who watches, by camera and as a plain list."""

    totalViewers: int  # noqa: N815
    cameras: list[WatchedOutput]
    sessions: list[SessionRow]


class CameraCount(_Output):
    """How many watch one camera."""

    camera_id: int
    viewer_count: int


class TodayOutput(_Output):
    """The day in the hub's zone, of views that began on it."""

    uniqueViewers: int  # noqa: N815
    totalSessions: int  # noqa: N815
    totalWatchTime: int  # noqa: N815
    """Seconds."""


class StatsOutput(_Output):
    """What there is to say in a few numbers."""

    activeViewers: int  # noqa: N815
    """Different people; `activeSessions` counts one twice who watches two cameras."""
    activeSessions: int  # noqa: N815
    viewersByCamera: list[CameraCount]  # noqa: N815
    today: TodayOutput


class HistoryRow(_Output):
    """A view that is over."""

    id: int
    camera_id: int | None
    camera_name: str | None
    ip_address: str
    """As in the list of who watches."""
    user_agent: str | None
    device_type: str | None
    started_at: datetime
    ended_at: datetime
    duration_seconds: int
    created_at: datetime
    visitor: str
    delivery: str
    browser: str


def viewer_output(view: LiveView, *, with_address: bool) -> ViewerOutput:
    """Return one who watches; what is kept of the person is for some eyes alone."""
    return ViewerOutput(
        sessionId=view.session_id,
        ipAddress=_whom(view.address if with_address else None, view.visitor),
        deviceType=view.device,
        startedAt=view.started_at,
        durationSeconds=view.duration_s,
        browser=view.browser,
        delivery=view.delivery,
    )


def session_row(view: LiveView, camera_name: str | None, *, with_address: bool) -> SessionRow:
    """Return the same as a row."""
    return SessionRow(
        session_id=view.session_id,
        camera_id=view.camera_id,
        camera_name=camera_name,
        ip_address=_whom(view.address if with_address else None, view.visitor),
        user_agent=view.user_agent if with_address else None,
        device_type=view.device,
        started_at=view.started_at,
        last_heartbeat=view.last_seen_at,
        ended_at=None,
        duration_seconds=view.duration_s,
        is_active=1,
    )


def stats_output(live: Iterable[LiveView], counts: dict[int, int], today: Today) -> StatsOutput:
    """Return the numbers; the busiest camera first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return StatsOutput(
        activeViewers=len({view.visitor for view in live}),
        activeSessions=sum(counts.values()),
        viewersByCamera=[CameraCount(camera_id=id_, viewer_count=n) for id_, n in ordered],
        today=TodayOutput(
            uniqueViewers=today.unique_visitors,
            totalSessions=today.views,
            totalWatchTime=today.watch_s,
        ),
    )


def history_row(view: KeptView, *, with_address: bool) -> HistoryRow:
    """Return a view that is over."""
    return HistoryRow(
        id=view.id,
        camera_id=view.camera_id,
        camera_name=view.camera_name,
        ip_address=_whom(view.ip_address if with_address else None, view.visitor),
        user_agent=view.user_agent if with_address else None,
        device_type=view.device_type,
        started_at=view.started_at,
        ended_at=view.ended_at,
        duration_seconds=view.duration_s,
        created_at=view.created_at,
        visitor=view.visitor,
        delivery=view.delivery,
        browser=view.browser,
    )


def _whom(address: str | None, visitor: str) -> str:
    return address or f"visitor-{visitor[:_SHOWN_DIGITS]}"
