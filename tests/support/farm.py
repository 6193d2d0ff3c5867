"""A camera farm on its own loop in its own thread, for tests that block."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pantau.core.clock import SystemClock
from pantau.demo.behaviour import GOOD, Behaviour
from pantau.demo.bitstream import Clip
from pantau.demo.camera import DemoRtspCamera
from pantau.demo.camera_farm import CameraFarm
from pantau.demo.clips import ClipPlan, made_clip

CLIPS = Path(__file__).resolve().parents[2] / ".cache" / "test-clips"
SMALL = ClipPlan("small", seed=2, width_px=320, height_px=180, rate_fps=15, audio="aac")
SILENT = ClipPlan("silent", seed=4, width_px=320, height_px=180, rate_fps=15)
A_LAW = ClipPlan("a-law", seed=4, width_px=320, height_px=180, rate_fps=15, audio="pcma")
MU_LAW = ClipPlan("mu-law", seed=4, width_px=320, height_px=180, rate_fps=15, audio="pcmu")
LARGER = ClipPlan("larger", seed=6, width_px=640, height_px=360, rate_fps=15, audio="aac")
HEVC = ClipPlan("hevc", seed=9, width_px=320, height_px=180, rate_fps=10, codec="h265")
B_FRAMES = ClipPlan("b-frames", seed=3, width_px=320, height_px=180, rate_fps=25, b_frames=2)
RARE_KEYS = ClipPlan("rare-keys", seed=5, width_px=320, height_px=180, rate_fps=10, keyframe_s=10)

Result = TypeVar("Result")


def clip(plan: ClipPlan) -> Clip:
    """Return a test clip; its file is made once for all runs."""
    return made_clip(CLIPS, plan)


class FarmInThread:
    """A context: `with FarmInThread() as farm: farm.add(...); farm.url(...)`."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._farm = CameraFarm(SystemClock(), tls=tls)
        self._thread = threading.Thread(target=self._loop.run_forever, name="farm", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._farm.start(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._farm.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def add(
        self,
        name: str,
        plan: ClipPlan = SMALL,
        *,
        behaviour: Behaviour = GOOD,
        other: ClipPlan | None = None,
    ) -> DemoRtspCamera:
        """Put up a camera; read its `counters` freely, change it through `behave`."""
        second = clip(other) if other else None
        return self._farm.add(name, clip(plan), behaviour=behaviour, other=second)

    def url(self, name: str, *, user: str = "", password: str = "") -> str:
        return self._farm.url(name, user=user, password=password)

    def behave(self, name: str, behaviour: Behaviour = GOOD) -> None:
        """Change a camera's behaviour and wait until it holds."""
        self.call(lambda: self._farm.camera(name).behave(behaviour))

    def sessions_most(self, name: str) -> int:
        """Return how many sessions a camera had at the same time, at most."""
        return self.call(lambda: self._farm.camera(name).counters.sessions_most)

    def die(self) -> None:
        """Hang up on everybody and answer nobody, as without electricity."""
        asyncio.run_coroutine_threadsafe(self._farm.stop(), self._loop).result(10)

    def come_back(self) -> None:
        """Answer again, under the address of before."""
        again = self._farm.start(self._farm.host, self._farm.port)
        asyncio.run_coroutine_threadsafe(again, self._loop).result(10)

    def call(self, work: Callable[[], Result]) -> Result:
        """Run something small on the farm's loop."""

        async def run() -> Result:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)
