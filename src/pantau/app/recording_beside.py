"""Recording where somebody's MediaMTX shows the cameras: our engine reads from its RTSP side.

A camera sees one session, that of the MediaMTX; viewers stay there.  Files, index, repair and
everything after them are those of a hub with its own engine.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Final

from pantau.app.foundation import Foundation
from pantau.app.recording_work import RecordingWork
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.media.errors import Cause
from pantau.mediaserver.sockets import API_SOCKET
from pantau.recordings import recorders
from pantau.recordings.recorder_reports import RecorderServer
from pantau.settings import Settings
from pantau.streaming.desired_paths import RecordWishes, no_wish, unsupported
from pantau.streaming.media_server import ActualPath, MediaServerClient
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler, Sweep

OWNED_FILE: Final = "recorded-paths.json"
_CAUSES: Final[Mapping[str, str]] = {
    Cause.UNREACHABLE: recorders.THEIRS_UNREACHABLE,
    Cause.REFUSED: recorders.THEIRS_UNREACHABLE,
    Cause.TIMED_OUT: recorders.THEIRS_UNREACHABLE,
    Cause.INSECURE: recorders.THEIRS_UNREACHABLE,
    Cause.LOGIN_REFUSED: recorders.THEIRS_REFUSES,
}

OnSweep = Callable[[Sweep | None], None]


@dataclass(frozen=True, slots=True)
class OurEngine:
    """Our engine beside a MediaMTX, whose reports say what is the matter with that."""

    client: MediaServerClient

    async def paths(self) -> Mapping[str, ActualPath]:
        """Return what it says of all that it records."""
        return {name: _explained(path) for name, path in (await self.client.paths()).items()}

    async def restart_recorder(self, name: str) -> None:
        """Have a recorder close its file and begin another."""
        await self.client.restart_recorder(name)


@dataclass(slots=True)
class Recorders:
    """Who records in this installation: whatever media server it has, or our engine beside it."""

    settings: Settings
    server: RecorderServer
    beside: MediaServerClient | None
    """Our engine, where it records beside a MediaMTX."""
    _is_foreign: bool = False

    def obstacle(self, camera: Camera) -> str:
        """Return why a camera cannot be recorded here, as a word of `recorders`; empty: it can."""
        if not self._is_foreign:
            return ""
        if self.beside is None:
            return recorders.NO_RTSP_URL
        return recorders.THEIRS_CANNOT if unsupported(camera) is not None else ""

    def noting(self, on_sweep: OnSweep) -> OnSweep:
        """Return what hears of the media server: this, and `on_sweep` as well."""

        def note(sweep: Sweep | None) -> None:
            if sweep is not None:
                # Another engine of ours may be used as well: that one records by itself.
                self._is_foreign = not sweep.is_ours
            on_sweep(sweep)

        return note

    def asked_of_shown(self, wishes: RecordWishes) -> RecordWishes:
        """Return what the media server that shows the cameras is asked to record."""
        return wishes if self.beside is None else no_wish

    async def start(
        self, base: Foundation, catalogue: Catalogue, work: RecordingWork, supervisor: Supervisor
    ) -> None:
        """Keep our engine in line with what is to be recorded; nothing to do without one."""
        if self.beside is None:
            return
        reconciler = Reconciler(
            server=self.beside,
            catalogue=catalogue,
            owned=OwnedPaths(self.settings.data_dir / OWNED_FILE),
            clock=base.clock,
            record=work.wishes,
            recorded_from=self.settings.media.rtsp_url,
            job="recordings.reconciling",
        )
        catalogue.on_cameras(reconciler.wake)
        work.control.on_wishes(reconciler.wake)
        await reconciler.sweep_if_reachable()
        supervisor.add(Service("recordings.reconciler", reconciler.run))


def recorders_of(
    settings: Settings, server: MediaServerClient, closing: AsyncExitStack
) -> Recorders:
    """Return who records; `server` is the media server that shows the cameras."""
    if not settings.media.rtsp_url:
        return Recorders(settings, server, None)
    ours = MediaServerClient(unix_socket=str(settings.sockets_dir / API_SOCKET))
    closing.push_async_callback(ours.close)
    return Recorders(settings, OurEngine(ours), ours)


def _explained(path: ActualPath) -> ActualPath:
    """Say of a recorder that waits for pictures what is the matter with the MediaMTX."""
    recorder = path.recorder
    if path.cause is None or recorder is None or recorder.get("state") != "waiting":
        return path
    cause = _CAUSES.get(path.cause, recorders.THEIRS_HAS_NONE)
    return replace(path, recorder={**recorder, "cause": cause})
