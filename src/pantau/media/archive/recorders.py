"""All recorders of an engine: the disks that they share, and their end."""

from pathlib import Path
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.media.archive.disk import Disk, DiskRules
from pantau.media.archive.index import Ending
from pantau.media.archive.orders import RecorderStatus, RecordOrder
from pantau.media.archive.recorder import Recorder
from pantau.media.fanout import Fanout

log = structlog.get_logger()

_LOOK_EVERY_S: Final = 0.02


class Recorders:
    """Loop only."""

    def __init__(self, *, clock: Clock, rules: DiskRules) -> None:
        self._clock = clock
        self._rules = rules
        self._disks: dict[tuple[Path, int], Disk] = {}

    def recorder(self, path: str, order: RecordOrder) -> Recorder:
        """Return a recorder for what `order` says; it writes as soon as packets come."""
        reserve_bytes = order.rules.reserve_bytes
        return Recorder(
            path,
            order,
            disks=[self._disk(root, reserve_bytes) for root in order.rules.dirs],
            clock=self._clock,
            rules=self._rules,
        )

    async def stop(self, deadline_s: float) -> None:
        """Have all files finished that were closed, as far as `deadline_s` allows."""
        for disk in self._disks.values():
            disk.stop()
        give_up_mono = self._clock.mono_s() + deadline_s
        while not all(disk.is_stopped for disk in self._disks.values()):
            if self._clock.mono_s() >= give_up_mono:
                # What is not finished is as after a crash: whole to its last fragment.
                log.warning("recordings_left_open", deadline_s=deadline_s)
                return
            await self._clock.sleep(_LOOK_EVERY_S)

    def _disk(self, root: Path, reserve_bytes: int) -> Disk:
        disk = self._disks.get((root, reserve_bytes))
        if disk is None:
            disk = Disk(root, reserve_bytes=reserve_bytes, rules=self._rules, clock=self._clock)
            self._disks[root, reserve_bytes] = disk
        return disk


class RecorderOfPath:
    """The recorder that a path has at the moment, if any.  Loop only."""

    def __init__(self, path: str, fanout: Fanout, recorders: Recorders) -> None:
        self._path = path
        self._fanout = fanout
        self._recorders = recorders
        self._recorder: Recorder | None = None

    def want(self, order: RecordOrder | None) -> None:
        """Record as `order` says from the next key frame on; an equal order changes nothing."""
        before = self._recorder
        if before is not None and before.order == order:
            return
        if before is not None:
            self._fanout.detach(before)
            before.close(Ending.STOPPED)
        self._recorder = None if order is None else self._recorders.recorder(self._path, order)
        if self._recorder is not None:
            self._fanout.attach(self._recorder)

    def restart(self) -> bool:
        """Have the file closed and another one begun; False where nothing is recorded."""
        if self._recorder is not None:
            self._recorder.restart()
        return self._recorder is not None

    def session_over(self, *, was_wanted: bool) -> float:
        """Close the file of a session that is over; return how much footage it has given.

        `was_wanted`: the camera ended it, and not we.
        """
        if self._recorder is None:
            return 0.0
        self._recorder.close(Ending.SOURCE_ENDED if was_wanted else Ending.STOPPED)
        return self._recorder.taken_footage_s()

    def status(self) -> RecorderStatus | None:
        """Say how it goes; None: nothing is recorded."""
        return None if self._recorder is None else self._recorder.status()
