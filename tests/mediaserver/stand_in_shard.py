"""A shard process with real threads and windows, and cameras that are made of nothing.

`testcard:steady` has a new segment every tenth of a second, `testcard:dark` never has a picture,
`testcard:abandons` leaves threads behind that never end.
Each camera's thread tells its native id in `detail`, so that a test can shoot at it.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Unavailable
from pantau.media.errors import Cause
from pantau.media.late.presentation import LatePresentation
from pantau.media.live.parts import Part, RunBegun, SegmentClosed
from pantau.media.live.window import LiveWindow
from pantau.media.packets import Tracks, VideoTrack
from pantau.media.paths import PathConfig, PathStatus
from pantau.media.stills import Still, StillForm
from pantau.mediaserver.shard import run

SEGMENT_S = 0.1
VIDEO = VideoTrack("h264", (b"\x67\x64\x00\x28", b"\x68"), 640, 360)


@dataclass
class StandInCamera:
    """A thread that only waits, and a window that the loop fills."""

    status: PathStatus
    window: LiveWindow
    leave: threading.Event = field(default_factory=threading.Event)
    told: threading.Event = field(default_factory=threading.Event)


class StandInEngine:
    def __init__(self, clock: Clock, on_thread: Callable[[str, int, int], None]) -> None:
        self._clock = clock
        self._on_thread = on_thread
        self._cameras: dict[str, StandInCamera] = {}
        self.abandoned = 0

    def put(self, path: str, config: PathConfig) -> None:
        self.remove(path)
        window = LiveWindow(clock=self._clock, first_number=int(self._clock.unix_s() * 10))
        status = blank(path, self._clock.now())
        if config.source.url == "testcard:dark":
            status = replace(status, state="waiting", cause=Cause.LOGIN_REFUSED)
        camera = self._cameras[path] = StandInCamera(status, window)
        thread = threading.Thread(target=self._pretend_in_thread, args=(path, camera), daemon=True)
        thread.start()
        camera.told.wait()
        if config.source.url == "testcard:abandons":
            self.abandoned = 99
        if config.source.url != "testcard:dark":
            window.apply(RunBegun(b"init", Tracks(VIDEO), "avc1.640028", self._clock.unix_s()))
            self._add_segment(camera)

    def remove(self, path: str) -> None:
        camera = self._cameras.pop(path, None)
        if camera is not None:
            camera.leave.set()

    def statuses(self) -> list[PathStatus]:
        return [
            replace(
                camera.status,
                ready=camera.window.ready,
                tracks=Tracks(VIDEO) if camera.window.ready else None,
            )
            for camera in self._cameras.values()
        ]

    async def window(self, path: str) -> LiveWindow:
        camera = self._cameras.get(path)
        if camera is None:
            raise NotFound("stream.not_found", "No such path.")
        if camera.status.cause:
            raise Unavailable(f"stream.{camera.status.cause}", "No picture.")
        return camera.window

    def window_now(self, path: str) -> LiveWindow | None:
        camera = self._cameras.get(path)
        return camera.window if camera else None

    def touch(self, path: str) -> None:
        camera = self._cameras[path]
        camera.status = replace(camera.status, readers=1)

    def late(self, path: str) -> LatePresentation | None:
        return None

    def restart_recorder(self, path: str) -> bool:
        return "recorded" in path

    async def still(
        self, path: str, *, width_px: int, form: StillForm = "jpeg", late: bool = False
    ) -> Still | None:
        camera = self._cameras.get(path)
        if camera is None or camera.status.cause:
            return None
        return Still(b"jpeg of %d" % width_px, self._clock.now())

    async def stop(self, deadline_s: float) -> None:
        for path in list(self._cameras):
            self.remove(path)
        told = os.environ.get("STAND_IN_GOODBYE")
        if told:
            with open(told, "a", encoding="ascii") as note:  # noqa: ASYNC230, PTH123
                note.write("goodbye\n")

    def _add_segment(self, camera: StandInCamera) -> None:
        if camera.leave.is_set():
            return
        camera.window.apply(Part(b"segment", SEGMENT_S, True, self._clock.unix_s()))
        camera.window.apply(SegmentClosed())
        asyncio.get_running_loop().call_later(SEGMENT_S, self._add_segment, camera)

    def _pretend_in_thread(self, path: str, camera: StandInCamera) -> None:
        native_id, ident = threading.get_native_id(), threading.get_ident()
        self._on_thread(path, native_id, ident)
        camera.status = replace(camera.status, detail=f"thread {native_id}")
        camera.told.set()
        camera.leave.wait()


def blank(path: str, since_at: datetime) -> PathStatus:
    return PathStatus(
        path=path,
        kind="testcard",
        state="live",
        cause=None,
        detail="",
        since_at=since_at,
        ready=False,
        ready_at=None,
        tracks=None,
        inbound_bytes=0,
        inbound_errors=0,
        readers=0,
        sessions_opened=1,
        next_attempt_at=None,
        last_picture_at=None,
    )


def make_engine(clock: Clock, on_thread: Callable[[str, int, int], None]) -> StandInEngine:
    return StandInEngine(clock, on_thread)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:], make_engine))
