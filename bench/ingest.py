"""Fifty cameras in one shard beside fifty `ffmpeg -c copy -f hls` children."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import imageio_ffmpeg

from bench.processes import Meter, pss_mb, running
from bench.rows import Row

CAMERAS = 50
SETTLE_S = 25
"""The live window holds 20 s; memory is full only after that."""


@contextmanager
def farm(folder: Path, cameras: int) -> Iterator[list[str]]:
    """Run the demo farm as another process with 720p25 2 Mbit/s cameras; give their URLs."""
    command = [
        sys.executable,
        "-m",
        "pantau.demo",
        "--bench",
        str(cameras),
        "--folder",
        str(folder),
    ]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        urls: list[str] = json.loads(child.stdout.readline())["urls"]
        yield urls
    finally:
        child.terminate()
        child.wait(timeout=15)


def measure_engine(urls: list[str], seconds: int) -> dict[str, float]:
    """Run the engine in its own process, on one core, over all cameras."""
    command = [sys.executable, "-m", "bench.engine_child", str(SETTLE_S), str(seconds), *urls]
    # As shards are started.
    env = {**os.environ, "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure_ffmpeg(urls: list[str], seconds: int) -> dict[str, float]:
    """Run one ffmpeg for each camera, as the reference does, writing HLS to memory."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    root = Path(mkdtemp(prefix="pantau-ffmpeg-", dir="/dev/shm"))
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["rm", "-rf", str(root)], check=False)
        pids = []
        for number, url in enumerate(urls):
            folder = root / str(number)
            folder.mkdir()
            command = [
                *(
                    ffmpeg,
                    "-hide_banner",
                    "-loglevel",
                    "error",
                    "-rtsp_transport",
                    "tcp",
                    "-i",
                    url,
                ),
                *("-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_list_size", "10"),
                *("-hls_segment_type", "fmp4", "-hls_flags", "delete_segments"),
                str(folder / "index.m3u8"),
            ]
            pids.append(stack.enter_context(running(command)).pid)
        time.sleep(SETTLE_S)
        meter = Meter(pids)
        time.sleep(seconds)
        cpu = meter.percent_of_core()
        return {"cpu": cpu / len(urls), "memory_mb": pss_mb(pids) / len(urls)}


def rows(*, quick: bool) -> list[Row]:
    """Measure both in turn over the same farm."""
    seconds = 10 if quick else 30
    with farm(Path(".cache/bench-clips").absolute(), CAMERAS) as urls:
        ours = measure_engine(urls, seconds)
        theirs = measure_ffmpeg(urls, seconds)
    return [
        Row(
            f"ingest, {CAMERAS} cameras at 2 Mbit/s in one shard: CPU a camera",
            ours["cpu"],
            "% of a core",
            must=0.40,
            aim=0.30,
        ),
        Row(
            "the same as a ratio to ffmpeg children",
            ours["cpu"],
            "% of a core",
            peer="ffmpeg -c copy -f hls",
            peer_value=theirs["cpu"],
            must=1.0,
        ),
        Row("memory a camera, 20 s window", ours["memory_mb"], "MB", must=8, aim=5),
        Row(
            "memory a camera as a ratio",
            ours["memory_mb"],
            "MB",
            peer="ffmpeg, window in tmpfs not counted",
            peer_value=theirs["memory_mb"],
        ),
        Row(
            "packet due to playlist, p99",
            ours["p99_ms"],
            "ms",
            must=100,
            aim=50,
            note=f"median {ours['p50_ms']:.1f} ms",
        ),
    ]
