// Arrows lead from tile to tile: along the row, and to the nearest one above and below.

/**
 * @param {HTMLElement} wall
 * @param {Element} from  the search or the link of a tile
 * @param {string} key
 */
export function move(wall, from, key) {
  const shown = [...wall.querySelectorAll(".cam a")].filter((link) => !link.closest("[hidden]"));
  const at = shown.indexOf(from.closest(".cam a") ?? from);
  const isBack = getComputedStyle(wall).direction === "rtl" ? key === "ArrowRight" : key === "ArrowLeft";
  const next =
    at < 0 || key === "Home" ? shown[0]
    : key === "End" ? shown.at(-1)
    : key === "ArrowDown" || key === "ArrowUp" ? nearest(shown, at, key === "ArrowDown" ? 1 : -1)
    : shown[at + (isBack ? -1 : 1)];
  if (next instanceof HTMLElement) next.focus();
  // From the first row up: back to where one types.
  else if (key === "ArrowUp") wall.querySelector("input")?.focus();
}

/** @param {Element[]} shown @param {number} at @param {1 | -1} step */
function nearest(shown, at, step) {
  const here = boxOf(shown[at]);
  let best;
  let bestFar = Infinity;
  let row;
  for (let index = at + step; shown[index]; index += step) {
    const box = boxOf(shown[index]);
    if (Math.abs(box.top - here.top) < 4) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) > 4) break;
    const far = Math.abs(box.left + box.width / 2 - here.left - here.width / 2);
    if (far < bestFar) [best, bestFar] = [shown[index], far];
  }
  return best;
}

/** @param {Element | undefined} link */
function boxOf(link) {
  return (link?.closest(".cam") ?? document.body).getBoundingClientRect();
}
