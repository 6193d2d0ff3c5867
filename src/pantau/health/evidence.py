"""What the media server's report of a path says about its camera, compared with the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from pantau.health import causes
from pantau.health.verdict import Look, Sign
from pantau.media.errors import Cause

_STALLED_S: Final = 15.0
"""How long a path may be live, or ready, without a byte or a picture."""
_TRYING_S: Final = 20.0
"""How long a path that somebody reads may take to become ready."""


class PathReport(Protocol):
    """A path as a media server reports it; `state` and what follows come from our engine alone."""

    @property
    def ready(self) -> bool: ...
    @property
    def inbound_bytes(self) -> int: ...
    @property
    def readers(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def next_attempt_at(self) -> datetime | None: ...
    @property
    def last_picture_at(self) -> datetime | None: ...
    @property
    def sessions_opened(self) -> int: ...
    @property
    def picture(self) -> str:
        """`ok`, `frozen`, `black` or `covered`; empty where nobody looked at it."""
        ...


class PathReports(Protocol):
    """Whoever can ask the media server; raises `Problem` when it does not answer."""

    async def paths(self) -> Mapping[str, PathReport]:
        """Return the reports of all paths by name."""
        ...


@dataclass(slots=True)
class PathMemory:
    """What must be known of the last report to tell news from repetition."""

    inbound_bytes: int = -1
    grew_mono: float | None = None
    """When bytes or pictures were last seen to come; None: not since this process began."""
    picture_at: datetime | None = None
    failed_session: tuple[int, str] | None = None
    """The attempt whose failure was told already: one attempt is one failure."""
    unready_mono: float | None = None

    def forget(self) -> None:
        """Begin anew: what comes next is compared with nothing."""
        self.inbound_bytes = -1
        self.grew_mono = self.picture_at = self.failed_session = self.unready_mono = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report says: news, or nothing; and whether somebody pulls the camera already."""

    look: Look | None
    is_pulled: bool
    """Then it must not be probed: that could take its only session (lesson M11)."""
    not_before_at: datetime | None = None
    """When the engine's own back-off ends; no probe comes earlier."""


def read(
    report: PathReport | None,
    memory: PathMemory,
    *,
    on_demand: bool,
    at: datetime,
    mono: float,
) -> Reading:
    """Return what a report says and remember it in `memory`."""
    if report is None:
        # The server was not told of it yet, or has just begun: it may dial at any moment.
        return Reading(None, is_pulled=True)
    has_news = _remember(report, memory, mono)
    if has_news:
        trouble = report.picture if report.picture in causes.PICTURES else ""
        look = Look(Sign.TROUBLE if trouble else Sign.LIFE, at, mono, trouble)
        return Reading(look, is_pulled=report.state != "idle")
    if report.state:
        return _by_our_engine(report, memory, at, mono)
    return _by_readiness(report, memory, on_demand=on_demand, at=at, mono=mono)


def _remember(report: PathReport, memory: PathMemory, mono: float) -> bool:
    """Tell whether bytes or pictures came since the last report: the only proof there is."""
    is_first = memory.inbound_bytes < 0
    # A counter that fell belongs to a new session.
    grew = report.inbound_bytes != memory.inbound_bytes and report.inbound_bytes > 0
    is_new_picture = report.last_picture_at != memory.picture_at
    memory.inbound_bytes = report.inbound_bytes
    memory.picture_at = report.last_picture_at
    if report.state:
        # Bytes without a picture are a session that fails slowly.
        came = is_new_picture or (grew and report.state == "live")
    else:
        came = grew and report.ready
    if is_first:
        # What stood there before we looked may be a day old.
        if came:
            memory.grew_mono = mono
        return False
    if came:
        memory.grew_mono = mono
    return came


def _by_our_engine(report: PathReport, memory: PathMemory, at: datetime, mono: float) -> Reading:
    if report.state == "live":
        return _perhaps_stalled(memory, at, mono)
    if report.state == "idle":
        return Reading(None, is_pulled=False, not_before_at=report.next_attempt_at)
    memory.grew_mono = None
    if report.state == "connecting" or report.cause is None:
        return Reading(None, is_pulled=True)
    session = (report.sessions_opened, report.cause)
    if session == memory.failed_session:
        return Reading(None, is_pulled=True)
    memory.failed_session = session
    # 404 and 410 are how sources say that they are gone; several of them, over an hour, are death.
    sign = Sign.GONE if report.cause == Cause.NOT_FOUND else Sign.FAILURE
    return Reading(Look(sign, at, mono, report.cause), is_pulled=True)


def _by_readiness(
    report: PathReport, memory: PathMemory, *, on_demand: bool, at: datetime, mono: float
) -> Reading:
    if report.ready:
        # "Ready" is what was set up; only growing bytes are life (lesson M14).
        memory.unready_mono = None
        return _perhaps_stalled(memory, at, mono)
    memory.grew_mono = None
    if on_demand and not report.readers:
        memory.unready_mono = None
        return Reading(None, is_pulled=False)
    if memory.unready_mono is None:
        memory.unready_mono = mono
    if mono - memory.unready_mono < _TRYING_S:
        return Reading(None, is_pulled=True)
    return Reading(Look(Sign.FAILURE, at, mono, causes.NOT_READY), is_pulled=True)


def _perhaps_stalled(memory: PathMemory, at: datetime, mono: float) -> Reading:
    if memory.grew_mono is None:
        memory.grew_mono = mono
    if mono - memory.grew_mono < _STALLED_S:
        return Reading(None, is_pulled=True)
    return Reading(Look(Sign.FAILURE, at, mono, str(Cause.STALLED)), is_pulled=True)
