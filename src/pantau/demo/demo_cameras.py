"""The eight cameras of `pantau serve --demo`: an invented town on Java."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pantau.demo.bitstream import Clip
from pantau.demo.clips import ClipPlan, made_clip
from pantau.demo.scenes import DUSK, NIGHT, RAIN


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """One entry of the demo, as an operator would have written it."""

    path: str
    name: str
    location: str
    area: str
    latitude: float
    longitude: float
    plan: ClipPlan
    transport: str = "tcp"
    on_demand: bool = False
    low_latency: bool = False
    record: bool = False


DEMO_CAMERAS: Final = (
    DemoCamera(
        "simpang-lima", "Simpang Lima Tirtasari", "Jl. Pahlawan", "Wanasari", -7.1502, 111.8817,
        ClipPlan(
            "simpang-lima", 3, "avenue", audio="aac", width_px=960, height_px=540, rate_fps=20
        ),
        record=True,
    ),
    DemoCamera(
        "alun-alun-barat", "Alun-Alun Barat", "Jl. Alun-Alun", "Wanasari", -7.1519, 111.8786,
        ClipPlan("alun-alun-barat", 5, "avenue", DUSK, audio="pcma"),
    ),
    DemoCamera(
        "pasar-wetan", "Pasar Wetan, pintu utama", "Jl. Pasar Wetan", "Wanasari", -7.1478, 111.8869,
        ClipPlan("pasar-wetan", 8, "market", audio="aac"), transport="udp",
    ),
    DemoCamera(
        "jembatan-kali-bening", "Jembatan Kali Bening", "Jl. Kali Bening", "Margaluyu",
        -7.1607, 111.8702, ClipPlan("jembatan-kali-bening", 13, "bridge", RAIN), record=True,
    ),
    DemoCamera(
        "stasiun", "Stasiun Tirtasari", "Jl. Stasiun", "Margaluyu", -7.1561, 111.8923,
        ClipPlan("stasiun", 21, "pavement", DUSK, keyframe_s=2.0), on_demand=True,
    ),
    DemoCamera(
        "jalan-pahlawan", "Jalan Pahlawan, depan SMA 2", "Jl. Pahlawan", "Wanasari",
        -7.1493, 111.8841,
        ClipPlan("jalan-pahlawan", 34, "avenue", RAIN, codec="h265", rate_fps=10),
    ),
    DemoCamera(
        "bendung-margaluyu", "Bendung Margaluyu", "Jl. Irigasi", "Margaluyu", -7.1688, 111.8655,
        ClipPlan("bendung-margaluyu", 55, "river", audio="pcmu", rate_fps=10), on_demand=True,
    ),
    DemoCamera(
        "terminal-lama", "Terminal Lama", "Jl. Raya Timur", "Margaluyu", -7.1584, 111.8981,
        ClipPlan("terminal-lama", 89, "avenue", NIGHT, rate_fps=20, audio="aac"), low_latency=True,
    ),
)  # fmt: skip


def demo_clips(folder: Path) -> dict[str, Clip]:
    """Return every demo camera's clip by path, making files that are missing (seconds, once)."""
    return {camera.path: made_clip(folder, camera.plan) for camera in DEMO_CAMERAS}
