"""`python -m pantau.demo.make_clips FOLDER`: makes the demo clips, and tells each that is there."""

import os
import sys
from pathlib import Path

from pantau.demo.clips import made_clip
from pantau.demo.demo_cameras import DEMO_CAMERAS


def main() -> None:
    """Write the name of every camera to stdout as soon as its clip can be read."""
    # Whoever starts Pantau for the first time wants to see pages before pictures.
    os.nice(10)
    folder = Path(sys.argv[1])
    for camera in DEMO_CAMERAS:
        made_clip(folder, camera.plan)
        sys.stdout.write(camera.path + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
