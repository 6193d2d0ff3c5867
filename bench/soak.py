"""Watch one server under steady load: memory, threads and descriptors must not grow.

`make soak` runs it; PANTAU_SOAK_S (default 1800) says for how long.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from bench.edge import until_answers
from bench.processes import family, pss_mb, running

PORT = 18320
SAMPLES = 20
VIEWERS = 50


@dataclass(frozen=True)
class Sample:
    memory_mb: float
    threads: int
    descriptors: int


def sample(pid: int) -> Sample:
    pids = family(pid)
    threads = sum(len(list(Path(f"/proc/{one}/task").iterdir())) for one in pids)
    descriptors = sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in pids)
    return Sample(pss_mb(pids), threads, descriptors)


def growth(samples: list[Sample]) -> dict[str, float]:
    """Compare the last quarter with the second one; the first is warm-up."""
    quarter = max(1, len(samples) // 4)
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]

    def mean(part: list[Sample], name: str) -> float:
        return sum(float(getattr(one, name)) for one in part) / len(part)

    return {
        name: mean(late, name) / mean(early, name) - 1
        for name in ("memory_mb", "threads", "descriptors")
    }


def main() -> int:
    seconds = float(os.environ.get("PANTAU_SOAK_S", "1800"))
    data = Path(mkdtemp(prefix="pantau-soak-"))
    env = {"PANTAU_PORT": str(PORT), "PANTAU_DATA_DIR": str(data)}
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["rm", "-rf", str(data)], check=False)
        command = [sys.executable, "-m", "pantau", "serve", "--demo"]
        server = stack.enter_context(running(command, env=env, log=data / "log"))
        base = f"http://127.0.0.1:{PORT}"
        until_answers(f"{base}/health/ready", deadline_s=90)
        cameras = json.loads(until_answers(f"{base}/api/stream"))["data"]
        keys = [camera["stream_key"] for camera in cameras]
        for key in keys:
            until_answers(f"{base}/hls/{key}/index.m3u8", deadline_s=90)
        viewers = [sys.executable, "-m", "bench.viewers", "127.0.0.1", str(PORT), str(VIEWERS)]
        crowd = subprocess.Popen([*viewers, str(seconds), *keys], stdout=subprocess.PIPE, text=True)
        samples: list[Sample] = []
        for _ in range(SAMPLES):
            time.sleep(seconds / SAMPLES)
            samples.append(sample(server.pid))
            print(samples[-1], flush=True)
        seen, _ = crowd.communicate(timeout=60)
    grown = growth(samples)
    print(json.dumps({"growth": grown, "viewers": json.loads(seen)}, indent=2))
    return 1 if max(grown.values()) > 0.05 else 0


if __name__ == "__main__":
    sys.exit(main())
