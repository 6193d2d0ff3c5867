"""Tap to decoded frame, in a real Chromium against a running `pantau serve --demo`."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from playwright.sync_api import Page, sync_playwright

from bench.edge import until_answers
from bench.processes import need, running
from bench.rows import Row

PORT = 18310
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FIRST_FRAME = """() => new Promise((resolve) => {
  const video = document.querySelector('video');
  video.requestVideoFrameCallback(() => resolve(performance.now()));
})"""


def tap_to_picture_s(page: Page, address: str) -> float:
    """Load a watch page, press Play where it waits for it, and time the first frame."""
    page.goto(address)
    taken_ms: float = page.evaluate(FIRST_FRAME)
    return taken_ms / 1000


def rows(*, quick: bool) -> list[Row]:
    """Time warm cameras natively and through hls.js; each in a fresh page."""
    chromium = need("chromium", "chromium")
    data = Path(mkdtemp(prefix="pantau-picture-"))
    env = {"PANTAU_PORT": str(PORT), "PANTAU_DATA_DIR": str(data)}
    base = f"http://127.0.0.1:{PORT}"
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["rm", "-rf", str(data)], check=False)
        command = [sys.executable, "-m", "pantau", "serve", "--demo"]
        stack.enter_context(running(command, env=env, log=data / "log"))
        until_answers(f"{base}/health/ready", deadline_s=90)
        cameras = json.loads(until_answers(f"{base}/api/stream"))["data"]
        warm = next(camera for camera in cameras if camera["video_codec"] == "h264")
        until_answers(f"{base}{warm['streams']['hls']}", deadline_s=30)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        taken: dict[str, list[float]] = {"native": [], "hlsjs": []}
        for _ in range(3 if quick else 9):
            for way, times in taken.items():
                page = browser.new_page(viewport={"width": 412, "height": 823})
                times.append(tap_to_picture_s(page, f"{base}/k/{warm['id']}?player={way}&play=1"))
                page.close()
        browser.close()
    return [
        Row(
            f"tap to decoded frame, warm camera, {way}: median",
            median(times),
            "s",
            must=1.0,
            aim=0.3,
        )
        for way, times in taken.items()
    ]


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    print(rows(quick=True))
