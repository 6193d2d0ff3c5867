"""Makes the clips of the demo cameras at first run and keeps them in a folder."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pantau.demo.bitstream import AAC_RATE_HZ, CLIP_S, AudioKind, Clip, read_clip
from pantau.demo.canvas import Canvas
from pantau.demo.scenes import DAY, DUSK, NIGHT, Palette, Scene
from pantau.demo.views import Kind, View

_VERSION: Final = 4


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What a clip shows and how it is coded; `rate_fps` is 10, 15, 20 or 25."""

    name: str
    seed: int = 1
    view: Kind | Literal["pavement"] = "pavement"
    """`pavement` looks across a street, is drawn at its own size, and is the cheapest."""
    palette: Palette = DAY
    width_px: int = 640
    height_px: int = 360
    rate_fps: int = 15
    codec: Literal["h264", "h265"] = "h264"
    audio: AudioKind | None = None
    keyframe_s: float = 1.0
    b_frames: int = 0
    bit_rate_bps: int = 0
    """Constant rate, filled up with noise; 0 lets quality decide."""


BENCH: Final = ClipPlan(
    "bench",
    seed=7,
    width_px=1280,
    height_px=720,
    rate_fps=25,
    audio="aac",
    keyframe_s=2.0,
    bit_rate_bps=2_000_000,
)


def made_clip(folder: Path, plan: ClipPlan) -> Clip:
    """Return the clip of `plan`, making its file first where it is missing.  Takes seconds."""
    path = clip_path(folder, plan)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(suffix=".part", dir=folder)
        os.close(handle)
        try:
            _encode(Path(temporary), plan)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    return read_clip(path, audio=plan.audio)


def clip_path(folder: Path, plan: ClipPlan) -> Path:
    """Return where the file of `plan` is kept; another plan or version has another name."""
    audio = "aac" if plan.audio == "aac" else "none"
    return folder / (
        f"{plan.name}-{plan.width_px}x{plan.height_px}-{plan.rate_fps}-{plan.codec}-{audio}-"
        f"{plan.keyframe_s}-{plan.b_frames}-{plan.bit_rate_bps}-{plan.view}-{plan.seed}-v{_VERSION}.mp4"
    )


def _encode(path: Path, plan: ClipPlan) -> None:
    label = plan.name.replace("-", " ")
    scene: Scene | View
    if plan.view == "pavement":
        scene = Scene(plan.seed, plan.palette, label, plan.width_px, plan.height_px)
    else:
        large = (960, 540) if plan.width_px <= 640 else (1280, 720)
        scene = View(plan.seed, plan.palette, label, *large, plan.view)
    hour = {DUSK: 17, NIGHT: 20}.get(plan.palette, 12)
    frames = round(CLIP_S * plan.rate_fps)
    with av.open(str(path), "w", format="mp4") as out:
        video = _video_stream(out, plan)
        video.width, video.height, video.pix_fmt = plan.width_px, plan.height_px, "yuv420p"
        audio = None
        if plan.audio == "aac":
            audio = out.add_stream("aac", rate=AAC_RATE_HZ, layout="mono")
        for number in range(frames):
            seconds = number / plan.rate_fps
            clock = f"{hour}:{30 + plan.seed % 30:02d}:{int(seconds):02d}"
            canvas = scene.draw(number / frames, clock)
            if plan.bit_rate_bps:
                _add_noise(canvas, number)
            frame = _frame(canvas).reformat(
                plan.width_px, plan.height_px, "yuv420p", interpolation="AREA"
            )
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None:
            for number in range(round(CLIP_S * AAC_RATE_HZ / 1024) + 4):
                out.mux(audio.encode(_murmur(number)))
            out.mux(audio.encode(None))


def _video_stream(out: OutputContainer, plan: ClipPlan) -> VideoStream:
    if plan.codec == "h264":
        return out.add_stream("libx264", rate=plan.rate_fps, options=_options(plan))
    stream = out.add_stream("libx265", rate=plan.rate_fps, options=_options(plan))
    assert isinstance(stream, VideoStream)
    return stream


def _options(plan: ClipPlan) -> dict[str, str]:
    interval = max(1, round(plan.keyframe_s * plan.rate_fps))
    if plan.codec == "h265":
        settings = f"keyint={interval}:min-keyint={interval}:scenecut=0:bframes={plan.b_frames}"
        return {
            "preset": "ultrafast",
            "crf": "30",
            "x265-params": f"{settings}:log-level=none:open-gop=0",
        }
    keys = f"keyint={interval}:min-keyint={interval}:scenecut=0"
    options = {
        "preset": "veryfast" if plan.b_frames else "ultrafast",
        "x264-params": f"{keys}:bframes={plan.b_frames}",
        "crf": "26",
    }
    if plan.bit_rate_bps:
        rate = str(plan.bit_rate_bps)
        del options["crf"]
        options |= {"b": rate, "maxrate": rate, "bufsize": str(plan.bit_rate_bps // 2)}
    return options


def _add_noise(canvas: Canvas, number: int) -> None:
    # A camera at night: noise is what makes a constant rate of 2 Mbit/s cost 2 Mbit/s.
    rows = canvas.height_px // 10
    noise = os.urandom(canvas.width_px * rows)
    top = (canvas.height_px // 3 + number % 8) * canvas.width_px
    canvas.luma[top : top + len(noise)] = bytes(64 + (one >> 2) for one in noise)


def _frame(canvas: Canvas) -> VideoFrame:
    frame = VideoFrame(canvas.width_px, canvas.height_px, "yuv420p")
    planes = (
        (canvas.luma, canvas.width_px),
        (canvas.blue, canvas.width_px // 2),
        (canvas.red, canvas.width_px // 2),
    )
    for plane, (pixels, width) in zip(frame.planes, planes, strict=True):
        gap = plane.line_size - width
        if gap:
            rows = [pixels[at : at + width] for at in range(0, len(pixels), width)]
            plane.update(b"".join(bytes(row) + bytes(gap) for row in rows))
        else:
            plane.update(bytes(pixels))
    return frame


def _murmur(number: int) -> AudioFrame:
    frame = AudioFrame(format="fltp", layout="mono", samples=1024)
    frame.sample_rate = AAC_RATE_HZ
    frame.pts = number * 1024
    loud = bytearray(4096)
    for index in range(1024):
        # A quiet 250 Hz square with a slow swell, as little-endian floats of two sizes.
        is_up = (number * 1024 + index) // 32 % 2
        loud[index * 4 : index * 4 + 4] = b"\x0a\xd7\x23\x3c" if is_up else b"\x0a\xd7\x23\xbc"
    frame.planes[0].update(bytes(loud))
    return frame
