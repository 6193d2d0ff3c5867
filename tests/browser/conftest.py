"""A real Chromium, the portal with scripted cameras, and all of Pantau with demo cameras."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from pantau.cameras.models import LiveState
from pantau.db import place as places
from pantau.db.place import Place
from tests.browser.house import LONG_NAME, SOLID_NAME, House, Placed, open_house
from tests.browser.require_chromium import CHROMIUM, missing
from tests.browser.stills import jpeg
from tests.browser.town import Town, open_town
from tests.support.templates import compiled_once

PATIENCE_MS = 45_000
"""What a page is to show is waited for, on machines that do a lot besides."""
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CAMERAS = (
    Placed("Simpang Lima Tirtasari", description="Persimpangan lima arah."),
    Placed("Alun-Alun Barat", location="Jl. Alun-Alun"),
    Placed(LONG_NAME, location="Jl. Raya Pangeran Kusumadilaga"),
    Placed("Pasar Wetan, pintu utama", location="Jl. Pasar Wetan"),
    Placed("Bendung Margaluyu", "Margaluyu", "Jl. Irigasi", LiveState.OFFLINE, hours=2),
    Placed("Flyover Margaluyu", "Margaluyu", "Jl. Layang", LiveState.OFFLINE, hours=80),
    Placed("Puskesmas", "Margaluyu", "Jl. Sehat", LiveState.UNKNOWN, has_still=False),
    Placed("Pintu Air", "Kali Bening", "Jl. Tanggul", LiveState.MAINTENANCE, "maintenance"),
    Placed(SOLID_NAME, "Kali Bening", "Jl. Kali", codec="h265"),
    Placed("Terminal", None, "", LiveState.CONNECTING),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


def _while_browsing(fixture_name: str, config: pytest.Config) -> Literal["session", "module"]:
    """Playwright keeps a loop running, and tests of other folders bring their own."""
    here = Path(__file__).parent
    asked = [(config.invocation_params.dir / each.partition("::")[0]) for each in config.args]
    return "session" if all(path.is_relative_to(here) for path in asked) else "module"


@dataclass
class Chromium:
    """One that is started when it is first needed, and again when it has crashed."""

    playwright: Playwright
    running: Browser | None = None

    def browser(self) -> Browser:
        if self.running is None or not self.running.is_connected():
            launch = self.playwright.chromium.launch
            self.running = launch(executable_path=CHROMIUM, args=FLAGS)
        return self.running


@pytest.fixture(scope=_while_browsing)
def chromium() -> Iterator[Chromium]:
    assert missing() == []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = Chromium(playwright)
        yield chromium
        if chromium.running is not None:
            chromium.running.close()


@pytest.fixture(scope="module")
def browser(chromium: Chromium) -> Iterator[Browser]:
    """One for the module; whatever a module left open is closed before the next begins."""
    browser = chromium.browser()
    yield browser
    for context in browser.contexts:
        context.close()


@pytest.fixture
def house() -> Iterator[House]:
    """One for the test alone."""
    yield from _serve()


@pytest.fixture(scope="module")
def shared_house() -> Iterator[House]:
    """One for tests that change nothing."""
    yield from _serve()


def _serve() -> Iterator[House]:
    """Ten cameras: 1 to 4 are fine, 5 and 6 offline, 7 unknown, 8 in maintenance, 9 sends H.265."""
    house = House(CAMERAS, still=lambda number: (b"image/jpeg", jpeg(number)))
    compiled_once(house.pages)
    with open_house(house):
        yield house


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """All public pages with worst-case texts, for tests that change nothing."""
    with open_town(sqlite_template, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture(scope="module")
def sqlite_template_place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A migrated SQLite database without any row, for a whole module."""
    file = tmp_path_factory.mktemp("playback") / places.FILE_NAME
    shutil.copy(sqlite_template, file)
    return places.sqlite_place(file)


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The address of `pantau serve --demo`, a process of its own with its own data folder."""
    with tempfile.TemporaryDirectory(prefix="pantau-e2e-") as folder:
        environment = os.environ | {"PANTAU_PORT": "0", "PANTAU_DATA_DIR": f"{folder}/data"}
        command = [sys.executable, "-m", "pantau", "serve", "--demo"]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log
            )
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            assert "http://" in line, (Path(folder) / "log").read_text()
            yield line[line.index("http://") :].split()[0]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            if process.stdout is not None:
                process.stdout.close()
