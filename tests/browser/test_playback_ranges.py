"""Footage in a real Chromium: as files, as lists by its own HLS and hls.js, and while it grows."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pantau.core.clock import SystemClock
from pantau.db.place import Place
from pantau.recordings.models import Span
from pantau.web.exchange import Reply, Route
from tests.recordings.playback.house import SECONDS, House, open_house, preview
from tests.support.database import opened
from tests.support.recordings import append_second, being_written, write_recording

pytestmark = pytest.mark.timeout(150)
HLS_FILE = "hls.light.min.mjs"
LENGTH_MS = SECONDS * 1000
PATIENCE_S = 60.0
PAGE = b"<!doctype html><meta charset=utf-8><title>x</title><video muted playsinline></video>"
PLAY = """async ([url, path, at]) => {
  const video = document.querySelector("video");
  window.faults = [];
  video.onerror = () => window.faults.push(String(video.error?.message ?? video.error?.code));
  window.presented = 0;
  window.mediaTime = -1;
  const tick = (_, shown) => {
    window.presented += 1;
    window.mediaTime = shown.mediaTime;
    video.requestVideoFrameCallback(tick);
  };
  video.requestVideoFrameCallback(tick);
  if (path === "hlsjs") {
    const { default: Hls } = await import("/hls.mjs");
    const hls = new Hls({ enableWorker: false, maxBufferHole: 1 });
    hls.on(Hls.Events.ERROR, (_, data) => data.fatal && window.faults.push(data.details));
    hls.loadSource(url);
    hls.attachMedia(video);
  } else video.src = url;
  if (at >= 0) {
    if (video.readyState < 1) await new Promise((done) => (video.onloadedmetadata = done));
    video.currentTime = at;
  }
  await video.play();
}"""


class Hub:
    """A house with its own loop in a thread."""

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        self.house = house
        self._loop = loop
        self.now_ms = int(SystemClock().unix_s() * 1000)
        self.hour_ago_ms = self.now_ms // LENGTH_MS * LENGTH_MS - 3_600_000
        """A moment at which files are cut."""

    def index(self) -> None:
        asyncio.run_coroutine_threadsafe(self.house.index(), self._loop).result(PATIENCE_S)


def _script(name: str) -> Route:
    body = files("pantau.ui").joinpath("static", "vendor", name).read_bytes()
    return Route(lambda _: Reply(200, body, content_type=b"text/javascript"))


@pytest.fixture
def hub(sqlite_place: Place, tmp_path: Path) -> Iterator[Hub]:
    with _served(sqlite_place, tmp_path) as hub:
        yield hub


@contextmanager
def _served(place: Place, folder: Path) -> Iterator[Hub]:
    ready, over = threading.Event(), threading.Event()
    found: list[Hub] = []

    async def serve() -> None:
        pages = {
            "/page": Route(lambda _: Reply(200, PAGE, content_type=b"text/html")),
            "/hls.mjs": _script(HLS_FILE),
        }
        async with (
            opened(place) as database,
            open_house(database, folder, real_clock=SystemClock(), pages=pages) as house,
        ):
            found.append(Hub(house, asyncio.get_running_loop()))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield found[0]
    finally:
        over.set()
        thread.join(PATIENCE_S)


@contextmanager
def page_of(browser: Browser, hub: Hub) -> Iterator[tuple[Page, list[tuple[int, str]]]]:
    page = browser.new_page()
    answers: list[tuple[int, str]] = []
    page.on("response", lambda answer: answers.append((answer.status, answer.url)))
    try:
        page.goto(f"http://127.0.0.1:{hub.house.port}/page")
        yield page, answers
    finally:
        page.close()


def play(page: Page, url: str, *, path: str = "native", at_s: float = -1) -> None:
    page.evaluate(PLAY, [url, path, at_s])


def wait_for(page: Page, condition: str) -> None:
    try:
        page.wait_for_function(condition, timeout=PATIENCE_S * 1000)
    except Exception as error:
        state: Any = page.evaluate(
            "() => { const v = document.querySelector('video');"
            " return [v.readyState, v.currentTime, v.duration, v.seeking, window.faults,"
            " window.presented, window.mediaTime]; }"
        )
        raise AssertionError(f"{condition}: {state}") from error


def seek(page: Page, at_s: float) -> None:
    page.evaluate("at => { document.querySelector('video').currentTime = at; }", at_s)


SHOWN_AT = (
    "() => {{ const v = document.querySelector('video');"
    " return !v.seeking && v.readyState >= 2 && Math.abs(window.mediaTime - {at}) < 2.2; }}"
)


def test_a_finished_file_is_played_and_sought_by_ranges(browser: Browser, hub: Hub) -> None:
    (video,) = hub.house.record(hub.hour_ago_ms, seconds=30, segment_s=600)
    hub.index()
    with page_of(browser, hub) as (page, answers):
        play(page, hub.house.url(f"stream/{video.name}"))
        wait_for(page, "() => window.presented > 3")
        assert page.evaluate("() => document.querySelector('video').duration") == pytest.approx(
            30, abs=0.5
        )
        for at_s in (25, 3, 14):
            seek(page, at_s)
            wait_for(page, SHOWN_AT.format(at=at_s))
        assert page.evaluate("() => window.faults") == []
    assert {status for status, url in answers if "/stream/" in url} == {206}


@pytest.mark.parametrize("path", ["native", "hlsjs"])
def test_one_list_is_played_across_files_and_a_gap(browser: Browser, hub: Hub, path: str) -> None:
    begins = hub.hour_ago_ms
    files = hub.house.record(begins, seconds=3 * SECONDS)
    files += hub.house.record(begins + 600_000, seconds=SECONDS)
    assert len(files) == 4
    hub.index()
    with page_of(browser, hub) as (page, answers):
        url = hub.house.url(f"playback.m3u8?from={begins + 3_000}&to={begins + 900_000}")
        play(page, url, path=path)
        wait_for(page, "() => window.presented > 3")
        if path == "hlsjs":
            # Begun at the second that was asked for; Chromium's own begins a picture group early.
            assert page.evaluate("() => document.querySelector('video').currentTime") >= 0.9
        for at_s in (28, 10, 20):
            seek(page, at_s)
            wait_for(page, SHOWN_AT.format(at=at_s))
        assert page.evaluate("() => window.faults") == []
        assert page.evaluate("() => document.querySelector('video').duration") == pytest.approx(
            4 * SECONDS - 2, abs=0.6
        )
    assert {status for status, url in answers if "/stream/" in url} == {206}


def test_footage_is_played_over_the_end_of_a_file(browser: Browser, hub: Hub) -> None:
    begins = hub.hour_ago_ms
    hub.house.record(begins, seconds=2 * SECONDS)
    hub.index()
    with page_of(browser, hub) as (page, _):
        url = hub.house.url(f"playback.m3u8?from={begins + 6_500}&to={begins + 60_000}")
        play(page, url)
        wait_for(page, "() => document.querySelector('video').ended")
        assert page.evaluate("() => window.faults") == []
        assert page.evaluate("() => window.presented") > 25


def test_what_is_being_recorded_is_played_while_it_grows(browser: Browser, hub: Hub) -> None:
    begins = hub.now_ms - 20_000
    recording = write_recording(hub.house.folder, 1, begins, seconds=12, shape="open")
    with being_written(recording.video):
        hub.index()
        over = threading.Event()

        def record() -> None:
            written = recording
            for _ in count():
                if over.wait(0.5):
                    return
                written = append_second(written)

        recorder = threading.Thread(target=record)
        recorder.start()
        try:
            with page_of(browser, hub) as (page, answers):
                url = hub.house.url(f"playback.m3u8?from={begins}")
                play(page, url, path="hlsjs", at_s=0)
                wait_for(page, "() => window.mediaTime > 1")
                # Beyond all that there was when the list was first fetched.
                wait_for(page, "() => document.querySelector('video').duration > 17")
                seek(page, 15)
                wait_for(page, "() => window.mediaTime > 16")
                assert page.evaluate("() => window.faults") == []
        finally:
            over.set()
            recorder.join()
    assert len([url for _, url in answers if "playback.m3u8" in url]) > 1


LISTED = """async ([url, least]) => {
  const text = await (await fetch(url)).text();
  const all = [...text.matchAll(/#EXTINF:([\\d.]+)/g)].reduce((sum, [, s]) => sum + Number(s), 0);
  window.listed = all;
  return all >= least;
}"""


def test_lists_that_follow_each_other_over_an_open_file_are_played_to_their_ends(
    browser: Browser, hub: Hub
) -> None:
    begins = hub.now_ms - 60_000
    recording = write_recording(hub.house.folder, 1, begins, seconds=8, shape="open")
    with being_written(recording.video):
        hub.index()
        with page_of(browser, hub) as (page, _):
            from_s, to_s = 0, 8
            for more_s in (5, 4, 6):
                at_ms, to_ms = begins + from_s * 1000, begins + to_s * 1000
                url = hub.house.url(f"playback.m3u8?from={at_ms}&to={to_ms}")
                page.wait_for_function(LISTED, arg=[url, to_s - from_s], timeout=PATIENCE_S * 1000)
                play(page, url)
                wait_for(page, "() => document.querySelector('video').ended")
                reached_s, listed_s = page.evaluate(
                    "() => [document.querySelector('video').currentTime, window.listed]"
                )
                assert reached_s == pytest.approx(listed_s, abs=0.5)
                for _ in range(more_s):
                    recording = append_second(recording)
                from_s, to_s = to_s, to_s + more_s


def test_a_delayed_camera_is_played_up_to_its_delay_and_no_further(
    browser: Browser, hub: Hub
) -> None:
    begins = hub.hour_ago_ms
    (video,) = hub.house.record(begins, seconds=SECONDS)
    hub.index()
    hub.house.reach[1] = preview(Span(begins - 1, begins + 5_100))
    with page_of(browser, hub) as (page, _):
        play(page, hub.house.url(f"stream/{video.name}"))
        wait_for(page, "() => document.querySelector('video').ended")
        assert page.evaluate("() => document.querySelector('video').currentTime") < 5.3
        assert page.evaluate("() => window.mediaTime") < 5.0
        assert page.evaluate("() => window.faults") == []
