// The next page of the wall, put below this one.  Without a script its link leads there.

/**
 * @param {import("pantau/wall_fresh").Wall} wall
 * @param {Element} link
 */
export async function follow(wall, link) {
  if (!(link instanceof HTMLAnchorElement)) return;
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { signal: wall.gone });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const list = page.querySelector("camera-wall [data-part=list]");
    if (list === null) throw new Error("no list");
    append(wall, link, list);
  } catch {
    // A tap on the link tries it again; it leads to the page itself.
    link.removeAttribute("aria-busy");
    link.textContent = link.dataset.failed ?? "";
  }
}

/** @param {import("pantau/wall_fresh").Wall} wall @param {Element} link @param {Element} list */
function append(wall, link, list) {
  const known = new Set([...wall.querySelectorAll("[data-part=list] .cam")].map((tile) => tile.getAttribute("data-id")));
  // Cameras that came or went meanwhile have moved the others along.
  for (const tile of list.querySelectorAll(".cam")) if (known.has(tile.getAttribute("data-id"))) tile.remove();
  const pager = wall.need("pager", HTMLElement);
  const places = wall.querySelectorAll("[data-part=list] > .place");
  const hadFocus = document.activeElement === link;
  const fresh = [...list.querySelectorAll(".cam")];
  for (const place of list.querySelectorAll(".place")) {
    const last = places[places.length - 1];
    const isSame = last?.getAttribute("data-place") === place.getAttribute("data-place");
    if (isSame) last?.querySelector(".wall")?.append(...place.querySelectorAll(".cam"));
    else if (place.querySelector(".cam")) pager.before(document.adoptNode(place));
  }
  const next = list.querySelector("[data-part=next]");
  if (next) link.replaceWith(next);
  else pager.remove();
  wall.take(fresh, next);
  if (hadFocus) fresh[0]?.querySelector("a")?.focus();
}
