"""The demo cameras as a process, and as entries of the catalogue."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import structlog

from pantau.app.demo_port import FOLDER, HOST
from pantau.app.running import Running
from pantau.core.supervisor import Service
from pantau.demo.camera_farm import CameraFarm
from pantau.demo.clips import made_clip
from pantau.demo.demo_cameras import DEMO_CAMERAS
from pantau.settings import CameraSettings

log = structlog.get_logger()

_MAKER: Final = "pantau.demo.make_clips"


def demo_tables(port: int) -> tuple[CameraSettings, ...]:
    """Return the demo cameras behind `port` as if an operator had written them."""
    return tuple(
        CameraSettings.model_validate(
            {
                "name": camera.name,
                "source": f"rtsp://{HOST}:{port}/{camera.path}",
                "location": camera.location,
                "area": camera.area,
                "latitude": camera.latitude,
                "longitude": camera.longitude,
                "transport": camera.transport,
                "on_demand": camera.on_demand,
                "low_latency": camera.low_latency,
                "record": camera.record,
            }
        )
        for camera in DEMO_CAMERAS
    )


async def run_demo(running: Running, *, port: int) -> None:
    """Serve the demo cameras until stopped; ready at once, each camera when its clip is there."""
    folder = running.settings.data_dir / FOLDER
    farm = CameraFarm(clock=running.clock)
    await farm.start(HOST, port)
    try:
        running.supervisor.add(Service("demo.clips", lambda: _put_up(farm, folder)))
        await running.ready("Pantau demo cameras are ready")
        await running.stopping.wait()
    finally:
        await farm.stop()


async def _put_up(farm: CameraFarm, folder: Path) -> None:
    """Add the cameras one by one; clips that are missing are made by a process of their own.

    Drawing and coding them here would make the cameras that are up already stutter.
    """
    maker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", _MAKER, str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert maker.stdout is not None
    by_path = {camera.path: camera for camera in DEMO_CAMERAS}
    async for line in maker.stdout:
        camera = by_path.get(line.decode().strip())
        if camera is not None:
            farm.add(camera.path, made_clip(folder, camera.plan))
    code = await maker.wait()
    if code:
        raise RuntimeError(f"making the demo clips ended with exit code {code}")
    log.info("demo_cameras_up", cameras=len(by_path))
