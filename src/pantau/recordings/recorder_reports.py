"""What the media server says of one recorder; evidence of a process, never a wish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_CAUSE: Final = 32


class PathReport(Protocol):
    """A path as a media server reports it."""

    @property
    def ready(self) -> bool:
        """Whether its camera is live."""
        ...

    @property
    def tells_recorder(self) -> bool:
        """Whether this server says what it records at all."""
        ...

    @property
    def recorder(self) -> Mapping[str, Any] | None: ...


class RecorderServer(Protocol):
    """Whoever has the recorders; raises `Problem` when it does not answer or refuses."""

    async def paths(self) -> Mapping[str, PathReport]:
        """Return the reports of all paths by name."""
        ...

    async def restart_recorder(self, name: str) -> None:
        """Have a recorder close its file and begin another."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderReport:
    """A recorder, as it says."""

    state: str
    """waiting, recording, paused or failed; a word of a newer server is none of them."""
    cause: str
    open_start_ms: int | None
    last_fragment_ms: int | None
    last_closed_start_ms: int | None
    last_closed_end_ms: int | None
    bytes_per_s: float

    @property
    def last_started_ms(self) -> int | None:
        """Where the newest file begins, open or closed."""
        return self.open_start_ms or self.last_closed_start_ms


def recorder_report(given: Mapping[str, Any]) -> RecorderReport:
    """Read what a server says; what makes no sense is not there."""
    cause = given.get("cause")
    return RecorderReport(
        state=str(given.get("state") or ""),
        cause=cause[:_MOST_CAUSE] if isinstance(cause, str) else "",
        open_start_ms=_whole(given.get("openStartMs")),
        last_fragment_ms=_moment_ms(given.get("lastFragmentAt")),
        last_closed_start_ms=_whole(given.get("lastClosedStartMs")),
        last_closed_end_ms=_whole(given.get("lastClosedEndMs")),
        bytes_per_s=float(_whole(given.get("bytesPerSecond")) or 0),
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment_ms(value: object) -> int | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None or at.tzinfo is None:
        return None
    return (at - _EPOCH) // timedelta(milliseconds=1)
