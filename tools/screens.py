"""Takes the pictures of docs/guide/screens.md: `python -m tools.screens http://127.0.0.1:3000`.

The site must be one with cameras that send, such as `pantau serve --demo` after a minute; pictures
are of every public page on a phone and at a desk, in light and in dark.
"""

import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

GUIDE: Final = Path("docs/guide")
CHROMIUM: Final = "/usr/bin/chromium"
MOST_BYTES: Final = 40_000
_WIDTH_PX: Final = {"phone": 360, "desk": 720}
"""How wide the kept pictures are."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One page, and how often it is pictured."""

    name: str
    title: str
    address: str
    settled: str = "main h1"
    shots: tuple[tuple[Literal["phone", "desk"], Literal["light", "dark"]], ...] = (
        ("phone", "light"),
        ("desk", "dark"),
    )


_ALL: Final = (("phone", "light"), ("phone", "dark"), ("desk", "light"), ("desk", "dark"))
SCREENS: Final = (
    Screen("wall", "The wall", "/", "camera-wall:defined", _ALL),
    Screen("map", "The map", "/peta"),
    Screen("watch", "A camera", "/k/1", "pantau-player[data-state=live]", _ALL),
    Screen("multi", "Several cameras", "/multi?kamera=1.2.3.4", "[data-state=live]"),
    Screen("recordings", "What is recorded", "/rekaman"),
    Screen("playback", "Replaying", "/rekaman/1", "playback-player"),
    Screen("status", "How the cameras do", "/status"),
    Screen("feedback", "Writing to the operator", "/masukan"),
    Screen("list", "The plain list", "/daftar"),
)


def take(browser: Browser, base: str, folder: Path) -> dict[str, list[str]]:
    """Write the pictures; return their names by screen."""
    taken: dict[str, list[str]] = {}
    for screen in SCREENS:
        for device, theme in screen.shots:
            is_phone = device == "phone"
            context = browser.new_context(
                viewport={"width": 360, "height": 740}
                if is_phone
                else {"width": 1366, "height": 800},
                device_scale_factor=1,
                color_scheme=theme,
                locale="en-GB",
                has_touch=is_phone,
                is_mobile=is_phone,
            )
            context.add_cookies([{"name": "pantau_lite", "value": "0", "url": base}])
            page = context.new_page()
            page.goto(base + screen.address)
            page.wait_for_selector(screen.settled, state="attached", timeout=60_000)
            _come_to_rest(page)
            name = f"{screen.name}-{device}-{theme}.webp"
            (folder / name).write_bytes(_small(page.screenshot(), _WIDTH_PX[device]))
            taken.setdefault(screen.name, []).append(name)
            context.close()
    return taken


def _come_to_rest(page: Page) -> None:
    # Pictures and films come when they come: nobody waits for this but the person who asked.
    page.wait_for_timeout(4000)


def _small(png: bytes, width_px: int) -> bytes:
    """Return the picture as WebP of at most MOST_BYTES."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    height_px = round(picture.height * width_px / picture.width)
    picture = picture.resize((width_px, height_px), Image.Resampling.LANCZOS)
    for quality in (80, 70, 60, 50, 40, 30):
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()


def page_of(taken: dict[str, list[str]]) -> str:
    """Return the guide's page."""
    lines = [
        "# What the portal looks like",
        "",
        "The demo of `make run`, on a phone and at a desk.  `python -m tools.screens <address>`",
        "takes these pictures anew.",
    ]
    for screen in SCREENS:
        address = re.sub(r"\?.*", "", screen.address)
        lines += ["", f"## {screen.title}", "", f"`{address}`", ""]
        lines += [f"![{screen.title}](screens/{name})" for name in taken[screen.name]]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Take all pictures and write the page; the folder is emptied first."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    folder = GUIDE / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        taken = take(browser, arguments[0].rstrip("/"), folder)
        browser.close()
    (GUIDE / "screens.md").write_text(page_of(taken), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
