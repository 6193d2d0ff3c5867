"""The portal as an app: two builds of it, one after the other at the same address."""

import shutil
import socket
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from pantau.portal.app.lite import LiteMode
from pantau.portal.app.shell import AppShell
from pantau.portal.wall.text_list import TextList
from pantau.ui.files import read_assets
from pantau.web.assets import Assets
from pantau.web.exchange import Route
from tests.browser.house import House, Placed
from tests.browser.stills import jpeg

FEW: Final = (
    Placed("Simpang Lima Tirtasari"),
    Placed("Bendung Margaluyu", "Margaluyu", "Jl. Irigasi"),
)
_STATIC: Final = Path("src/pantau/ui/static")
WITH_WORKER: Final = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const worker = registration.active;
  if (worker.state === "activated") return true;
  await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  return worker.state === "activated";
}"""


class AppHouse(House):
    """The house with everything that makes it an app."""

    def __init__(self, assets: Assets | None = None) -> None:
        super().__init__(FEW, still=lambda number: (b"image/jpeg", jpeg(number)), assets=assets)
        self.lite = LiteMode()
        self.shell = AppShell(self.pages, self.portal.assets, _no_icon)
        self.text_list = TextList(self.portal.kept, self.pages)

    def exact(self) -> dict[str, Route]:
        own = {**super().exact(), **self.shell.exact(), **self.text_list.exact()}
        return self.lite.around({**own, **self.lite.exact()})

    def prefixes(self) -> dict[str, Route]:
        return self.lite.around({**super().prefixes(), **self.shell.prefixes()})


async def _no_icon() -> bytes | None:
    return None


def another_build(root: Path, shelf: Path) -> Assets:
    """Return a build in which one script and one style say something else."""
    folder = root / "static"
    shutil.copytree(_STATIC, folder)
    for name, more in (
        ("js/update_bar.js", "\nexport const build = 'newer';\n"),
        ("portal.css", "\n.newer-build { color: red; }\n"),
    ):
        file = folder / name
        file.write_text(file.read_text() + more)
    assets = read_assets(shelf, folder=folder)
    assets.shelve_in_thread()
    return assets


def this_build(shelf: Path) -> Assets:
    """Return the build that ships, with its files on the shelf."""
    assets = read_assets(shelf)
    assets.shelve_in_thread()
    return assets


def free_port() -> int:
    """Return a port that nobody uses: both builds answer there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def visit_twice(page: Page, address: str) -> None:
    """Open a page until a worker stands behind it."""
    page.goto(address)
    assert page.evaluate(WITH_WORKER)
    page.goto(address)
    assert page.evaluate("navigator.serviceWorker.controller !== null")
