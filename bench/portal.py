"""The public pages on a slow phone: 412x823, CPU six times slower, 1.6 Mbit/s, 150 ms a round trip.

The limits are those of design's table of the reference's client, whose figures stand beside ours:
they were measured in the same browser under the same conditions (median of three).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.edge import until_answers
from bench.first_picture import FLAGS
from bench.processes import need, running
from bench.rows import Row

PORT: Final = 18330
PATIENCE_MS: Final = 60_000
NETWORK: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER: Final = 6
OBSERVED: Final = """(() => {
  const seen = (window.pantauSeen = { fcp: 0, lcp: 0, longest: 0, blocking: 0, frame: 0 });
  const on = (type, tell) => new PerformanceObserver((list) => list.getEntries().forEach(tell))
    .observe({ type, buffered: true });
  on("paint", (e) => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
  on("largest-contentful-paint", (e) => { seen.lcp = e.startTime; });
  on("longtask", (e) => {
    seen.longest = Math.max(seen.longest, e.duration);
    seen.blocking += e.duration - 50;
  });
  const look = () => {
    const frames = document.querySelector("video")?.getVideoPlaybackQuality().totalVideoFrames;
    if (frames) seen.frame = performance.timeOrigin + performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""


@dataclass
class Visit:
    """What one first visit cost."""

    fcp_s: float = 0.0
    lcp_s: float = 0.0
    longest_ms: float = 0.0
    blocking_ms: float = 0.0
    kb: float = 0.0
    script_kb: float = 0.0
    requests: int = 0
    kinds: dict[str, tuple[str, str]] = field(default_factory=dict)

    def watch(self, session: CDPSession) -> None:
        """Count what comes over the wire; stills and video are not counted."""
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, told: dict[str, Any]) -> None:
        url = str(told["request"]["url"])
        if "/api/thumbnails/" not in url and "/hls/" not in url and url.startswith("http"):
            self.kinds[told["requestId"]] = (str(told.get("type")), url)
            self.requests += 1

    def _finished(self, told: dict[str, Any]) -> None:
        kind, _ = self.kinds.get(told["requestId"], ("", ""))
        if kind:
            size_kb = told["encodedDataLength"] / 1024
            self.kb += size_kb
            self.script_kb += size_kb if kind == "Script" else 0


@contextmanager
def slow_phone(browser: Browser, visit: Visit) -> Iterator[Page]:
    """Give a page of a phone on which nothing was opened before."""
    context = browser.new_context(
        viewport={"width": 412, "height": 823}, is_mobile=True, has_touch=True, locale="id-ID"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    session = context.new_cdp_session(page)
    visit.watch(session)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(OBSERVED)
    try:
        yield page
    finally:
        context.close()


def first_visit(browser: Browser, address: str) -> Visit:
    """Open a page as the first one ever, and wait until nothing more happens."""
    visit = Visit()
    with slow_phone(browser, visit) as page:
        page.goto(address, wait_until="networkidle" if "/kamera/" not in address else "load")
        page.wait_for_timeout(1000)
        seen = page.evaluate("window.pantauSeen")
    visit.fcp_s, visit.lcp_s = seen["fcp"] / 1000, seen["lcp"] / 1000
    visit.longest_ms, visit.blocking_ms = seen["longest"], seen["blocking"]
    return visit


def tap_to_frame(browser: Browser, base: str, camera: int) -> tuple[float, float]:
    """Return the seconds from a tap on the wall to the first decoded frame, and the longest task.

    Fails when there is no frame within a minute.
    """
    with slow_phone(browser, Visit()) as page:
        page.goto(base, wait_until="networkidle")
        link = page.locator(f"[data-id='{camera}'] a").first
        link.scroll_into_view_if_needed()
        page.evaluate(
            "addEventListener('pointerdown', () => sessionStorage.setItem('bench.tap',"
            " performance.timeOrigin + performance.now()), { capture: true })"
        )
        link.tap()
        page.wait_for_url("**/kamera/**")
        for _ in range(PATIENCE_MS // 100):
            seen = page.evaluate("window.pantauSeen")
            if seen["frame"]:
                break
            page.wait_for_timeout(100)
        tapped = float(page.evaluate("sessionStorage.getItem('bench.tap')"))
        return (seen["frame"] - tapped) / 1000, seen["longest"]


def rows(*, quick: bool) -> list[Row]:
    """Visit the wall, the map and a camera; then tap a camera of the wall."""
    chromium = need("chromium", "chromium")
    data = Path(mkdtemp(prefix="pantau-portal-"))
    env = {"PANTAU_PORT": str(PORT), "PANTAU_DATA_DIR": str(data)}
    base = f"http://127.0.0.1:{PORT}"
    times = 3 if quick else 5
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["rm", "-rf", str(data)], check=False)
        command = [sys.executable, "-m", "pantau", "serve", "--demo"]
        stack.enter_context(running(command, env=env, log=data / "log"))
        until_answers(f"{base}/health/ready", deadline_s=90)
        camera = _warm(base)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        pages = {
            name: [first_visit(browser, base + address) for _ in range(times)]
            for name, address in (
                ("wall", "/"),
                ("map", "/peta"),
                ("watch page", f"/k/{camera}"),
            )
        }
        taps = [tap_to_frame(browser, base, camera) for _ in range(times)]
        browser.close()
    return [
        *(row for name, visits in pages.items() for row in _page_rows(name, visits)),
        Row(
            "slow phone: tap on the wall to decoded frame",
            median(frame_s for frame_s, _ in taps),
            "s",
            peer="the reference's client: 1.7 on its stub streams",
            must=3.0,
            aim=1.5,
        ),
        Row(
            "slow phone: longest task up to that frame",
            median(longest_ms for _, longest_ms in taps),
            "ms",
            must=200,
            aim=100,
        ),
    ]


_REFERENCE: Final = {
    # requests, kB, kB of scripts, first and largest paint, blocking and longest task
    "wall": (21, 437, 371, 2.9, 4.6, 472, 216),
    "map": (20, 460, 427, 3.2, 3.2, 600, 251),
}


def _page_rows(name: str, visits: list[Visit]) -> list[Row]:
    known = _REFERENCE.get(name)
    peers = [f"the reference's client: {each:g}" for each in known] if known else [""] * 7

    def middle(of: Callable[[Visit], float]) -> float:
        return median(of(each) for each in visits)

    leaflet_kb = 46.0 if name == "map" else 0.0
    title = f"slow phone, {name}"
    return [
        Row(f"{title}: requests without stills", middle(lambda v: v.requests), "", peers[0],
            must=15 + (leaflet_kb > 0) * 2),
        Row(f"{title}: kB without stills", middle(lambda v: v.kb), "kB", peers[1],
            must=45 + leaflet_kb, aim=25 + leaflet_kb),
        Row(f"{title}: kB of scripts, headers too", middle(lambda v: v.script_kb), "kB", peers[2],
            must=18 + leaflet_kb),
        Row(f"{title}: first contentful paint", middle(lambda v: v.fcp_s), "s", peers[3], must=1.0),
        Row(f"{title}: largest contentful paint", middle(lambda v: v.lcp_s), "s", peers[4],
            must=1.5),
        Row(f"{title}: blocking by long tasks", middle(lambda v: v.blocking_ms), "ms", peers[5],
            must=100),
        Row(f"{title}: longest task", middle(lambda v: v.longest_ms), "ms", peers[6],
            must=200, aim=100),
    ]  # fmt: skip


def _warm(base: str) -> int:
    """Return an H.264 camera that sends, once stills of all that send are there."""
    cameras = json.loads(until_answers(f"{base}/api/stream"))["data"]
    warm = next(camera for camera in cameras if camera["video_codec"] == "h264")
    until_answers(f"{base}{warm['streams']['hls']}", deadline_s=60)
    until_answers(f"{base}/api/thumbnails/{warm['id']}.jpg", deadline_s=60)
    return int(warm["id"])


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    for row in rows(quick=True):
        print(f"{row.name:58} {row.value:9.2f} {row.unit:3} must {row.must} {row.peer} {row.met}")
