"""`python -m pantau.demo.make_clips FOLDER`: makes the demo clips, and tells each that is there."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from pantau.demo.clips import clip_path, made_clip
from pantau.demo.demo_cameras import DEMO_CAMERAS, DemoCamera

_AT_ONCE: Final = 2


def main() -> None:
    """Write the name of every camera to stdout as soon as its clip can be read."""
    # Whoever starts Pantau for the first time wants to see pages before pictures.
    os.nice(10)
    folder = Path(sys.argv[1])
    missing = []
    for camera in DEMO_CAMERAS:
        if clip_path(folder, camera.plan).exists():
            _tell(camera)
        else:
            missing.append(camera)
    if not missing:
        return
    with ProcessPoolExecutor(_AT_ONCE, mp_context=get_context("spawn")) as pool:
        made = [pool.submit(_make, folder, camera) for camera in missing]
        for one, camera in zip(made, missing, strict=True):
            one.result()
            _tell(camera)


def _make(folder: Path, camera: DemoCamera) -> None:
    made_clip(folder, camera.plan)


def _tell(camera: DemoCamera) -> None:
    sys.stdout.write(camera.path + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
