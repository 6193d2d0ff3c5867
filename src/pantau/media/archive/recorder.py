"""Records one camera: takes packets in its session's thread, and has a disk's thread write them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.media.archive.cutter import CutEvent, FileBegun, FileEnded, Piece, RunCutter
from pantau.media.archive.disk import Budget, Disk, DiskRules
from pantau.media.archive.index import Ending
from pantau.media.archive.orders import PauseCause, RecorderState, RecorderStatus, RecordOrder
from pantau.media.archive.take import Take, Written
from pantau.media.archive.writer import Recipe, recipe_of
from pantau.media.errors import SourceError
from pantau.media.packets import Packet, Tracks

log = structlog.get_logger()

_FRESH_S: Final = 15.0
"""A file that grew within this time is being recorded."""


@dataclass(slots=True)
class _State:
    state: RecorderState = "waiting"
    cause: PauseCause | None = None
    since_at: datetime = field(default_factory=lambda: datetime.fromtimestamp(0, UTC))


class Recorder:
    """A `media.fanout.Consumer` that never blocks; `close`, `restart` and `status`: loop only.

    What no disk takes in time is given up and counted; the file ends there, the session goes on,
    and the next key frame begins another file, on another disk where there is one.
    """

    def __init__(
        self,
        path: str,
        order: RecordOrder,
        *,
        disks: Sequence[Disk],
        clock: Clock,
        rules: DiskRules,
    ) -> None:
        self.order = order
        self._path = path
        self._disks = disks
        self._clock = clock
        self._waiting = {id(disk): Budget(rules.most_queued_bytes) for disk in disks}
        """What of this camera waits for each disk: one that hangs takes nothing from the others."""
        self._written = Written()
        # Whoever ends a run may be the loop, when a session's thread does not come back.
        self._lock = threading.Lock()
        self._recipe: Recipe | None = None
        self._cutter: RunCutter | None = None
        self._take: Take | None = None
        self._slow: set[int] = set()
        """Disks that got behind, until they have caught up."""
        self._is_refused = False
        self._now = _State(since_at=clock.now())

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:  # noqa: ARG002 - files have their own
        """Start a run; what the camera sends from here on goes into a file of its own."""
        with self._lock:
            self._end_run(Ending.PARAMETERS)
            if not (self.order.sound and self.order.rules.sound):
                tracks = Tracks(tracks.video)
            try:
                self._recipe = recipe_of(self.order.camera_id, tracks)
            except SourceError as error:
                self._is_refused = True
                log.warning("recorder_refused_tracks", path=self._path, detail=error.detail)
                return
            self._is_refused = False
            self._cutter = RunCutter(self._on_cut, tracks, segment_s=self.order.rules.segment_s)

    def write(self, packet: Packet) -> None:
        """Take one packet of the run."""
        with self._lock:
            cutter = self._cutter
            if cutter is None:
                return
            if packet.is_video and packet.is_keyframe and self._wants_file():
                cutter.cut_soon(Ending.DISK)
            cutter.take(packet)

    def end(self) -> None:
        """Finish the run; its file stays open until it is known whether another run follows."""
        with self._lock:
            self._finish_run()

    def close(self, ending: Ending) -> None:
        """Finish the file, because the session is over or nobody wants it any more.

        What comes before the next `begin` is ignored.
        """
        with self._lock:
            self._end_run(ending)

    def restart(self) -> None:
        """Begin another file with the next key frame, and try disks that failed at once."""
        with self._lock:
            if self._cutter is not None:
                self._cutter.cut_soon(Ending.STOPPED)
        for disk in self._disks:
            disk.retry_soon()

    def taken_footage_s(self) -> float:
        """Return how much was written since this was asked last."""
        return self._written.taken_footage_s()

    @property
    def waiting_bytes(self) -> int:
        """How much was taken and is not written yet."""
        return sum(budget.held_bytes for budget in self._waiting.values())

    def status(self) -> RecorderStatus:
        """Say how it goes; notes when the state changed, so ask often."""
        state, cause = self._look()
        if (state, cause) != (self._now.state, self._now.cause):
            self._now = _State(state, cause, self._clock.now())
            log.info("recorder_changed", path=self._path, state=state, cause=cause)
        take, written = self._take, self._written
        return RecorderStatus(
            state=state,
            cause=cause,
            since_at=self._now.since_at,
            open_start_ms=take.start_ms if take is not None else None,
            open_bytes=take.size_bytes if take is not None else 0,
            last_fragment_at=written.last_at,
            closed=written.closed,
            last_closed_start_ms=written.last_closed_start_ms,
            last_closed_end_ms=written.last_closed_end_ms,
            dropped=written.dropped,
            bytes_per_second=round(written.bytes_per_second) if state == "recording" else 0,
        )

    def _look(self) -> tuple[RecorderState, PauseCause | None]:
        if self._is_refused:
            return "failed", PauseCause.NOT_DESCRIBED
        if self._best() is None:
            return "paused", self._trouble()
        last_mono = self._written.last_mono
        is_fresh = last_mono is not None and self._clock.mono_s() - last_mono < _FRESH_S
        # Between two files, too: the next one has not reached the disk yet.
        if self._take is not None and is_fresh:
            return "recording", None
        return "waiting", None

    def _best(self) -> Disk | None:
        """Return the disk with the most room among those that work."""
        self._slow = {disk for disk in self._slow if self._waiting[disk].held_bytes}
        usable = [disk for disk in self._disks if disk.cause is None and id(disk) not in self._slow]
        return max(usable, key=lambda disk: disk.free_bytes, default=None)

    def _trouble(self) -> PauseCause:
        causes = [disk.cause for disk in self._disks]
        if PauseCause.DISK_FULL in causes:
            return PauseCause.DISK_FULL
        return next((cause for cause in causes if cause is not None), PauseCause.DISK_SLOW)

    def _wants_file(self) -> bool:
        if self._take is not None and not self._take.is_over:
            return False
        return self._best() is not None

    def _on_cut(self, event: CutEvent) -> None:
        if isinstance(event, Piece):
            if self._take is not None:
                self._put(self._take, event)
        elif isinstance(event, FileBegun):
            disk, recipe = self._best(), self._recipe
            if disk is not None and recipe is not None:
                self._take = Take(
                    recipe,
                    event.started_unix_s,
                    disk=disk,
                    others=[other for other in self._disks if other is not disk],
                    sync_s=self.order.rules.sync_s,
                    clock=self._clock,
                    written=self._written,
                )
        else:
            assert isinstance(event, FileEnded)
            self._end_take(event.ending)

    def _put(self, take: Take, piece: Piece) -> None:
        if take.is_over:
            self._take = None
            self._written.drop(len(piece.video))
            return
        own, shared = self._waiting[id(take.disk)], take.disk.budget
        if not own.take(piece.size_bytes):
            self._give_up(take, piece)
        elif not shared.take(piece.size_bytes):
            own.give(piece.size_bytes)
            self._give_up(take, piece)
        else:
            take.put(piece, partial(_done, own, shared, piece.size_bytes))

    def _give_up(self, take: Take, piece: Piece) -> None:
        """End a file whose disk is behind; what waits for it is still written when it can be."""
        self._written.drop(len(piece.video))
        self._slow = {*self._slow, id(take.disk)}
        log.warning("recorder_gave_up_pictures", path=self._path, pictures=len(piece.video))
        self._end_take(Ending.DISK)

    def _end_run(self, ending: Ending) -> None:
        self._finish_run()
        self._end_take(ending)
        self._recipe = None

    def _finish_run(self) -> None:
        cutter, self._cutter = self._cutter, None
        if cutter is not None:
            cutter.finish()

    def _end_take(self, ending: Ending) -> None:
        take, self._take = self._take, None
        if take is not None:
            take.end(ending)


def _done(own: Budget, shared: Budget, size_bytes: int) -> None:
    own.give(size_bytes)
    shared.give(size_bytes)
