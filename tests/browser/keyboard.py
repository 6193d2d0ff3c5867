"""What a keyboard reaches: everything, in order, seen, and never stuck."""

from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Page

_REACHABLE: Final = """() => {
  const groups = new Set();
  const stops = [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, audio[controls], video[controls], iframe,"
    + " [tabindex]")].filter((each) => {
      if (each.tabIndex < 0 || each.disabled || each.type === "hidden" || each.inert) return false;
      if (each.closest("[inert], .skip") || !each.checkVisibility({ visibilityProperty: true }))
        return false;
      // Of a group of radio buttons the chosen one is a stop; arrows lead to the others.
      if (each.type !== "radio") return true;
      const chosen = document.querySelector(`input[name="${each.name}"]:checked`);
      if (chosen ? chosen !== each : groups.has(each.name)) return false;
      groups.add(each.name);
      return true;
    });
  window.pantauStops = stops;
  return stops.length;
}"""
_INSIDE: Final = 12
_FOCUSED: Final = """() => {
  const on = document.activeElement;
  if (!on || on === document.body) return { stop: -2, name: "body", isSeen: true, isAlone: true };
  const name = `${on.tagName}.${on.className} ${(on.ariaLabel ?? on.textContent).trim()}`;
  const drawn = [on, on.closest("label, .cam, li"), on.nextElementSibling].some((each) => {
    if (!each) return false;
    return [null, "::before", "::after"].some((part) => {
      const style = getComputedStyle(each, part);
      return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1)
        || style.boxShadow !== "none";
    });
  });
  const box = on.getBoundingClientRect();
  const across = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const down = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(across, down);
  const isAlone = !top || on.contains(top) || top.contains(on)
    || (on.labels && [...on.labels].some((each) => each.contains(top)));
  return {
    stop: window.pantauStops.indexOf(on), name: name.slice(0, 80), isSeen: drawn,
    isAlone: Boolean(isAlone),
  };
}"""


@dataclass(frozen=True, slots=True)
class Walk:
    """What happened on the way through a page, by Tab alone."""

    stops: int
    """How many there are."""
    reached: tuple[int, ...]
    unseen: tuple[str, ...]
    """Where nothing showed that the keyboard is there."""
    covered: tuple[str, ...]
    """Where something else lay over what the keyboard is at (WCAG 2.2, 2.4.11)."""

    @property
    def missed(self) -> set[int]:
        return set(range(self.stops)) - set(self.reached)


def walk(page: Page) -> Walk:
    """Press Tab from the beginning of the page until its end."""
    stops: int = page.evaluate(_REACHABLE)
    reached: list[int] = []
    unseen: list[str] = []
    covered: list[str] = []
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    # A field for a date has stops of its own inside.
    for _ in range(2 * stops + _INSIDE):
        page.keyboard.press("Tab")
        on: dict[str, Any] = page.evaluate(_FOCUSED)
        if on["name"] == "body" and reached:
            break
        if on["stop"] >= 0 and on["stop"] not in reached:
            reached.append(on["stop"])
            unseen += [] if on["isSeen"] else [on["name"]]
            covered += [] if on["isAlone"] else [on["name"]]
    return Walk(stops, tuple(reached), tuple(unseen), tuple(covered))


def all_reached(page: Page, *about: object, least: int = 3) -> None:
    """Fail unless the keyboard reaches everything, in order, and shows where it is."""
    found = walk(page)
    assert found.stops >= least, about
    missed = page.evaluate(
        "(missed) => missed.map((each) => window.pantauStops[each].outerHTML.slice(0, 120))",
        sorted(found.missed),
    )
    assert missed == [], about
    assert list(found.reached) == sorted(found.reached), about
    assert list(found.unseen) == [], about
    assert list(found.covered) == [], about
