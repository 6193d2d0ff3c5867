"""Playback: a hundred viewers who jump about, memory meanwhile, and the list of a day."""

import json
import os
import random
import struct
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.edge import CLIENT_CORE, SERVER_CORE, fetch, until_answers
from bench.processes import Meter, family, pss_mb, running
from bench.rows import Row
from pantau.media.archive.index import (
    Ending,
    Fragment,
    IndexHead,
    closing_bytes,
    fragment_bytes,
    head_bytes,
)
from pantau.media.archive.naming import index_key, video_key
from pantau.media.packets import VIDEO_TIME_BASE

PORT: Final = 18310
VIEWERS: Final = 100
SEGMENT_S: Final = 600
RATE_BYTES: Final = 250_000
"""Two megabits a second."""
HEAD_BYTES: Final = 28 + 16
INIT_BYTES: Final = 1_200
_GOP_S: Final = 2


def write_segment(root: Path, camera_id: int, start_ms: int, *, is_sparse: bool) -> None:
    """Write a file with an index and no picture: who serves it does not look inside."""
    chance = random.Random(start_ms)
    video, index = root / video_key(camera_id, start_ms), root / index_key(camera_id, start_ms)
    video.parent.mkdir(parents=True, exist_ok=True)
    head = IndexHead(
        camera_id=camera_id,
        start_ms=start_ms,
        init_offset=HEAD_BYTES,
        init_size=INIT_BYTES,
        codecs="avc1.64001f",
        width_px=1280,
        height_px=720,
        has_audio=False,
    )
    records, offset = [head_bytes(head)], HEAD_BYTES + INIT_BYTES
    for number in range(SEGMENT_S):
        size = RATE_BYTES + chance.randrange(-50_000, 50_000)
        ticks = number * VIDEO_TIME_BASE
        is_key = number % _GOP_S == 0
        records.append(
            fragment_bytes(
                Fragment(offset, size, ticks, VIDEO_TIME_BASE, number * 1000, is_key=is_key)
            )
        )
        offset += size
    records.append(closing_bytes(offset, Ending.BOUNDARY))
    with video.open("wb") as file:
        seal = struct.pack(">I4sQ", 1, b"mdat", offset - 28)
        file.write(struct.pack(">I4s20x", 28, b"ftyp") + seal)
        if is_sparse:
            file.truncate(offset)
        else:
            while file.tell() < offset:
                file.write(os.urandom(min(2**22, offset - file.tell())))
    index.write_bytes(b"".join(records))


def rows(*, quick: bool = False) -> list[Row]:
    """Measure playback with one process on one core."""
    seconds = 8 if quick else 30
    now_ms = int(time.time() * 1000) // 600_000 * 600_000
    with TemporaryDirectory(prefix="pantau-bench-") as name:
        folder = Path(name)
        root = folder / "recordings"
        for number in range(2 if quick else 6):
            write_segment(root, 1, now_ms - (number + 1) * 600_000, is_sparse=False)
        for number in range(144):
            write_segment(root, 2, now_ms - (number + 1) * 600_000, is_sparse=True)
        command = [sys.executable, "-m", "bench.replay_server", name, str(PORT)]
        with running(command, core=SERVER_CORE, log=folder / "log") as server:
            base = f"http://127.0.0.1:{PORT}/api/recordings"
            until_answers(f"{base}/1/playlist.m3u8", deadline_s=60)
            return [*_seeks(server.pid, now_ms, seconds), *_lists(base, now_ms)]


def _seeks(pid: int, now_ms: int, seconds: int) -> list[Row]:
    path = f"/api/recordings/1/playback.m3u8?from={now_ms - 3_600_000}&to={now_ms}"
    pids = family(pid)
    _crowd(path, 4)
    before_mb = pss_mb(pids)
    meter = Meter(pids)
    seen = _crowd(path, seconds)
    cpu = meter.percent_of_core()
    after_mb = pss_mb(pids)
    note = (
        f"{seen['seeks'] / seconds:.0f} seeks/s of 4 s each, {seen['mb_per_s']:.0f} MB/s, "
        f"p50 {seen['p50_ms']:.1f} ms, p99 {seen['p99_ms']:.1f} ms, {cpu:.0f} % of a core"
    )
    return [
        Row(f"{VIEWERS} seekers: p95 to first byte", seen["p95_ms"], "ms", must=150, note=note),
        Row(
            f"{VIEWERS} seekers: memory gained",
            after_mb - before_mb,
            "MB",
            must=16,
            note=f"{after_mb:.0f} MB in all",
        ),
    ]


def _crowd(path: str, seconds: int) -> dict[str, float]:
    command = [
        *("taskset", "-c", str(CLIENT_CORE), sys.executable, "-m", "bench.seekers"),
        *(str(PORT), str(VIEWERS), str(seconds), path),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _lists(base: str, now_ms: int) -> list[Row]:
    day = f"{base}/2/playback.m3u8?from={now_ms - 86_400_000}&to={now_ms}"
    cold_ms, body = _timed(day)
    warm_ms = median(_timed(day)[0] for _ in range(5))
    month_ms = now_ms - 30 * 86_400_000
    timeline_ms = median(
        _timed(f"{base}/2/timeline?from={month_ms}&to={now_ms}")[0] for _ in range(5)
    )
    return [
        Row("playlist of 24 h, asked again", warm_ms, "ms", note=f"{len(body) / 1e6:.2f} MB plain"),
        Row("playlist of 24 h, the first time", cold_ms, "ms"),
        Row("timeline of 30 days over HTTP", timeline_ms, "ms", must=50),
    ]


def _timed(url: str) -> tuple[float, bytes]:
    began = time.monotonic()
    body = fetch(url)
    return (time.monotonic() - began) * 1000, body
