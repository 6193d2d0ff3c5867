"""What tests look at in a page."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from playwright.sync_api import Browser, Page, Response

from tests.browser.require_chromium import AXE

OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  const bad = [];
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest("svg, .sr, .skip, details:not([open]) > :not(summary)")) continue;
    // Of a map there is always more than is shown.
    if (element.parentElement.closest(".leaflet-container")) continue;
    const box = element.getBoundingClientRect();
    // One pixel is how texts are hidden from eyes and kept for ears.
    if (box.width <= 1 || box.height <= 1) continue;
    const name = `${element.tagName}.${element.className}`;
    const isMap = element.classList.contains("leaflet-container");
    const style = getComputedStyle(element);
    // What ends in three dots is read in whole in a heading.
    const isElsewhere = style.textOverflow === "ellipsis" && [...document.querySelectorAll("h1")]
      .some((heading) => heading.textContent.includes(element.textContent.trim()));
    const hides = !isMap && !isElsewhere && style.overflowX !== "visible";
    if (box.right > wide + 1 || box.left < -1) bad.push(`${name} ${box.left}..${box.right}`);
    else if (hides && element.tagName !== "INPUT" && element.scrollWidth > element.clientWidth + 1)
      bad.push(`inside ${name} ${element.scrollWidth} > ${element.clientWidth}`);
  }
  return {document: document.scrollingElement.scrollWidth - wide, bad};
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input, summary")]
  .map((element) => element.closest("label, .cam") ?? element)
  .filter((element) => {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest(".sr, .skip")) return false;
    return box.width < 43.5 || box.height < 43.5;
  })
  .map((element) => `${element.tagName}.${element.className} ${element.textContent.trim()}`)"""
_ASKED_OF_AXE: Final[Mapping[Literal["light", "dark"], Mapping[str, Any]]] = {
    "light": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
DECODED = "document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"


@contextmanager
def open_page(
    browser: Browser,
    *,
    width: int = 412,
    height: int = 823,
    theme: Literal["light", "dark"] = "light",
    locale: str = "id-ID",
    has_script: bool = True,
    cores: int = 8,
) -> Iterator[Page]:
    """Give a fresh page that fails the test when a script of ours fails.

    It has eight cores like most phones, however few this machine has: a touch screen with four or
    fewer puts the pages into lite mode.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        locale=locale,
        has_touch=width < 1000,
        is_mobile=width < 1000,
        java_script_enabled=has_script,
    )
    context.add_init_script(
        "Object.defineProperty(navigator, 'hardwareConcurrency', "
        f"{{ configurable: true, get: () => {cores} }})"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "warning" else None)
    try:
        yield page
        assert errors == [], errors
    finally:
        context.close()


def read_by_everybody(page: Page, *name: str) -> None:
    """Fail unless axe finds nothing: all it knows in light, what is about colours in dark as well.

    Nothing but colours differs between the themes: `light-dark()` takes nothing else.
    """
    page.evaluate(AXE.read_text())
    for theme, asked in _ASKED_OF_AXE.items():
        # Colours fade into each other otherwise, and axe would judge a mixture.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # Of rules that hold one place each is enough: describing all took a third of the time.
        how = json.dumps({"runOnly": asked, "resultTypes": ["violations"]})
        found = page.evaluate(f"axe.run(document, {how})")
        assert len(found["passes"]) > 10 or theme == "dark"
        assert found["passes"] + found["incomplete"] != []
        broken = [
            (*name, theme, rule["id"], [node["target"] for node in rule["nodes"]])
            for rule in found["violations"]
        ]
        assert broken == [], broken


def wait_for_state(page: Page, *states: str, timeout_s: float = 45) -> None:
    """Wait until the player says that it is in one of `states`."""
    wanted = ", ".join(f"pantau-player[data-state={state}]" for state in states)
    page.wait_for_selector(wanted, timeout=timeout_s * 1000)


def wait_for_moving_picture(page: Page, *, frames: int = 15) -> None:
    """Wait until `frames` more pictures were decoded than there are now."""
    wanted = page.evaluate(DECODED) + frames
    # Playwright's own waiting evaluates strings in the page, which our policy forbids.
    for _ in range(450):
        if page.evaluate(DECODED) >= wanted:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(DECODED) >= wanted
    assert page.evaluate("document.querySelector('video').videoWidth") > 0


def player(page: Page) -> dict[str, Any]:
    """Return what the player element says of itself."""
    found: dict[str, Any] = page.evaluate("({...document.querySelector('pantau-player').dataset})")
    return found


@dataclass(slots=True)
class Traffic:
    """What a page fetched, compressed as the budgets count it."""

    requests: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    largest: tuple[int, str] = (0, "")

    def watch(self, page: Page) -> None:
        # Playwright marks the handler, and a slotted object has no room for its mark.
        page.on("response", lambda response: self._count(response))  # noqa: PLW0108

    def _count(self, response: Response) -> None:
        self.requests += 1
        kind = response.request.resource_type
        body = response.body() if response.status == 200 else b""
        size = len(body) if kind == "image" else len(gzip.compress(body, 6))
        if response.url.endswith(".svg"):
            kind = "icons"
        self.by_kind[kind] = self.by_kind.get(kind, 0) + size
        self.largest = max(self.largest, (size, response.url))


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until something is so on a page whose clock stands still."""
    for _ in range(450):
        if condition():
            return
        page.clock.run_for(100)
        page.wait_for_timeout(100)
    raise AssertionError("it never came to be")
