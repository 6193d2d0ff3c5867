"""One camera as it was some minutes ago: its live segments, kept on disk until they are old."""

import secrets
from asyncio import Future
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.media.late.disk import SpoolDisk, is_full
from pantau.media.live.fragments import first_sample
from pantau.media.live.playlist import ListedSegment, media_playlist, target_duration_s
from pantau.media.live.window import ClosedSegment
from pantau.media.packets import Picture, VideoTrack
from pantau.media.stills import KeyFrame, StillKeeper

log = structlog.get_logger()

_LEAST_TO_PLAY: Final = 3
_GRACE: Final = 2
"""Segments kept after they left the list."""
_STALE_S: Final = 10.0
"""Beyond three target durations, until the list counts as one of a camera that was not there."""
_NUMBERS_A_RUN: Final = 14_400
_PICTURE_EVERY_S: Final = 5.0
"""A camera that has nothing but pictures keeps one in this time."""


class LateCause(StrEnum):
    """Why there is nothing to show late."""

    WAITING = "late_waiting"
    GAP = "late_gap"
    DISK_FULL = "late_disk_full"
    DISK_BROKEN = "late_disk_broken"
    DISK_SLOW = "late_disk_slow"
    TOO_LARGE = "late_too_large"


SENTENCES: Final[dict[LateCause, str]] = {
    LateCause.WAITING: "This camera is shown late; its first pictures are not old enough yet.",
    LateCause.GAP: "This camera is shown late; it gave no pictures at that time.",
    LateCause.DISK_FULL: "There is no room on the disk for the pictures of delayed cameras.",
    LateCause.DISK_BROKEN: "The pictures of delayed cameras cannot be written to the disk.",
    LateCause.DISK_SLOW: "The disk is too slow for the pictures of delayed cameras.",
    LateCause.TOO_LARGE: (
        "The pictures of this camera need more room than a delayed camera may have: "
        "choose a shorter delay, or a lower bit rate in the camera."
    ),
}


@dataclass(frozen=True, slots=True)
class LateRules:
    """What holds for every delayed camera."""

    most_bytes: int = 2 * 1024 * 1024 * 1024
    """Of one camera on the disk: an hour at 4 Mbit/s.  Never more; beyond it nothing is late."""
    reserve_bytes: int = 512 * 1024 * 1024
    """What stays free on the file system."""
    most_waiting_bytes: int = 24 * 1024 * 1024
    """Of one camera in memory, waiting for a slow disk."""
    listed: int = 10
    try_again_s: float = 60.0
    try_again_too_large_s: float = 900.0


@dataclass(frozen=True, slots=True)
class LateStatus:
    """`cause` None: there is something to show.  `first_in_s` None: nobody can tell."""

    delay_s: float
    cause: LateCause | None
    first_in_s: float | None


@dataclass(slots=True)
class _Kept:
    """One file.  `listed` None: a picture.  It may be shown `delay_s` after `closed_mono`."""

    file: Path
    size_bytes: int
    closed_mono: float
    taken_unix_s: float
    listed: ListedSegment | None = None
    shown_as: ListedSegment | None = None
    """What the late list calls it; None: not shown, or a picture."""
    is_written: bool = False


@dataclass(slots=True)
class _Init:
    data: bytes
    video: VideoTrack
    name: str
    uses: int = 0


class LatePresentation:
    """Loop only.  Files get their public names, which nobody can guess, when they are old enough.

    Memory holds what the files are called and where they belong, a few hundred bytes for each.
    Trouble with the disk ends the presentation with a cause; it is tried again from the beginning.
    """

    def __init__(
        self,
        path: str,
        *,
        root: Path,
        delay_s: float,
        disk: SpoolDisk,
        clock: Clock,
        rules: LateRules,
        first_number: int,
    ) -> None:
        self.keeper = StillKeeper()
        """Holds the last picture that somebody asked for; see `refresh_still`."""
        self.version = 0
        """Grows with every change of the list."""
        self._path = path
        self._root = root
        self._delay_s = delay_s
        self._disk = disk
        self._clock = clock
        self._rules = rules
        self._pending: deque[_Kept] = deque()
        self._shown: deque[_Kept] = deque()
        self._names: dict[str, _Kept] = {}
        self._inits: dict[str, _Init] = {}
        self._held_bytes = self._waiting_bytes = 0
        self._target_s = 2
        self._last_live = -1
        self._next_number = first_number
        self._runs = self._first_run = first_number // _NUMBERS_A_RUN
        self._is_cut = True
        self._trouble: LateCause | None = None
        self._try_again_mono = 0.0
        self._folder = disk.folder(root, path)
        self._still_of: _Kept | None = None
        self._picture_mono: float | None = None

    @property
    def held_bytes(self) -> int:
        """What is on the disk, or on its way there."""
        return self._held_bytes

    def take(self, closed: ClosedSegment | None) -> None:
        """Keep a segment of the live window; one that was taken already is passed over."""
        if closed is None or closed.listed.number <= self._last_live:
            return
        self._last_live = closed.listed.number
        size_bytes = sum(map(len, closed.pieces))
        if not self._has_room(size_bytes):
            return
        init_name = closed.listed.init_name
        if init_name not in self._inits:
            name = f"late-init-{secrets.token_hex(12)}.mp4"
            self._inits[init_name] = _Init(closed.init, closed.video, name)
        self._inits[init_name].uses += 1
        self._keep(closed.pieces, closed.listed.started_unix_s, replace(closed.listed, parts=()))

    def take_picture(self, picture: Picture | KeyFrame | None) -> None:
        """Keep a picture of a camera that has nothing else, one in five seconds."""
        now_mono = self._clock.mono_s()
        is_due = self._picture_mono is None or now_mono - self._picture_mono >= _PICTURE_EVERY_S
        if not isinstance(picture, Picture) or not is_due or not self._has_room(len(picture.jpeg)):
            return
        self._picture_mono = now_mono
        self._keep([picture.jpeg], picture.received_unix_s, None)

    def change(self, delay_s: float) -> None:
        """Show it later or earlier from now on; what is shown gets other names."""
        if delay_s == self._delay_s:
            return
        self._delay_s = delay_s
        for kept in self._shown:
            kept.shown_as = None
        self._pending.extendleft(reversed(self._shown))
        self._shown.clear()
        self._names.clear()
        self._still_of, self.keeper = None, StillKeeper()
        self._is_cut = True
        self.step()

    def step(self) -> None:
        """Show what is old enough by now, and delete what was shown long enough."""
        now_mono = self._clock.mono_s()
        due: list[_Kept] = []
        while self._pending and self._is_due(self._pending[0], now_mono):
            due.append(self._pending.popleft())
        if not self._is_cut and self._is_stale(now_mono):
            # Whoever comes later must not begin in it; the last one is good for a still.
            self._drop(self._shown, keep=1)
            self._is_cut = True
            self.version += 1
        if not due:
            return
        for passed in due[: -self._rules.listed]:
            self._forget(passed)
            self._is_cut = True
        if self._is_cut:
            self._drop(self._shown, keep=0)
        for kept in due[-self._rules.listed :]:
            self._show(kept)
        self._drop(self._shown, keep=self._rules.listed + _GRACE)
        durations_s = [listed.duration_s for listed in self._listed()]
        self._target_s = target_duration_s(durations_s, least_s=2, before_s=self._target_s)
        self.version += 1

    def status(self) -> LateStatus:
        """Say whether there is something to show, and when there will be."""
        self.step()
        now_mono = self._clock.mono_s()
        is_album = self._picture_mono is not None
        missing = 1 - len(self._shown) if is_album else _LEAST_TO_PLAY - len(self._listed())
        if missing <= 0 and not self._is_stale(now_mono):
            return LateStatus(self._delay_s, None, 0.0)
        if self._trouble is not None:
            return LateStatus(self._delay_s, self._trouble, None)
        wanted = min(max(missing, 1), len(self._pending))
        first_in_s = None
        if wanted:
            first_in_s = max(0.0, self._due_mono(self._pending[wanted - 1]) - now_mono)
        cause = LateCause.GAP if self._shown else LateCause.WAITING
        return LateStatus(self._delay_s, cause, first_in_s)

    def playlist(self) -> bytes:
        """Return the media playlist; only while `status` has no cause."""
        return media_playlist(self._listed(), target_s=self._target_s)

    async def file(self, name: str) -> bytes | None:
        """Return a segment or init segment by its name; None: unknown, or gone."""
        kept = self._names.get(name)
        if kept is not None:
            return await self._disk.read(kept.file)
        shown = {listed.init_name for listed in self._listed(all_files=True)}
        known = (init for init in self._inits.values() if init.name == name and name in shown)
        return next((init.data for init in known), None)

    async def refresh_still(self) -> StillKeeper:
        """Return the keeper with the newest picture that may be shown."""
        self.step()
        newest = next((kept for kept in reversed(self._shown) if _is_picture(kept)), None)
        if newest is None or newest is self._still_of:
            return self.keeper
        data = await self._disk.read(newest.file)
        if data is not None and newest in self._shown:
            self._still_of = newest
            self.keeper.latest = self._picture_of(newest, data)
        return self.keeper

    def close(self) -> None:
        """Delete everything."""
        self._clear()
        self._disk.delete_folder(self._folder)

    def _has_room(self, size_bytes: int) -> bool:
        now_mono = self._clock.mono_s()
        if self._trouble is not None:
            if now_mono < self._try_again_mono:
                return False
            if not self._held_bytes:
                self._folder = self._disk.folder(self._root, self._path)
        if self._waiting_bytes + size_bytes > self._rules.most_waiting_bytes:
            self._fail(LateCause.DISK_SLOW)
            return False
        if self._held_bytes + size_bytes > self._rules.most_bytes:
            self._fail(LateCause.TOO_LARGE)
            return False
        return True

    def _keep(
        self, pieces: Sequence[bytes], taken_unix_s: float, listed: ListedSegment | None
    ) -> None:
        size_bytes = sum(map(len, pieces))
        file = self._folder / secrets.token_hex(12)
        kept = _Kept(file, size_bytes, self._clock.mono_s(), taken_unix_s, listed)
        self._pending.append(kept)
        self._held_bytes += size_bytes
        self._waiting_bytes += size_bytes
        self._disk.write(file, list(pieces)).add_done_callback(partial(self._written, kept))

    def _written(self, kept: _Kept, done: "Future[None]") -> None:
        self._waiting_bytes -= kept.size_bytes
        error = None if done.cancelled() else done.exception()
        if kept.file.parent != self._folder:
            return  # of an attempt that is over
        if isinstance(error, OSError):
            self._fail(LateCause.DISK_FULL if is_full(error) else LateCause.DISK_BROKEN)
            return
        kept.is_written = not done.cancelled() and error is None
        self._trouble = None

    def _fail(self, cause: LateCause) -> None:
        """Give up what there is; live pictures go on, and so does the next attempt."""
        if self._trouble is not cause:
            log.warning("late_stopped", path=self._path, cause=cause.value)
        wait_s = self._rules.try_again_s
        if cause is LateCause.TOO_LARGE:
            wait_s = self._rules.try_again_too_large_s
        self._trouble, self._try_again_mono = cause, self._clock.mono_s() + wait_s
        self._clear()
        self._disk.delete_folder(self._folder)
        self._folder = self._root / "late-none"

    def _clear(self) -> None:
        self._pending.clear()
        self._shown.clear()
        self._names.clear()
        self._inits.clear()
        self._held_bytes = 0
        self._still_of, self.keeper = None, StillKeeper()
        self._is_cut = True
        self.version += 1

    def _due_mono(self, kept: _Kept) -> float:
        return kept.closed_mono + self._delay_s

    def _is_due(self, kept: _Kept, now_mono: float) -> bool:
        return kept.is_written and self._due_mono(kept) <= now_mono

    def _is_stale(self, now_mono: float) -> bool:
        if not self._shown:
            return False
        overdue_s = now_mono - self._due_mono(self._shown[-1])
        return overdue_s > 3 * self._target_s + _STALE_S

    def _show(self, kept: _Kept) -> None:
        self._shown.append(kept)
        if kept.listed is None:
            return
        before = next(reversed(self._listed()), None)
        init_name = self._inits[kept.listed.init_name].name
        is_new = self._is_cut or before is None or before.init_name != init_name
        self._runs += is_new
        shown = replace(
            kept.listed,
            number=self._next_number,
            name=f"late-{secrets.token_hex(12)}.m4s",
            init_name=init_name,
            run=self._runs - 1,
            opens_run=is_new and self._runs > self._first_run + 1,
        )
        self._names[shown.name] = kept
        kept.shown_as = shown
        self._is_cut = False
        self._next_number += 1

    def _listed(self, *, all_files: bool = False) -> list[ListedSegment]:
        names = [kept.shown_as for kept in self._names.values() if kept.shown_as is not None]
        return names if all_files else names[-self._rules.listed :]

    def _drop(self, shown: "deque[_Kept]", *, keep: int) -> None:
        while len(shown) > keep:
            self._forget(shown.popleft())

    def _forget(self, kept: _Kept) -> None:
        self._held_bytes -= kept.size_bytes
        self._disk.delete(kept.file)
        if kept.shown_as is not None:
            self._names.pop(kept.shown_as.name, None)
        if kept.listed is not None:
            init = self._inits[kept.listed.init_name]
            init.uses -= 1
            if not init.uses:
                del self._inits[kept.listed.init_name]

    def _picture_of(self, kept: _Kept, data: bytes) -> KeyFrame | Picture | None:
        if kept.listed is None:
            return Picture(data, kept.taken_unix_s)
        init = self._inits[kept.listed.init_name]
        return KeyFrame(init.video, first_sample(data), kept.taken_unix_s)


def _is_picture(kept: _Kept) -> bool:
    return kept.listed is None or kept.listed.independent
