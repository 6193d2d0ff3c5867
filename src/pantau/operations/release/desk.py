"""What the pages and the API tell of releases, and the one thing that they may do: judge now."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pantau.core.build import build_id
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Unavailable
from pantau.operations.release.figures import figures_of_release
from pantau.operations.release.gathering import Hub, gather, read_baseline
from pantau.operations.release.judging import judge
from pantau.operations.release.kept_watch import (
    HISTORY_FILE,
    WATCH_FILE,
    Noted,
    Watch,
    note_verdict,
    read_history,
    read_watch,
)
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Verdict
from pantau.operations.release_steps.state import Deployment, is_deploying, read_state
from pantau.operations.vitals import Vitals, read_vitals

_LOOK_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The hub that is looked at, and what it is compared with."""

    hub: Hub
    baseline_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """Everything there is to tell, at one moment."""

    build: str
    """The build that should run."""
    processes: tuple[Vitals, ...]
    is_deploying: bool
    deployments: tuple[Deployment, ...]
    """The newest first."""
    is_unreadable: bool
    """Whether what was deployed before cannot be told, because its file is damaged."""
    watch: Watch | None
    verdicts: tuple[Noted, ...]
    """The newest first."""

    @property
    def last(self) -> Verdict | None:
        """The newest verdict."""
        return self.verdicts[0].verdict if self.verdicts else None

    @property
    def watch_left(self) -> timedelta | None:
        """For how long the release will be watched; None: no watch is under way."""
        if self.watch is None or self.watch.is_over:
            return None
        return timedelta(seconds=max(0.0, self.watch.for_s - self.watch.ran_s))


class ReleaseDesk:
    """Reads the folder of releases.  Loop only."""

    def __init__(
        self,
        releases_dir: Path,
        *,
        meant: Callable[[], Meant],
        rules: Rules,
        clock: Clock,
        look_s: float = _LOOK_S,
    ) -> None:
        self._folder = releases_dir
        self._meant = meant
        self._rules = rules
        self._clock = clock
        self._look_s = look_s
        self._is_judging = False
        self._known: tuple[float, Noted | None] = (0.0, None)
        self._watched: tuple[float, bool] = (0.0, False)

    async def releases(self) -> Releases:
        """Return what there is to tell."""
        return await asyncio.to_thread(self._releases_in_thread)

    async def judge(self) -> Verdict:
        """Look for some seconds, judge, and keep the verdict; raises Conflict while one does."""
        if self._is_judging:
            raise Conflict("release.judging", "A verdict is on its way already.")
        self._is_judging = True
        try:
            meant = await asyncio.to_thread(self._meant)
            evidence = await gather(meant.hub, clock=self._clock, for_s=self._look_s)
            file = meant.baseline_file
            baseline = None if file is None else await asyncio.to_thread(read_baseline, file)
            verdict = judge(evidence, baseline, self._rules, self._clock.now())
            await asyncio.to_thread(self._note_in_thread, verdict)
        finally:
            self._is_judging = False
        return verdict

    def figures(self) -> Mapping[str, Any]:
        """Return what metrics tell; a verdict on a build that does not run says nothing of ours."""
        noted = self._last()
        is_ours = noted is not None and noted.verdict.build == build_id()
        return figures_of_release(noted if is_ours else None, self._watch_silent_s())

    def _watch_silent_s(self) -> float | None:
        """Return for how long nobody has noted how far the watch is; None: none is under way."""
        try:
            written = (self._folder / WATCH_FILE).stat().st_mtime
        except OSError:
            return None
        if self._watched[0] != written:
            asked = read_watch(self._folder)
            self._watched = (written, asked is not None and not asked.is_over)
        return max(0.0, self._clock.unix_s() - written) if self._watched[1] else None

    def _last(self) -> Noted | None:
        """Return the newest verdict; its file is read only when it was written anew."""
        try:
            written = (self._folder / HISTORY_FILE).stat().st_mtime
        except OSError:
            return None
        if self._known[0] != written:
            history = read_history(self._folder)
            self._known = (written, history[-1] if history else None)
        return self._known[1]

    def _note_in_thread(self, verdict: Verdict) -> None:
        try:
            note_verdict(self._folder, Noted(watch="", verdict=verdict))
        except OSError as error:
            raise Unavailable(
                "release.not_kept", "The verdict cannot be kept: the disk may be full."
            ) from error

    def _releases_in_thread(self) -> Releases:
        try:
            deployments, is_unreadable = read_state(self._folder).deployments, False
        except Unavailable:
            deployments, is_unreadable = (), True
        return Releases(
            build=self._meant().hub.build,
            processes=read_vitals(self._meant().hub.sockets_dir, now=self._clock.now()),
            is_deploying=is_deploying(self._folder),
            deployments=tuple(reversed(deployments)),
            is_unreadable=is_unreadable,
            watch=read_watch(self._folder),
            verdicts=tuple(reversed(read_history(self._folder))),
        )
