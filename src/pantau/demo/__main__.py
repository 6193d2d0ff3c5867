"""Run a farm alone: `python -m pantau.demo [--port N] [--bench N] [--folder DIR]`.

Prints one JSON line with the addresses when every camera answers; `--bench N` puts up N cameras of
720p at 2 Mbit/s instead of the eight demo cameras.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from pantau.demo.camera_farm import CameraFarm
from pantau.demo.clips import BENCH, made_clip
from pantau.demo.demo_cameras import demo_clips


async def _run(*, port: int, bench: int, folder: Path) -> None:
    farm = CameraFarm()
    if bench:
        clip = made_clip(folder, BENCH)
        clips = {f"bench{number}": clip for number in range(bench)}
    else:
        clips = demo_clips(folder)
    for name, clip in clips.items():
        farm.add(name, clip)
    await farm.start(port=port)
    sys.stdout.write(json.dumps({"urls": [farm.url(name) for name in clips]}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    """Read the arguments and serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bench", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("data/demo"))
    given = parser.parse_args()
    try:
        asyncio.run(_run(port=given.port, bench=given.bench, folder=given.folder))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
