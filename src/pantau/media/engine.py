"""The media engine: any number of paths, their live windows and their stills, on one event loop."""

from collections.abc import Callable

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import NotFound
from pantau.core.supervisor import Service, Supervisor
from pantau.media.archive.recorders import Recorders
from pantau.media.fanout import Fanout
from pantau.media.handoff import Handoff
from pantau.media.ingest import Ingest
from pantau.media.late.disk import SpoolDisk
from pantau.media.late.presentation import LatePresentation
from pantau.media.live.window import LiveWindow
from pantau.media.options import EngineOptions, Tools
from pantau.media.paths import PathConfig, PathState, PathStatus
from pantau.media.picture.watch import Lookers
from pantau.media.sources.base import Source, SourceConfig
from pantau.media.stills import OnThread, Still, StillForm, Stills

__all__ = ["Engine", "EngineOptions", "PathConfig", "PathState", "PathStatus"]

log = structlog.get_logger()

_LOOK_AGAIN_S = 0.05
_LEAST_CLOSING_S = 1.0
"""What recordings get to be finished in, however long the cameras took to say goodbye."""


class Engine:
    """Keeps every path that it is given as it is configured.  Made and used on one loop.

    `on_thread` is told path, native thread id and thread ident before a thread touches a camera's
    data, so that a crash can be laid at its door.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        options: EngineOptions | None = None,
        on_thread: OnThread | None = None,
        make_source: Callable[[str, SourceConfig], Source] | None = None,
    ) -> None:
        self._clock = clock
        self._options = options or EngineOptions()
        self._handoff = Handoff(clock=clock)
        self._disk = SpoolDisk(reserve_bytes=self._options.late.reserve_bytes)
        self._lookers = Lookers(rules=self._options.picture, on_thread=on_thread)
        self._recorders = Recorders(clock=clock, rules=self._options.recording)
        self._tools = Tools(
            clock,
            self._handoff,
            self._options,
            disk=self._disk,
            lookers=self._lookers,
            recorders=self._recorders,
            on_thread=on_thread,
            make_source=make_source,
        )
        self._stills = Stills(on_thread=on_thread)
        self._paths: dict[str, Ingest] = {}
        self._leaving: list[Ingest] = []
        self._supervisor = Supervisor(clock)
        self._abandoned_before = 0
        self._is_running = False

    def put(self, path: str, config: PathConfig) -> None:
        """Add a path or change it; an equal configuration changes nothing.

        Another source gets a new session and the old window, so that players only see a cut.
        """
        self._run()
        known = self._paths.get(path)
        if known is None:
            self._paths[path] = Ingest(path, config, self._tools)
        elif known.config != config:
            known.configure(config)

    def remove(self, path: str) -> None:
        """Close a path and forget it; raises `NotFound`."""
        ingest = self._find(path)
        del self._paths[path]
        ingest.remove()
        if not ingest.is_gone:
            self._leaving.append(ingest)

    def status(self, path: str) -> PathStatus:
        """Say how one path is; raises `NotFound`."""
        return self._find(path).status()

    def statuses(self) -> list[PathStatus]:
        """Say how all paths are, sorted by name."""
        return [self._paths[path].status() for path in sorted(self._paths)]

    def fanout(self, path: str) -> Fanout:
        """Return where a recorder attaches; raises `NotFound`.  Lives as long as the path."""
        return self._find(path).fanout

    @property
    def abandoned(self) -> int:
        """Threads that did not come back so far; a process with many should be replaced."""
        known = sum(ingest.abandoned for ingest in (*self._paths.values(), *self._leaving))
        return self._abandoned_before + known

    async def window(self, path: str) -> LiveWindow:
        """Return the live window with something in it; counts as a reader.

        Starts a camera that is on demand and waits for it, `start_timeout_s` at most and once for
        all who ask.  Raises `NotFound`, or `Unavailable` with the code `stream.<cause>`.
        """
        ingest = self._find(path)
        ingest.touch()
        if not ingest.is_busy and path not in self._still_leaving():
            ingest.step()
        return await ingest.window_soon()

    def window_now(self, path: str) -> LiveWindow | None:
        """Return the window as it is, waking nobody; None: unknown."""
        ingest = self._paths.get(path)
        return ingest.window if ingest else None

    def touch(self, path: str) -> None:
        """Note a reader; an unknown path is ignored."""
        ingest = self._paths.get(path)
        if ingest is not None:
            ingest.touch()

    def late(self, path: str) -> LatePresentation | None:
        """Return what is shown late of a camera, None where nothing is; raises `NotFound`."""
        return self._find(path).late

    def restart_recorder(self, path: str) -> bool:
        """Have the recorder of a path begin another file; False where nothing is recorded."""
        ingest = self._paths.get(path)
        return ingest is not None and ingest.restart_recorder()

    async def still(
        self, path: str, *, width_px: int, form: StillForm = "jpeg", late: bool = False
    ) -> Still | None:
        """Return the last picture of a camera, None if it never gave one; raises `NotFound`.

        Works after the session has ended.  Wakes only cameras that have nothing but stills.
        `late`: the last one that is old enough for a camera that is shown late.
        """
        ingest = self._find(path)
        if ingest.config.is_stills_only:
            ingest.touch()
        keeper = ingest.keeper
        if late:
            if ingest.late is None:
                return None
            keeper = await ingest.late.refresh_still()
        return await self._stills.still(path, keeper, width_px=width_px, form=form)

    async def stop(self, deadline_s: float) -> None:
        """End all sessions politely and finish all recordings, as far as `deadline_s` allows."""
        for path in list(self._paths):
            self.remove(path)
        give_up_mono = self._clock.mono_s() + deadline_s
        while self._leaving and self._clock.mono_s() < give_up_mono:
            self._sweep()
            await self._clock.sleep(_LOOK_AGAIN_S)
        await self._recorders.stop(max(_LEAST_CLOSING_S, give_up_mono - self._clock.mono_s()))
        await self._supervisor.stop(deadline_s=1.0)
        self._stills.close()
        self._lookers.close()
        self._disk.close()
        self._is_running = False

    def _find(self, path: str) -> Ingest:
        ingest = self._paths.get(path)
        if ingest is None:
            raise NotFound("stream.unknown", "There is no such stream.")
        return ingest

    def _run(self) -> None:
        if not self._is_running:
            self._is_running = True
            self._supervisor.add(Service("engine.ticks", self._tick_for_ever))

    async def _tick_for_ever(self) -> None:
        while True:
            self._tick()
            await self._clock.sleep(self._options.tick_s)

    def _tick(self) -> None:
        self._sweep()
        leaving = self._still_leaving()
        dials = self._options.most_dials_per_tick
        for path, ingest in self._paths.items():
            # A path that was removed and added again waits for its old session to let go.
            dials -= ingest.step(may_dial=dials > 0 and path not in leaving)

    def _sweep(self) -> None:
        for ingest in self._leaving:
            ingest.step()
        gone = [ingest for ingest in self._leaving if ingest.is_gone]
        self._abandoned_before += sum(ingest.abandoned for ingest in gone)
        self._leaving = [ingest for ingest in self._leaving if ingest not in gone]

    def _still_leaving(self) -> set[str]:
        return {ingest.path for ingest in self._leaving}
